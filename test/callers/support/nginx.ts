import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Issued } from '../../../tools/demo-directory/certificates.ts';
import { freePort } from '../../../tools/start/ports.ts';
import { Sandbox } from '../../support/servers/sandbox.ts';

export type Nginx = {
  readonly port: number;
  /** Of the cache that proxies ask, in clear text. */
  readonly cachePort: number;
  readonly folder: string;
  readonly stop: () => Promise<void>;
};

export type NginxOptions = {
  readonly gatewayPort: number;
  readonly applicationPort: number;
  readonly apiKey: string;
  readonly authority: string;
  readonly certificate: Issued;
  readonly page: string;
};

const EXAMPLES = path.resolve(import.meta.dirname, '../../../examples/nginx');

/** An example with what stands in it for one's own names replaced; whatever is no longer there is an error. */
function example(name: string, own: Readonly<Record<string, string>>): string {
  let text = readFileSync(path.join(EXAMPLES, name), 'utf8');
  for (const [placeholder, value] of Object.entries(own)) {
    if (!text.includes(placeholder)) throw new Error(`${name} has no ${placeholder}`);
    text = text.replaceAll(placeholder, value);
  }
  return text;
}

function mainConfig(folder: string): string {
  return `
load_module /usr/lib/nginx/modules/ngx_http_js_module.so;
user root; # of a folder in /tmp that only root may enter; ignored for anybody else
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log info;
events {}
http {
  access_log ${folder}/access.log;
  client_body_temp_path ${folder}/client;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  include ${folder}/ldap-auth.conf;
  include ${folder}/site.conf;
}
`;
}

/** The examples as they are, but for names, ports and paths, in a real nginx on loopback. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const sandbox = new Sandbox('nginx');
  const { folder } = sandbox;
  const [port, cachePort] = [await freePort(), await freePort()];
  const gateway = `https://127.0.0.1:${String(options.gatewayPort)}/prod/auth`;
  mkdirSync(path.join(folder, 'var/cache'), { recursive: true }); // which every system has; nginx makes one folder in it, and no more
  sandbox.write('authority.pem', options.authority);
  sandbox.write('site.pem', options.certificate.cert);
  sandbox.write('site.key', options.certificate.key);
  sandbox.write('index.html', options.page);
  sandbox.write('credentials.js', example('credentials.js', {}));
  sandbox.write('key.conf', `map "" $ldap_auth_key { default "${options.apiKey}"; }\n`);
  const authConfig = example('ldap-auth.conf', {
    '/etc/nginx/ldap-auth/key.conf': `${folder}/key.conf`,
    'js_path /etc/nginx/ldap-auth;': `js_path ${folder};`,
    '/var/cache/': `${folder}/var/cache/`,
    '127.0.0.1:9180': `127.0.0.1:${String(cachePort)}`,
    'https://abcdef1234.execute-api.eu-central-1.amazonaws.com/prod/auth': gateway,
    '/etc/ssl/certs/ca-certificates.crt': `${folder}/authority.pem`,
    'proxy_ssl_verify on;': 'proxy_ssl_verify on; proxy_ssl_name localhost;', // OpenSSL does not look for an address among the names
  });
  const siteConfig = example('site.conf', {
    'listen 443 ssl;': `listen 127.0.0.1:${String(port)} ssl;`,
    '/etc/ssl/certs/www.example.com.pem': `${folder}/site.pem`,
    '/etc/ssl/private/www.example.com.key': `${folder}/site.key`,
    '127.0.0.1:9180': `127.0.0.1:${String(cachePort)}`,
    '/var/www/html': folder,
    '127.0.0.1:8080': `127.0.0.1:${String(options.applicationPort)}`,
  });
  sandbox.write('ldap-auth.conf', authConfig);
  sandbox.write('site.conf', siteConfig);
  const command = {
    file: '/usr/sbin/nginx',
    args: ['-p', folder, '-e', `${folder}/error.log`, '-c', sandbox.write('nginx.conf', mainConfig(folder))],
  };
  await sandbox.serve(command, '127.0.0.1', [port, cachePort]);
  return { port, cachePort, folder, stop: () => sandbox.destroy() };
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';

const SERVE = 'serve';

/** The seed's program in a process of its own, asked over HTTP on loopback with a connection kept open. Its CPU is counted, not ours. */
export async function makeCandidate(setting) {
  const { url, ca, bindDn, bindPassword, base } = setting;
  const env = {
    ...process.env,
    LDAP_URL: url,
    LDAP_TLS_CA: ca,
    LDAP_BIND_DN: bindDn,
    LDAP_BIND_PASSWORD: bindPassword,
    LDAP_BASE_DN: base,
  };
  const server = fork(import.meta.filename, [SERVE], { env });
  process.once('exit', () => server.kill());
  const [{ port }] = await once(server, 'message');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  return {
    prepare: ({ username, password }) => {
      const body = JSON.stringify({ username, password });
      return async () => (await post(agent, port, body)).includes('"status":0');
    },
    cpuMicroseconds: async () => {
      server.send('cpu');
      const [{ cpu }] = await once(server, 'message');
      return cpu;
    },
  };
}

function post(agent, port, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const request = http.request({ agent, host: '127.0.0.1', port, path: '/auth', method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(text)).on('error', reject);
    });
    request.on('error', reject).end(body);
  });
}

if (process.argv[2] === SERVE) {
  const { listen } = await import('../floor/seed-program.mjs');
  process.send({ port: await listen() });
  process.on('disconnect', () => process.exit());
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpu: user + system });
  });
}

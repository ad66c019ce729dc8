import net from 'node:net';
import tls from 'node:tls';

import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { ConfigProblem } from '../../src/config/environment.ts';
import { Authority, type Issued } from '../../tools/demo-directory/certificates.ts';
import { makeIdentity } from '../../src/ldap/tls-identity.ts';
import { closeServer, listen, staySilent } from '../support/listen.ts';

let authority: Authority;
let certificate: Issued;

beforeAll(async () => {
  authority = await Authority.create('Our authority');
  certificate = await authority.issue({ commonName: 'ldap', dnsNames: ['ldap.example.test'], ipAddresses: ['127.0.0.1'] });
});

const open: net.Server[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(open.splice(0).map(closeServer));
});

function serve(server: net.Server): Promise<number> {
  open.push(server);
  return listen(server);
}

/** As a login has it, from the settings. */
function context(): tls.SecureContext {
  const problems: ConfigProblem[] = [];
  const settings = { ca: undefined, servername: undefined, minVersion: 'TLSv1.2', client: undefined } as const;
  const identity = makeIdentity(settings, { ca: authority.pem, cert: undefined, key: undefined }, problems);
  if (identity === undefined) throw new Error(JSON.stringify(problems));
  return identity.secureContext;
}

/** The group that the two agree on, as Node names it. */
async function agreedGroup(port: number, secureContext: tls.SecureContext): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', secureContext }, () => {
      const told = socket.getEphemeralKeyInfo();
      socket.destroy();
      resolve(told === null || !('name' in told) ? told : told.name);
    });
    socket.on('error', reject);
  });
}

/** Bytes of the ClientHello. */
async function helloBytes(secureContext: tls.SecureContext): Promise<number> {
  return await new Promise((resolve) => {
    const server = net.createServer((socket) => {
      socket
        .on('error', () => undefined)
        .once('data', (chunk) => {
          socket.destroy();
          resolve(chunk.readUInt16BE(3) + 5); // the record's length (RFC 8446, 5.1)
        });
    });
    void serve(server).then((port) => tls.connect({ port, host: '127.0.0.1', secureContext }).on('error', () => undefined));
  });
}

describe('key exchange', () => {
  test.each([undefined, 'X25519', 'P-256', 'P-384:P-521', 'X448', 'X25519MLKEM768'])(
    'with a server that speaks %s ends as it would by default',
    async (ecdhCurve) => {
      const options = { ...certificate, ...(ecdhCurve === undefined ? {} : { ecdhCurve }) };
      const port = await serve(tls.createServer(options, staySilent));
      const byDefault = await agreedGroup(port, tls.createSecureContext({ ca: authority.pem }));
      expect(byDefault).toEqual(expect.any(String));
      expect(await agreedGroup(port, context())).toBe(byDefault);
    },
  );

  test('begins with a ClientHello that fits into one packet', async () => {
    expect(await helloBytes(tls.createSecureContext())).toBeGreaterThan(1400);
    expect(await helloBytes(context())).toBeLessThan(600);
  });

  test('an OpenSSL that cannot read the list of groups does without it', async () => {
    const create = tls.createSecureContext;
    jest.spyOn(tls, 'createSecureContext').mockImplementation((options) => {
      if (options?.ecdhCurve !== undefined) throw new Error('Failed to set ECDH curve');
      return create(options);
    });
    expect(await helloBytes(context())).toBeGreaterThan(1400);
  });
});

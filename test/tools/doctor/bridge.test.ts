import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { freePort } from '../../../tools/start/ports.ts';
import { describeWhere } from '../../contract/availability.ts';
import { peopleEntries } from '../../contract/entries.ts';
import { copyService, readTemplate, runServerless } from '../../package/packaged.ts';
import { readZip } from '../../package/zip-reader.ts';
import { startOpenldap } from '../../support/servers/openldap.ts';
import type { StartedDirectory } from '../../support/servers/server.ts';
import { end, npmStart } from '../support/npm-start.ts';

// From "it works here" to "it can be deployed", with the commands as they are printed. Only the blanks are filled in.

const ROOT = path.resolve(import.meta.dirname, '../../..');
const BASE = 'dc=example,dc=org';
const run = promisify(execFile);

describeWhere('openldap', () => {
  let directory: StartedDirectory;
  let folder: string;

  beforeAll(async () => {
    directory = await startOpenldap({ entries: peopleEntries(BASE, 'openldap') });
    folder = mkdtempSync(path.join(tmpdir(), 'bridge-'));
  });
  afterAll(async () => {
    await directory.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('from npm start with a directory of one’s own to a packaged stack', async () => {
    const clone = path.join(folder, 'clone');
    copyService(clone);
    const shell = async (command: string): Promise<string> => (await run('/bin/sh', ['-c', command], { cwd: clone })).stdout;
    const authority = path.join(folder, 'corp-root.pem');
    writeFileSync(authority, directory.ca);
    const settings: Readonly<Record<string, string>> = { ...directory.environment, LDAP_TLS_CA: authority };

    // It works here,
    const started = await npmStart({ ...settings, PORT: String(await freePort()) }, /--params$/);
    try {
      const curl = started.lines.find((line) => line.startsWith('curl ')) ?? '';
      expect(await shell(curl.replace('YOUR-NAME', 'alice').replace('YOUR-PASSWORD', 'Passw0rd-alice'))).toMatch(/"status":0/);
      expect(started.lines).toContain('To deploy these settings: npm run doctor -- --params');
    } finally {
      await end(started.child, 'SIGINT');
    }

    // is printed,
    const env = { PATH: process.env['PATH'] ?? '', ...settings };
    const doctor = [path.join(ROOT, 'tools/doctor/main.ts'), '--params'];
    const printed = (await run(process.execPath, doctor, { cwd: clone, env })).stdout;
    expect(printed).not.toContain(directory.environment['LDAP_BIND_PASSWORD']);
    writeFileSync(path.join(clone, 'params.yml'), printed);

    // taken over as it says,
    const commands = [...printed.matchAll(/^ *# +((?:cp|sed) .*)$/gm)].map(([, command = '']) => command);
    expect(commands).toHaveLength(2);
    expect(readFileSync(path.join(ROOT, 'docs/deploy.md'), 'utf8')).toContain(
      `doctor -- --params > params.yml && \\\n  ${commands[0] ?? ''}\n`,
    );
    for (const command of commands) await shell(command);
    const file = path.join(clone, 'serverless.yml');
    const forgotten = await runServerless(clone, ['package', '--stage', 'prod'], {});
    expect(forgotten.exitCode).toBe(1);
    expect(forgotten.output).toMatch(/subnetIds: .*\n.*securityGroupIds: /);
    const filled = readFileSync(file, 'utf8')
      .replace(/subnetIds: <.*>/, 'subnetIds: subnet-0aaa')
      .replace(/GroupIds: <.*>/, 'GroupIds: sg-0bbb');
    writeFileSync(file, filled);

    // and packaged.
    const { exitCode, output, directory: made } = await runServerless(clone, ['package', '--stage', 'prod'], {});
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    const template = readTemplate(path.join(made, 'cloudformation-template-update-stack.json'));
    const { LDAP_BIND_PASSWORD: _stored, ...plain } = settings;
    expect(template.Resources['AuthLambdaFunction']?.Properties['Environment']).toEqual({
      Variables: {
        POWERTOOLS_SERVICE_NAME: 'ldap-auth-prod',
        ...plain,
        LDAP_TLS_CA: 'certs/corp-root.pem',
        LDAP_BIND_PASSWORD_PARAMETER: '/ldap-auth/prod/bind-password',
      },
    });
    const zip = await readZip(readFileSync(path.join(made, 'auth.zip')));
    expect(zip.find(({ name }) => name === 'certs/corp-root.pem')?.content.toString()).toBe(directory.ca);
  }, 600_000);
});

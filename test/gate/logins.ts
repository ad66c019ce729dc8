import { valuesOf } from '../../src/directory/entry.ts';
import { type Answer, type Ask, makeService } from '../support/ask.ts';
import type { StartedDirectory } from '../support/servers/server.ts';
import { Client } from './client.ts';
import { type Dynamo, startDynamo, TABLE } from './dynamo.ts';
import type { Person, Place } from './places.ts';

export const LIMIT = 4;

/** A strict directory, a table, and the service before them as several warm processes. */
export type Setting = {
  readonly place: Place;
  readonly directory: StartedDirectory;
  readonly client: Client;
  readonly dynamo: Dynamo;
};

export async function startSetting(place: Place): Promise<Setting> {
  const [directory, dynamo] = await Promise.all([place.start(), startDynamo()]);
  return { place, directory, client: new Client(directory), dynamo };
}

export async function stopSetting({ directory, client, dynamo }: Setting): Promise<void> {
  client.close();
  await directory.stop();
  await dynamo.close();
}

export type Variables = Readonly<Record<string, string>>;

/** `table`: with both layers; `counter`: by the directory's own counter alone; `none`: no gate. */
export function variablesOf({ place, directory }: Setting, gate: 'table' | 'counter' | 'none'): Variables {
  const ofGate: Variables = { AUTH_GATE_FAILURES: String(LIMIT), AUTH_GATE_WINDOW_SECONDS: String(place.windowSeconds) };
  const ofDomain: Variables = place.kind === 'active-directory' ? { LDAP_NETBIOS_DOMAIN: 'CORP' } : {};
  return {
    ...directory.environment,
    LDAP_DEADLINE_MS: '25000', // a busy machine throttles nobody: an attempt waits for a quarter of it
    ...ofDomain,
    ...(gate === 'none' ? {} : ofGate),
    ...(gate === 'table' ? { AUTH_GATE_TABLE: TABLE } : {}),
  };
}

/** So many warm processes, asked in turn. */
export function processes(variables: Variables, count = 5): Ask {
  const services = Array.from({ length: count }, () => makeService(variables));
  let turn = 0;
  return (username, password) => {
    turn = (turn + 1) % count;
    const ask = services[turn];
    if (ask === undefined) throw new Error('no such process');
    return ask(username, password);
  };
}

/** What leads to the same entry. OpenLDAP prepares names as RFC 4518 has it: full-width letters are letters. */
export function spellingsOf({ kind }: Place, person: Person): readonly string[] {
  const common = [person, person.toUpperCase()];
  if (kind === 'active-directory') return [...common, `CORP\\${person}`, `${person}@corp.example.test`];
  return [...common, ` ${person} `, ...(kind === 'openldap' ? [fullWidth(person)] : [])];
}

function fullWidth(text: string): string {
  return text.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0));
}

/** How often each reason was answered. */
export function tally(answers: readonly Answer[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { body } of answers) counts.set(String(body['reason']), (counts.get(String(body['reason'])) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** What the directory itself keeps of this account, as its administrator sees it. */
export async function keptOf(
  { place, directory, client }: Setting,
  person: Person,
): Promise<{ readonly count: number; readonly locked: boolean }> {
  const { counter, lock } = place;
  const entry = await client.read(directory.administrator, place.dnOf(person), [counter.attribute, lock.attribute]);
  const textsOf = (name: string): readonly string[] => valuesOf(entry, name).map(String);
  return { count: counter.read(textsOf(counter.attribute)), locked: lock.read(textsOf(lock.attribute)) };
}

/** So many logins, at most `atOnce` at the same moment, under these names in turn. */
export async function burst(
  ask: Ask,
  { count, atOnce }: { readonly count: number; readonly atOnce: number },
  names: readonly string[],
  password: string,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) answers.push(await ask(names[next++ % names.length] ?? '', password));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return answers;
}

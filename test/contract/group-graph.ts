/** What the service account sees of a group: all, nothing, or an entry without its members. */
export type Sight = 'shown' | 'hidden' | 'members hidden';

export type GraphGroup = {
  readonly name: string;
  /** Names of groups, persons and others. */
  readonly members: readonly string[];
  /** Members by login name, where the directory has such groups. */
  readonly loginNames: readonly string[];
  readonly sight: Sight;
  /** 0 to 2: a group holds groups of its own rank or of a lower one. */
  readonly rank: number;
  /** Active Directory: a distribution group. */
  readonly isForMail: boolean;
};

/** Groups that hold each other, persons, and others: contacts, computers, a member behind a reference. */
export type Graph = {
  readonly name: string;
  readonly isOrdinary: boolean;
  readonly persons: readonly string[];
  readonly others: readonly string[];
  readonly groups: readonly GraphGroup[];
};

export type GraphQuestion = {
  readonly graph: Graph;
  readonly person: string;
  readonly required: readonly GraphGroup[];
  readonly nested: boolean;
};

/** Numbers from 0 to 1, the same for the same start (mulberry32). */
export function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PERSONS = 5;
const GROUPS = 8;

/** Every second graph is ordinary: all of it is shown. In the others groups and members are hidden here and there. */
export function makeGraph(index: number, random: () => number): Graph {
  const name = `g${String(index)}`;
  const isOrdinary = index % 2 === 0;
  const some = (from: readonly string[], chance: number): readonly string[] => from.filter(() => random() < chance);
  const persons = Array.from({ length: PERSONS }, (_, of) => `${name}p${String(of)}`);
  const others = Array.from({ length: 3 }, (_, of) => `${name}x${String(of)}`);
  const ranks = Array.from({ length: GROUPS }, (_, of) => ({ group: `${name}c${String(of)}`, rank: Math.floor(random() * 3) }));
  const groups = ranks.map(({ group, rank }): GraphGroup => {
    const inner = ranks.filter((other) => other.rank <= rank && other.rank > 0 <= (rank > 0)).map((other) => other.group);
    const members = [...some(persons, 0.15), ...some(inner, 0.2), ...some(others, 0.2)];
    const chance = random();
    const sight = isOrdinary || chance < 0.7 ? 'shown' : chance < 0.85 ? 'hidden' : 'members hidden';
    return {
      name: group,
      rank,
      sight,
      members: members.length === 0 ? [others[0] ?? ''] : members,
      loginNames: random() < 0.3 ? some(persons, 0.3) : [],
      isForMail: random() < 0.15,
    };
  });
  return { name, isOrdinary, persons, others, groups };
}

export function makeQuestions(graphs: readonly Graph[], count: number, random: () => number): readonly GraphQuestion[] {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  return Array.from({ length: count }, () => {
    const graph = one(graphs);
    const required = random() < 0.8 ? [one(graph.groups)] : [one(graph.groups), one(graph.groups)];
    return { graph, person: one(graph.persons), required, nested: random() < 0.75 };
  });
}

/** The truth, from the graph alone. */
export function isIn({ graph, person, required, nested }: GraphQuestion, names: 'login names too' | 'DNs alone'): boolean {
  const seen = new Set<string>();
  const next = required.map(({ name }) => name);
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const group = graph.groups.find((other) => other.name === name);
    if (group === undefined) continue;
    if (group.members.includes(person)) return true;
    if (names === 'login names too' && group.loginNames.includes(person)) return true;
    if (nested) next.push(...group.members);
  }
  return false;
}

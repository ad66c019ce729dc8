import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { makeService } from '../support/ask.ts';
import type { RealServer } from '../support/servers/install.ts';
import type { StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { type Graph, type GraphQuestion, isIn, makeGraph, makeQuestions, randomFrom } from './group-graph.ts';
import { DS389_GRAPHS, GRAPH_PASSWORD, type GraphServer, OPENLDAP_GRAPHS, SAMBA_GRAPHS } from './graph-servers.ts';

/** For each of the five rows below: a thousand altogether. */
const QUESTIONS = Number(process.env['GROUP_GRAPH_QUESTIONS'] ?? '200');
const GRAPHS = 16;
const RANDOM_START = 20_261_125;
const PATIENCE_MS = 600_000;

type Row = readonly [RealServer, 'with references' | 'without references', GraphServer];

const ROWS: readonly Row[] = [
  ['openldap', 'without references', OPENLDAP_GRAPHS],
  ['openldap', 'with references', OPENLDAP_GRAPHS],
  ['389ds', 'without references', DS389_GRAPHS],
  ['389ds', 'with references', DS389_GRAPHS],
  ['samba', 'without references', SAMBA_GRAPHS],
];

type Answered = { readonly question: GraphQuestion; readonly truth: 'in' | 'out'; readonly told: string };

for (const [kind, references, server] of ROWS) {
  describeWhere(kind, () => {
    describe(`${kind}, random groups ${references}`, () => {
      let directory: StartedDirectory;
      let graphs: readonly Graph[];
      let answers: readonly Answered[];

      const tell = async (question: GraphQuestion, password: string): Promise<string> => {
        const ask = makeService({
          ...directory.environment,
          LDAP_REQUIRED_GROUPS: JSON.stringify(question.required.map(({ name }) => server.dnOf(name))),
          LDAP_NESTED_GROUPS: String(question.nested),
        });
        const { body } = await ask(question.person, password);
        if (body['status'] === 0) return 'in';
        if (body['reason'] === 'not-in-required-group') return 'out';
        return body['status'] === 5 && body['attempted'] === true
          ? 'unknown'
          : `${String(body['reason'])}, status ${String(body['status'])}`;
      };

      beforeAll(async () => {
        const random = randomFrom(RANDOM_START);
        graphs = Array.from({ length: GRAPHS }, (_, index) => makeGraph(index, random));
        directory = await server.start(graphs, references);
        const asked: Answered[] = [];
        for (const question of makeQuestions(graphs, QUESTIONS, random))
          asked.push({ question, truth: isIn(question, server.names) ? 'in' : 'out', told: await tell(question, GRAPH_PASSWORD) });
        answers = asked;
      }, PATIENCE_MS);

      afterAll(async () => {
        const count = (told: string): number => answers.filter((answer) => answer.told === told).length;
        process.stdout.write(
          `${kind}, groups ${references}: ${String(answers.length)} questions, ${String(count('in'))} in, ${String(count('out'))} out, ${String(count('unknown'))} unknown\n`,
        );
        await directory.stop();
      });

      const nameOf = ({ question }: Answered): string =>
        `${question.person} in ${question.required.map(({ name }) => name).join(' or ')}, nested ${String(question.nested)}`;

      test('nobody is told in or out who is not', () => {
        const wrong = answers.filter(({ truth, told }) => told !== truth && told !== 'unknown');
        expect(wrong.map((answer) => `${nameOf(answer)}: ${answer.truth}, told ${answer.told}`)).toEqual([]);
      });

      test('where everything is shown, nothing is unknown', () => {
        const isTellable = ({ question: { graph, required } }: Answered): boolean =>
          graph.isOrdinary && references === 'without references' && (kind !== 'samba' || required.every(({ isForMail }) => !isForMail));
        const ordinary = answers.filter(isTellable);
        expect(ordinary.filter(({ told, truth }) => told !== truth).map(nameOf)).toEqual([]);
        if (references === 'without references') expect(new Set(ordinary.map(({ told }) => told))).toEqual(new Set(['in', 'out']));
      });

      test('a wrong password is a wrong password in every graph', async () => {
        for (const question of makeQuestions(graphs, 16, randomFrom(7)))
          expect(await tell(question, 'wrong')).toBe('wrong-password, status 2');
      });
    });
  });
}

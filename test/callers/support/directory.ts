import { hashPassword } from '../../../tools/demo-directory/password.ts';
import { BASE_DN } from '../../../tools/demo-directory/people.ts';
import { type Demo, startDemo } from '../../support/demo.ts';

/** Somebody whose password has colons, and whose names would break a header or a list if they were put in as they are. */
const COLIN = {
  dn: `uid=colin,ou=people,${BASE_DN}`,
  attributes: {
    objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
    uid: ['colin'],
    cn: ['Colin 100% Çolak, Jr.'],
    sn: ['Çolak'],
    displayName: [' Colin\r\nRemote-User: alice '],
    userPassword: [hashPassword('a:b::c:')],
  },
};

/** The demo people and Colin. Whoever starts it closes it. */
export function startWithColin(): Promise<Demo> {
  return startDemo({ entries: [COLIN] });
}

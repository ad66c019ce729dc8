import { Strategy } from 'passport-ldapauth';

import { optionsFor } from './ldapauth-fork.mjs';

/** The strategy as passport calls it: a copy of it for each request, with the three actions put in. It closes behind the verdict's back. */
export function makeCandidate(setting) {
  const strategy = new Strategy({ server: optionsFor(setting) });
  return {
    prepare: (login) => () =>
      new Promise((resolve) => {
        const attempt = Object.create(strategy);
        attempt.success = () => resolve(true);
        attempt.fail = () => resolve(false);
        attempt.error = () => resolve(false);
        attempt.authenticate({ body: { username: login.username, password: login.password } }, {});
      }),
  };
}

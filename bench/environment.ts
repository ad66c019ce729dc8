import type { Setting } from './setting.ts';

/** The service's own variables for what a candidate is told. */
export function environmentFor(setting: Setting): Readonly<Record<string, string>> {
  return {
    LDAP_URL: setting.url,
    ...(setting.transport === 'plain' ? { LDAP_ALLOW_PLAINTEXT: 'true' } : { LDAP_TLS_CA: setting.ca }),
    ...(setting.mode === 'direct-bind'
      ? { LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org' }
      : {
          LDAP_BIND_DN: setting.bindDn,
          LDAP_BIND_PASSWORD: setting.bindPassword,
          LDAP_BASE_DN: setting.base,
          LDAP_USER_FILTER: '(uid={username})', // what the peers ask: everybody asks the same
        }),
  };
}

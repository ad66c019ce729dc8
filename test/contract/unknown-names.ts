/** Names that no entry has, of every shape that might match something, break a filter or mean something to a protocol. */
export const UNKNOWN_NAMES: readonly string[] = [
  'nobody',
  // substrings and presence
  ...['*', '**', 'a*', '*e', 'al*ce', 'aste*', '%', '_', '?'],
  // filters: closing, opening, negating, extending
  ...['alice)(uid=*', 'alice)(|(uid=*', '*)(uid=*))(|(uid=*', '*)(objectClass=*'],
  ...[')', '(', ') (|', '(&)', '(|)', 'alice)', '(alice', '!(uid=x)', 'alice)(&'],
  ...['uid=alice', '(uid=alice)', ':=alice', 'alice:caseExactMatch:=x'],
  // escapes, as RFC 4515, RFC 4514 and URLs write them
  ...['\\2a', '\\\\2a', '\\2A', '\\', '\\\\', '\\61lice', '\\5c2a', '%2a'],
  ...['%61lice', '&#42;', '\\u0061lice', '\\00', 'alice\\00', 'alice\\20'],
  // a bind name of these is a SASL mechanism to ldapts
  ...['EXTERNAL', 'PLAIN', 'DIGEST-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'GSSAPI', 'ANONYMOUS', 'CRAM-MD5'],
  // DNs
  ...['uid=alice,ou=people,dc=example,dc=org', 'cn=alice', 'CN=alice,OU=people,DC=corp,DC=example,DC=test', 'dc=example,dc=org'],
  ...['cn=admin,dc=example,dc=org', 'cn=Directory Manager', 'cn=config', '""'],
  ...['<GUID=00000000-0000-0000-0000-000000000000>', '<SID=S-1-5-32-544>'],
  // placeholders and things that templates expand
  ...['{username}', '${username}', '$&', '$1', '%s', '%u', '{0}', '{{username}}'],
  // quotes, statements, separators
  ...["' OR '1'='1", '"', "'", '`', 'alice,', 'alice;', 'alice#', 'alice+uid=bart'],
  ...[',', '+', ';', '=', '#', '<', '>', '/', '|', '&', '!', '~'],
  // nearly alice
  ...['alic', 'alicee', 'alice.', 'a lice', 'al ice', 'alice@', '@alice'],
  ...['alice@localhost', '\\alice', '.\\alice', 'аlice', 'alíce', 'al1ce'],
  // prototypes and numbers
  ...['__proto__', 'constructor', 'toString', 'null', 'undefined', 'true', '0', '-1', '1e3', 'NaN'],
  // long ones, in characters of one to four bytes
  ...['a'.repeat(256), 'é'.repeat(256), '漢'.repeat(256), '🦊'.repeat(256)],
  ...['*'.repeat(256), '('.repeat(256), '\\'.repeat(256), ','.repeat(256)],
  // nothing to see
  ...[' ', '  ', '\u00a0', '\u3000', '\u200b', '\ufeff', '\u202ealice', '\u00ad', 'ﬀ', '\u0301', '\ue000'],
];

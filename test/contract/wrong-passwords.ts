function swapCase(text: string): string {
  return [...text].map((character) => (character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase())).join('');
}

/** What a careless client, server or filter might take for this password. */
export function wrongPasswords(password: string): readonly string[] {
  const near = [
    'wrong',
    `${password} `,
    ` ${password}`,
    password.trim(),
    swapCase(password),
    password.slice(0, -1),
    password.slice(1),
    `${password}${password}`.slice(0, 1024),
    `${password}\n`,
    password.normalize('NFC'),
    password.normalize('NFD'),
    password.normalize('NFKC'),
    encodeURIComponent(password),
    [...password].reverse().join(''),
    '*',
    '\\2a',
  ];
  return [...new Set(near)].filter((wrong) => wrong !== password && wrong !== '' && wrong.isWellFormed() && [...wrong].length <= 1024);
}

/** A text that came from a directory or a certificate, fit to be shown: short, and nothing in it that moves a cursor. */
export const quoted = (text: string): string => `"${shown(text)}"`;

export const shown = (text: string): string => {
  const clean = text.replace(/\p{C}/gu, '�');
  return clean.length > MOST_SHOWN ? `${clean.slice(0, MOST_SHOWN)}…` : clean;
};

const MOST_SHOWN = 200;

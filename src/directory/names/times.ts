/** Times as directories write them, in milliseconds since 1970. Undefined: the text is no such time. */

const FILE_TIME_OF_1970_MS = 11_644_473_600_000;

/** 100 ns since 1601 (MS-DTYP 2.3.3). */
export function fileTimeMs(text: string): number | undefined {
  return /^\d{1,19}$/.test(text) ? Number(BigInt(text) / 10_000n) - FILE_TIME_OF_1970_MS : undefined;
}

/** Generalized Time (RFC 4517, 3.3.13) in UTC, with or without seconds. */
export function generalizedTimeMs(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d{1,9}))?)?Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = ''] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  return Number.isNaN(at) ? undefined : at;
}

export const MOST_USERNAME_CODE_POINTS = 256;

/** The contract's input rule for a name, whoever gives it: 1 to 256 code points, well-formed, no control character, no U+FFFD. */
export function isUsername(value: unknown): value is string {
  return isText(value, MOST_USERNAME_CODE_POINTS) && !/[\p{Cc}\ufffd]/u.test(value);
}

/** Well-formed Unicode of 1 to so many code points. */
export function isText(value: unknown, mostCodePoints: number): value is string {
  if (typeof value !== 'string' || value === '' || !value.isWellFormed()) return false;
  return value.length <= mostCodePoints || (value.length <= 2 * mostCodePoints && [...value].length <= mostCodePoints);
}

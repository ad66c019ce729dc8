/** The contract's input rule for a name, whoever gives it: 1 to 256 code points, well-formed, no control character, no U+FFFD. */
export function isUsername(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.isWellFormed() &&
    [...value.slice(0, 600)].length <= 256 &&
    !/[\p{Cc}\ufffd]/u.test(value)
  );
}

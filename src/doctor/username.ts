/** The contract's input rule for a name, whoever gives it: 1 to 256 code points of well-formed Unicode, no control character. */
export const isUsername = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.isWellFormed() && [...value.slice(0, 600)].length <= 256 && !/\p{Cc}/u.test(value);

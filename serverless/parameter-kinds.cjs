'use strict';

const { isIP } = require('node:net');

// A kind says what a parameter may be: `expected` in words, and `parse`, from what was given (a text from the command line, or
// whatever YAML makes) to the value that the template needs; undefined: it is not that. `otherwise` is the value of one that is not set.

const kind = (expected, parse, otherwise = null) => ({ expected, parse, otherwise });

const matching = (pattern, expected) => kind(expected, (given) => (pattern.test(String(given)) ? String(given) : undefined));

/** The parameter's own default is the first choice. */
const choice = (...choices) =>
  kind(`${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`, (given) => choices.find((one) => one === String(given)), choices[0]);

const flag = (otherwise) =>
  kind('true or false', (given) => (['true', 'false'].includes(String(given)) ? String(given) === 'true' : undefined), otherwise);

const integer = ({ min, max }, otherwise = null) =>
  kind(
    `a whole number from ${min} to ${max}`,
    (given) => (/^\d+$/.test(String(given)) && Number(given) >= min && Number(given) <= max ? Number(given) : undefined),
    otherwise,
  );

const itemsOf = (given) =>
  (Array.isArray(given) ? given : String(given).split(/[\s,]+/)).map((item) => String(item)).filter((item) => item !== '');

/** Separated by commas or blanks, or a YAML list. */
const list = (isItem, expected) =>
  kind(
    `${expected}, separated by commas`,
    (given) => {
      const items = itemsOf(given);
      return items.length > 0 && items.every(isItem) ? items : undefined;
    },
    [],
  );

const listOf = (pattern, expected) => list((item) => pattern.test(item), expected);

const isAddressRange = (text) => {
  const [address, prefix, ...others] = text.split('/');
  const bits = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return others.length === 0 && bits > 0 && (prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= bits));
};

const arn = (service, resource, expected) => matching(new RegExp(`^arn:aws[a-z-]*:${service}:${resource}$`), expected);

const TAG = /^([\w .:/=+@-]{1,128}?)=([\w .:/=+@-]{0,256})$/;

const tagsIn = (given) => {
  if (typeof given === 'object') return Object.entries(given).map(([name, value]) => `${name}=${value}`);
  return String(given)
    .split(',')
    .map((tag) => tag.trim());
};

/** `team=identity,cost-center=42`, or a YAML map. */
const tags = kind(
  'names and values like team=identity,cost-center=42; no name begins with aws:',
  (given) => {
    const found = tagsIn(given).map((tag) => TAG.exec(tag));
    if (found.some((tag) => tag === null || /^aws:/i.test(tag[1]))) return undefined;
    return Object.fromEntries(found.map(([, name, value]) => [name, value]));
  },
  null,
);

module.exports = { arn, choice, flag, integer, isAddressRange, list, listOf, matching, tags };

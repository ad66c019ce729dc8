'use strict';

const { settingsOf } = require('./settings.cjs');

/** With `healthMinutes` the doctor looks every so many minutes, from where the logins are. There is no public health endpoint. */
const events = async (context) => {
  const { healthMinutes } = (await settingsOf(context)).values;
  if (healthMinutes === null) return [];
  const rate = `rate(${healthMinutes} ${healthMinutes === 1 ? 'minute' : 'minutes'})`;
  return [{ schedule: { rate: [rate], description: 'The doctor looks at the directory', input: {} } }];
};

module.exports = { events };

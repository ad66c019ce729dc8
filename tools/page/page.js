/* global document, fetch, location, navigator, AbortSignal */
// In the browser. A login is sent in the body of POST /auth to this page's own server, and is kept nowhere.

const at = (id) => document.getElementById(id);
const [login, username, password, shown, verdict] = ['login', 'username', 'password', 'shown', 'verdict'].map(at);
const { apiKey, people } = await (await fetch('demo.json')).json();
let latest = 0; // an answer is told only if nothing was told since it was asked for: it belongs to what was typed then

/** What each status means, 0 to 8. */
const MEANINGS = [
  'The directory accepted this user name and this password.',
  'Nobody in the directory has this user name.',
  'The directory refused this user name with this password.',
  'The directory says that this account cannot be used now.',
  'The request was refused. The directory was not asked.',
  'The directory gave no usable answer. This is not a “no”.',
  'There were too many attempts. The password was not checked.',
  'The service is out of order. “npm run doctor” tells what is wrong.',
  'The caller was refused, not the user.',
];

function tell(kind, word, meaning = '', facts = '', answer = 'none yet') {
  latest += 1;
  verdict.className = kind;
  Object.entries({ word, meaning, facts, answer }).forEach(([id, text]) => (at(id).textContent = text));
}

function tellAnswer(http = 'none', answer, name) {
  const { status, reason = 'no answer', attempted, problems = [] } = answer ?? {};
  const known = Number.isInteger(status) && status in MEANINGS;
  const [kind, word] = status === 0 ? ['valid', 'Valid'] : known && status <= 3 ? ['invalid', 'Invalid'] : ['unknown', 'Unknown'];
  const meaning = known ? MEANINGS[status] : 'The service did not answer. Does npm start still run?';
  const counted = attempted ? ['The password had been sent and may have counted: do not repeat it.'] : [];
  const told = [meaning, ...counted, ...problems.map(({ field, expected }) => `${field}: ${expected}.`)];
  tell(kind, `${word}: ${name}`, told.join(' '), `${reason}, HTTP ${http}`, JSON.stringify(answer, null, 2) ?? 'none');
}

function requestWith(secret) {
  const body = JSON.stringify({ username: username.value, password: secret });
  return { method: 'POST', headers: { 'x-api-key': apiKey, 'content-type': 'application/json' }, body };
}

function showCommand() {
  password.type = shown.checked ? 'text' : 'password';
  const { headers, body } = requestWith(shown.checked ? password.value : 'PASSWORD');
  const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const options = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  at('command').textContent = `curl -sS ${location.origin}/auth ${options.join(' ')} -d ${quoted(body)}`;
  at('copied').textContent = '';
}

async function check(event) {
  event.preventDefault();
  tell('', 'Asking …');
  const [mine, name] = [latest, username.value];
  const response = await fetch('auth', { ...requestWith(password.value), signal: AbortSignal.timeout(30_000) }).catch(() => undefined);
  const answer = await response?.json().catch(() => undefined);
  if (mine !== latest) return;
  tellAnswer(response?.status, answer, name);
  verdict.scrollIntoView({ block: 'nearest' });
}

function offer([text, person]) {
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: text });
  button.addEventListener('click', () => {
    [username.value, password.value] = [person.username, person.password];
    showCommand();
    login.requestSubmit();
  });
  Object.assign(at('people'), { hidden: false }).append(button, ' ');
}

login.addEventListener('submit', check);
login.addEventListener('input', ({ target }) => {
  showCommand();
  if (target !== shown) tell('', 'Not asked yet');
});
at('copy').addEventListener('click', () => {
  navigator.clipboard.writeText(at('command').textContent).then(() => (at('copied').textContent = 'Copied'));
});
const [first] = people;
if (first) {
  const others = { [`${first.username}, wrong password`]: { ...first, password: 'wrong' }, nobody: { ...first, username: 'nobody' } };
  [...people.map((person) => [person.username, person]), ...Object.entries(others)].forEach(offer);
}
shown.checked = Boolean(first); // the demo people's passwords are no secrets
at('whose').textContent = first ? 'The demo directory is asked.' : 'Your directory is asked. A wrong password counts towards a lockout.';
showCommand();

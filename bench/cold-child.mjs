// A fresh process: imports one bundle, then logs people in with it. Plain JavaScript, so that nothing is loaded or compiled here
// that a Lambda would not. `node cold-child.mjs <bundle> <events as JSON>`; the figures go to file descriptor 3.
import { readFileSync, writeFileSync } from 'node:fs';

const { performance, setImmediate } = globalThis;
const [, , file, eventsFile] = process.argv;
const events = JSON.parse(readFileSync(eventsFile, 'utf8'));
const context = { awsRequestId: 'bench', functionName: 'auth', getRemainingTimeInMillis: () => 27_000 };

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function post(port, { body }) {
  const { request } = process.getBuiltinModule('node:http');
  return await new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const asked = request({ host: '127.0.0.1', port, path: '/auth', method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ statusCode: text.includes('"status":0') ? 200 : 401 }));
    });
    asked.on('error', reject).end(body);
  });
}

const cpuBefore = cpuMs();
const startedAt = performance.now();
const { handler, listen } = await import(file);
const port = await listen?.();
const importMs = performance.now() - startedAt;
const importCpuMs = cpuMs() - cpuBefore;
const importedRss = process.memoryUsage.rss();

const ask = handler === undefined ? (event) => post(port, event) : (event) => handler(event, context);
const times = [];
let warmCpu = 0;
for (const event of events) {
  const askedAt = performance.now();
  const { statusCode } = await ask(event);
  times.push(performance.now() - askedAt);
  if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
  await new Promise(setImmediate);
  if (times.length === Math.floor(events.length / 2)) warmCpu = cpuMs();
}
const [firstMs, ...others] = times;
const warm = others.slice(Math.floor(others.length / 2)).toSorted((one, other) => one - other);
const figures = {
  importMs,
  importCpuMs,
  importedRss,
  firstMs,
  warmMs: warm[Math.floor(warm.length / 2)],
  warmCpuMs: (cpuMs() - warmCpu) / Math.ceil(events.length / 2),
  rss: process.memoryUsage.rss(),
};
writeFileSync(3, JSON.stringify(figures));
process.exit();

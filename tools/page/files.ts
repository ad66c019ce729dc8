import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { DEMO_KEY, type Login } from '../start/banner.ts';

/** Whom the page offers to ask about: the demo people, the usual one first, or nobody when the directory is the user's own. */
export type Offered = readonly Login[];

/** A file of the page, ready to be sent. */
export type PageFile = { readonly type: string; readonly body: string };

/** The page's files by path. Read once: they do not change while they are served. */
export async function readPage(contract: string, offered: Offered): Promise<ReadonlyMap<string, PageFile>> {
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: await own('index.html') }],
    ['/page.css', { type: 'text/css; charset=utf-8', body: await own('page.css') }],
    ['/page.js', { type: 'text/javascript; charset=utf-8', body: await own('page.js') }],
    ['/openapi.json', { type: 'application/json', body: await readFile(contract, 'utf8') }],
    ['/demo.json', { type: 'application/json', body: JSON.stringify({ apiKey: DEMO_KEY, people: offered }) }],
  ]);
}

async function own(name: string): Promise<string> {
  return readFile(path.join(import.meta.dirname, name), 'utf8');
}

/** Nothing from anywhere else is loaded, asked or framed, and no form is sent: a login travels in the body of a request of the script. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'img-src data:', // the empty icon
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store', // the next `npm start` on this port may be of another version
};

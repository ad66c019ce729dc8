import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { contentOf, type Offered, prefilled } from './content.ts';

/** A file of the page, ready to be sent. */
export type PageFile = { readonly type: string; readonly body: string };

/** The page's files by path. Read once: they do not change while they are served. */
export async function readPage(contract: string, offered: Offered): Promise<ReadonlyMap<string, PageFile>> {
  const document: unknown = JSON.parse(await readFile(contract, 'utf8'));
  return new Map([
    ['/', { type: HTML, body: await own('index.html') }],
    ['/page.css', { type: CSS, body: await own('page.css') }],
    ['/page.js', { type: JAVASCRIPT, body: await own('page.js') }],
    ['/swagger-ui-bundle.js', { type: JAVASCRIPT, body: await swaggerUi('swagger-ui-bundle.js') }],
    ['/swagger-ui.css', { type: CSS, body: await swaggerUi('swagger-ui.css') }],
    ['/openapi.json', { type: JSON_TYPE, body: JSON.stringify(contentOf(document, offered)) }],
    ['/prefilled.json', { type: JSON_TYPE, body: JSON.stringify(prefilled(offered)) }],
  ]);
}

const HTML = 'text/html; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const JSON_TYPE = 'application/json';

async function own(name: string): Promise<string> {
  return readFile(path.join(import.meta.dirname, name), 'utf8');
}

async function swaggerUi(name: string): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`), 'utf8');
}

/** Nothing from anywhere else is loaded, asked or framed, whatever a later version of the component would like. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:", // arrows and locks in the component's style sheet
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

import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { Client } from 'ldapts';

/** The libraries alone, wired together in the shortest way: what any service built on them pays before its first line. */
export const handler = middy()
  .use(httpJsonBodyParser())
  .handler(() =>
    Promise.resolve({ statusCode: 200, body: new Client({ url: 'ldaps://directory.example.com' }).isConnected ? 'yes' : 'no' }),
  );

import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

import { closeHttp, listen } from '../support/listen.ts';

/** One request that the CLI made: the call's name like `s3.PutObject`, its path, and its body as S3 would store it. */
export type Sent = { readonly call: string; readonly path: string; readonly headers: string; readonly body: Buffer };

/** The calls that a command may make, each with its answers in order: the list of what it sends, and nothing else. */
export type Script = Readonly<Record<string, readonly Answer[]>>;

export type Answer = { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

export type Recorder = {
  /** For AWS_ENDPOINT_URL: an address, so that S3 is asked with the bucket in the path. */
  readonly url: string;
  readonly sent: readonly Sent[];
  /** What the script does not have, and what of the script was not called. Empty: the command did what was expected, and that alone. */
  readonly differences: () => readonly string[];
  readonly close: () => Promise<void>;
};

/**
 * A loopback server that writes down what the AWS SDK sends and gives fixed answers. It keeps no resources and judges
 * nothing: it is not AWS. A request that is not in the script is answered with 501, which ends the command.
 */
export async function startRecorder(script: Script): Promise<Recorder> {
  const sent: Sent[] = [];
  const strangers: string[] = [];
  const left = new Map(Object.entries(script).map(([call, answers]) => [call, [...answers]]));
  const server = createServer((request, response) => {
    void read(request).then((one) => {
      sent.push(one);
      const answer = left.get(one.call)?.shift();
      if (answer === undefined) strangers.push(`not expected: ${one.call} ${one.path}`);
      const { status, body, headers } = answer ?? NOT_EXPECTED;
      response.writeHead(status, { 'x-amzn-requestid': 'recorded', ...headers }).end(request.method === 'HEAD' ? '' : body);
    });
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    sent,
    differences: () => [...strangers, ...[...left].flatMap(([call, answers]) => answers.map(() => `not made: ${call}`))],
    close: () => closeHttp(server),
  };
}

const NOT_EXPECTED: Answer = { status: 501, body: '<Response><Error><Code>NotInTheScript</Code></Error></Response>' };

async function read(request: IncomingMessage): Promise<Sent> {
  const raw = await buffer(request);
  const body = request.headers['content-encoding'] === 'aws-chunked' ? unchunk(raw) : raw;
  const path = request.url ?? '';
  return { call: callOf(request, path, body), path, headers: JSON.stringify(request.headers), body };
}

/** `aws-chunked`: the size of a chunk in hexadecimal, the chunk, …, an empty chunk, trailers (Signature Version 4, multiple chunks). */
function unchunk(raw: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const line = raw.indexOf('\r\n', at);
    const size = Number.parseInt(raw.toString('latin1', at, line), 16);
    if (size === 0) return Buffer.concat(chunks);
    if (Number.isNaN(size)) throw new Error('not in chunks');
    chunks.push(raw.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

// Calls that are told apart by method and path; all others name themselves, in the body (Query) or a header (JSON).
const BY_PATH: readonly (readonly [call: string, method: string, path: RegExp])[] = [
  ['s3.ListObjectsV2', 'GET', /^\/[^/?]+\/?\?(?:.*&)?list-type=2/],
  ['s3.DeleteObjects', 'POST', /^\/[^/?]+\/?\?(?:.*&)?delete/],
  ['s3.HeadBucket', 'HEAD', /^\/[^/?]+\/?$/],
  ['s3.HeadObject', 'HEAD', /^\/[^/?]+\/./],
  ['s3.PutObject', 'PUT', /^\/[^/?]+\/[^?]+\?x-id=PutObject$/],
  ['lambda.GetFunction', 'GET', /^\/2015-03-31\/functions\/[^/?]+$/],
  ['lambda.Invoke', 'POST', /^\/2015-03-31\/functions\/ldap-auth-prod-doctor\/invocations$/],
  ['apigateway.GetRestApis', 'GET', /^\/restapis\?/],
  ['apigateway.GetDeployments', 'GET', /^\/restapis\/[^/]+\/deployments\?/],
  ['apigateway.GetStage', 'GET', /^\/restapis\/[^/]+\/stages\/[^/?]+$/],
  ['apigateway.UpdateStage', 'PATCH', /^\/restapis\/[^/]+\/stages\/[^/?]+$/],
  ['apigateway.TagResource', 'PUT', /^\/tags\//],
  ['apigateway.UntagResource', 'DELETE', /^\/tags\//],
  ['apigateway.GetApiKey', 'GET', /^\/apikeys\/[^/?]+\?includeValue=true$/],
  ['apigateway.GetUsagePlans', 'GET', /^\/usageplans\?/],
  ['apigateway.UpdateUsagePlan', 'PATCH', /^\/usageplans\//],
];

function callOf(request: IncomingMessage, path: string, body: Buffer): string {
  // Signature Version 4: Credential=<key>/<date>/<region>/<service>/aws4_request
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? 'nobody';
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return `${service}.${target.replace(/^.*\./, '')}`;
  if (request.headers['content-type'] === 'application/x-www-form-urlencoded') {
    return `${service}.${new URLSearchParams(body.toString()).get('Action') ?? ''}`;
  }
  const found = BY_PATH.find(
    ([call, method, pattern]) => call.startsWith(`${service}.`) && method === request.method && pattern.test(path),
  );
  return found?.[0] ?? `${service} ${request.method ?? ''}`;
}

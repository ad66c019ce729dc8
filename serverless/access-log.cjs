'use strict';

// API Gateway's access log: one JSON line a request. Nothing that a caller can write freely is in it (no raw path, query,
// user agent or validation text), so no password can be, and no line can be broken by one.
module.exports = JSON.stringify({
  requestId: '$context.requestId',
  extendedRequestId: '$context.extendedRequestId',
  requestTime: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  apiKeyId: '$context.identity.apiKeyId', // the id of the key, never the key
  httpMethod: '$context.httpMethod',
  resourcePath: '$context.resourcePath',
  status: '$context.status',
  gatewayResponse: '$context.error.responseType',
  integrationStatus: '$context.integration.status',
  integrationLatencyMs: '$context.integration.latency',
  responseLatencyMs: '$context.responseLatency',
});

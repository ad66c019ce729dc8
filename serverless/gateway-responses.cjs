'use strict';

const { gatewayResponse } = require('./gateway-response.cjs');

// What API Gateway answers by itself, as reasons of the contract. DEFAULT_4XX and DEFAULT_5XX catch every type that is not
// named; those with a reason of their own are named, and so are those that must never be mistaken for the user's fault.
// The gateway's own 413 and 415 (over 10 MB; a request schema, of which there is none) are a refused caller like other 4xx:
// status 4 would promise `problems`, which it cannot list.
const REASONS = {
  DEFAULT_4XX: 'caller-not-permitted',
  ACCESS_DENIED: 'caller-not-permitted',
  INVALID_API_KEY: 'caller-not-permitted', // a missing key too
  MISSING_AUTHENTICATION_TOKEN: 'no-such-endpoint', // what API Gateway says to an unknown path
  RESOURCE_NOT_FOUND: 'no-such-endpoint',
  THROTTLED: 'throttled',
  QUOTA_EXCEEDED: 'throttled',
  DEFAULT_5XX: 'service-unavailable',
  API_CONFIGURATION_ERROR: 'service-unavailable',
  AUTHORIZER_CONFIGURATION_ERROR: 'service-unavailable',
  AUTHORIZER_FAILURE: 'service-unavailable',
  INTEGRATION_FAILURE: 'service-unavailable',
  INTEGRATION_TIMEOUT: 'service-unavailable',
};

module.exports = {
  Resources: Object.assign({}, ...Object.entries(REASONS).map(([type, reason]) => gatewayResponse(type, reason))),
};

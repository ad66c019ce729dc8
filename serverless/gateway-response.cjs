'use strict';

const { ANSWERS } = require('../src/http/response.ts');

// The one reason with two HTTP codes.
const HTTP_STATUS = { MISSING_AUTHENTICATION_TOKEN: 403, RESOURCE_NOT_FOUND: 404 };

const pascalCase = (type) => type.toLowerCase().replace(/(?:^|_)(.)/g, (_, letter) => letter.toUpperCase());

/** One of API Gateway's own answers, in the contract's shape: { logical id: resource }. */
const gatewayResponse = (type, reason) => {
  const { status, message, http, retryAfterSeconds } = ANSWERS[reason];
  const headers = { 'Cache-Control': 'no-store', ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }) };
  return {
    [`GatewayResponse${pascalCase(type)}`]: {
      Type: 'AWS::ApiGateway::GatewayResponse',
      Properties: {
        RestApiId: { Ref: 'ApiGatewayRestApi' },
        ResponseType: type,
        StatusCode: String(HTTP_STATUS[type] ?? http),
        // API Gateway wants literals in single quotes.
        ResponseParameters: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [`gatewayresponse.header.${name}`, `'${value}'`]),
        ),
        ResponseTemplates: { 'application/json': JSON.stringify({ status, message, reason }) },
      },
    },
  };
};

module.exports = { gatewayResponse };

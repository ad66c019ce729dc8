/* global document, fetch, SwaggerUIBundle */
// In the browser. What is filled in beforehand comes from prefilled.json; nothing is kept after the tab is closed.

const { apiKey, basic } = await (await fetch('prefilled.json')).json();

const ui = SwaggerUIBundle({
  url: 'openapi.json',
  domNode: document.getElementById('page'),
  tryItOutEnabled: true,
  persistAuthorization: false,
  validatorUrl: null, // its default asks validator.swagger.io
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  onComplete: () => {
    ui.preauthorizeApiKey('apiKey', apiKey);
    if (basic !== null) ui.preauthorizeBasic('basic', basic.username, basic.password);
    ui.getSystem().layoutActions.show(['operations', 'login', 'login'], true);
  },
});

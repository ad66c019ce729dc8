'use strict';

// osls's `file:` takes no .ts, so this hands over what is in index.ts. It is the first file of the stack that osls loads: a
// `serverless` that is installed globally runs with whatever Node is first on the PATH, which may not understand TypeScript.
if (!process.features.typescript) {
  // An error would be reported once for each value that serverless.yml takes from here, with its stack.
  console.error(`This is Node ${process.version}, which does not run TypeScript. Use npx serverless: it takes the Node of this project.`);
  process.exit(1);
}

module.exports = require('./index.ts');

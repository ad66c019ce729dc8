'use strict';

const { builtinModules } = require('node:module');

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * An ES module with the names of one of Node's own, each taken by `process.getBuiltinModule` where it is used. Names that
 * nobody imports fall away with the call, getters among them. A real `import … from 'node:http'` evaluates every getter of
 * the module, and one of them loads undici: 24 ms of each cold start, for a table of status texts. (`getBuiltinModule`
 * evaluates none.)
 */
const moduleText = (specifier) => {
  const builtin = process.getBuiltinModule(specifier);
  const names = Object.keys(builtin).filter((name) => IDENTIFIER.test(name) && name !== 'default');
  const got = `/* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(specifier)})`;
  const rows = names.map((name, index) => `const _${index} = /* @__PURE__ */ (() => ${got}[${JSON.stringify(name)}])();`);
  const exported = names.map((name, index) => `_${index} as ${JSON.stringify(name)}`).join(', ');
  return `${rows.join('\n')}\nexport { ${exported} };\nexport default ${got};`;
};

/** esbuild plugin: Node's own modules without Node's ES module facade. */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup: (build) => {
    const known = new Set(builtinModules);
    build.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path }) => {
      const name = path.replace(/^node:/, '');
      return known.has(name) || path.startsWith('node:') ? { path: `node:${name}`, namespace: 'builtin', sideEffects: false } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: moduleText(path), loader: 'js' }));
  },
};

module.exports = { lazyBuiltins };

// Plain scripts as a module, with those that they need, and a few helpers to check them
import {readFileSync} from 'node:fs';

globalThis.window ??= {};     // the scripts of a page leave notes there

const folder = new URL('../../cdebm/explorer/static/', import.meta.url);
const read = name => readFileSync(new URL(`${name}.js`, folder), 'utf8');
const needs = name => read(name).match(/^\/\/ needs: (.+)$/m)?.[1].split(', ') ?? [];
const inOrder = (names, found = []) => {
  for (const name of names) if (!found.includes(name)) {
    inOrder(needs(name), found);
    found.push(name);
  }
  return found;
};
// What Python computed for the same arrays, and what it hands to the scripts: a file that the tests in Python write
export const fixture = () => JSON.parse(readFileSync(process.argv[2], 'utf8'));
// `names` of the scripts; `handed` as cdebm.explorer.base.handed_to has it
export const load = (scripts, names, handed = fixture().handed) => {
  const head = Object.entries(handed).map(([k, v]) => `const ${k} = ${JSON.stringify(v)};`);
  const text = [...head, ...inOrder(scripts).map(read), `export {${names.join(', ')}};`].join('\n');
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
};

export const check = (what, ok) => {
  if (ok) return console.log(`ok ${what}`);
  console.error(`FAILED ${what}`);
  process.exitCode = 1;
};
export const near = (what, got, want, tol) => {
  check(`${what}: ${got} is ${want} ± ${tol}`, Math.abs(got - want) <= tol || Object.is(got, want));
};
export const nearAll = (what, got, want, tol) => {
  const off = Math.max(...Array.from(want, (w, i) => Math.abs(got[i] - w)));
  check(`${what}: largest difference ${off} <= ${tol}`, got.length === want.length && off <= tol);
};
export const mean = v => v.reduce((a, b) => a + b, 0) / v.length;
export const variance = v => {
  const m = mean(v);
  return mean(v.map(x => (x - m) ** 2));
};

// Plain scripts as a module, and a few helpers to check them
import {readFileSync} from 'node:fs';

const folder = new URL('../../cdebm/explorer/static/', import.meta.url);
export const load = (scripts, names) => {
  const text = scripts.map(s => readFileSync(new URL(`${s}.js`, folder), 'utf8')).join('\n') + `\nexport {${names.join(', ')}};`;
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
};
// What Python computed for the same arrays: a file that tests/test_js.py writes anew each time
export const fixture = () => JSON.parse(readFileSync(process.argv[2], 'utf8'));
export const check = (what, ok) => { if (!ok) { console.error(`FAILED ${what}`); process.exitCode = 1; } else console.log(`ok ${what}`); };
export const near = (what, got, want, tol) => check(`${what}: ${got} is ${want} ± ${tol}`, Math.abs(got - want) <= tol || Object.is(got, want));
export const nearAll = (what, got, want, tol) => {
  const off = Math.max(...Array.from(want, (w, i) => Math.abs(got[i] - w)));
  check(`${what}: largest difference ${off} <= ${tol}`, got.length === want.length && off <= tol);
};
export const mean = v => v.reduce((a, b) => a + b, 0) / v.length;
export const variance = v => { const m = mean(v); return mean(v.map(x => (x - m) ** 2)); };

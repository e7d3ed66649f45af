// Norms, cosines and smoothing of the gradient explorer against those of Python, which tests/test_gradients.py writes
import {load, fixture, check} from './load.mjs';

const js = await load(['gradients_numbers', 'charts'], ['gradArrays', 'gradGroup', 'gradNorm', 'gradCosine',
  'gradForms', 'gradAt', 'gradUndelta', 'smoothed']);
const close = (what, got, want, tol, scale = () => 1) => {
  const far = (g, w, i) => w == null ? (Number.isFinite(g) ? Infinity : 0) : Math.abs(g - w) / scale(i);
  const off = Math.max(...want.map((w, i) => far(got[i], w, i)));
  check(`${what}: ${off} <= ${tol}`, got.length === want.length && off <= tol);
};
const {cases, smooth} = fixture();
for (const c of cases) {
  const run = js.gradArrays(c.facts, Uint8Array.from(c.data).buffer), f = js.gradForms(c.weights);
  const group = js.gradGroup(run, c.group), over = g => Array.from(run.steps, (_, t) => g(t));
  for (const [how, terms] of Object.entries(c.norms)) {
    const largest = t => Math.max(...Object.values(terms).map(v => v[t]));
    for (const [k, want] of Object.entries(terms)) {
      close(`${how} ${k} ${c.group}`, over(t => js.gradNorm(run, t, group, f[k], how)), want, 1e-5, largest);
    }
  }
  for (const [k, want] of Object.entries(c.cosines)) {
    close(`cosine ${k} ${c.group}`, over(t => js.gradCosine(run, t, group, f.cd, f[k])), want, 1e-5);
  }
  check('no tensor, no norm', Number.isNaN(js.gradNorm(run, 0, [], f.cd, 'whole')));
}
for (const {y, k, log, want} of smooth) {
  const got = js.smoothed(Float64Array.from(y, v => v ?? NaN), k, log);
  close(`smooth ${k} ${log}`, Array.from(got), want, 1e-9);
}
const last = [[-5, 0], [0, 0], [39, 1], [40, 2], [900, 3]];
check('the last record before a step', last.every(([s, i]) => js.gradAt([0, 20, 40, 60], s) === i));
const whole = js.gradUndelta(Uint8Array.of(5, 255, 255, 0, 1, 255), 3);
check('differences undone', [5, 4, 3, 0, 1, 0].every((v, i) => v === whole[i]));

// Weights of chains against cdebm.weighted, with the same random numbers; resampling, effective sizes
import {load, fixture, check, near, nearAll} from './load.mjs';

const f = fixture(), m = await load(['weights', 'page_energies'], ['makeWeights', 'weightsStep', 'essOfWeights',
  'systematic', 'weightsLogZ', 'makeChains', 'energyAt', 'scaledField']);
for (const {a, u, from, ess} of f.resampled) {
  check(`copies of ${a.length}`, Array.from(m.systematic(Float64Array.from(a), u)).join() === from.join());
  near('worth', m.essOfWeights(Float64Array.from(a)), ess, 1e-9 * a.length);
}
for (const {name, spec, x0, temperature, steps, threshold, step, sampler, leapfrog, low, high, told} of f.runs) {
  const n = x0.length, ch = m.makeChains(n), field = {low, high, at: m.energyAt(spec)};
  const w = m.makeWeights(n, {area: (high - low) ** 2, T: temperature, steps, threshold});
  const s = {sampler, step, temperature, noise: 1, leapfrog, low, high};
  ch.x.set(x0.flat());
  let drawn = 0;
  told.forEach(({z, test, mark, x, a, ess, logZ, resampled}, t) => {
    let i = 0, j = 0;
    const rng = {normal: () => z[i++], uniform: () => j < n ? test[j++] : mark};
    const from = m.weightsStep(w, ch, field, s, rng);
    drawn += from ? 1 : 0;
    nearAll(`${name}, step ${t + 1}, log weights`, Array.from(w.a), a, 1e-7);
    nearAll('places', Array.from(ch.x), x.flat(), 1e-7);
    near('worth', m.essOfWeights(w.a), ess, 1e-7 * n);
    near('log Z', m.weightsLogZ(w), logZ, 1e-7);
    check('drawn anew as often', w.resampled === resampled && drawn === resampled);
  });
  check(`${name}: drawn anew, and not at each step`, drawn > 0 && drawn < told.length);
  check('all of the energy in the end', w.beta === 1 && w.target === field);
}

// The formula of a step of the chains, and the arrows on the map that its parts stand for.
// needs: formula, samplers, chains_state, maps

// A part that moves a chain by the slope, one that moves it by chance, one that decides
const chainParts = () => ({
  drift: {part: 'drift', color: 'drift', says: 'drift: each chain goes λ times the gradient of the energy downhill',
    of: ['−', 'λ', '∇', 'E', '(', 'x', ')']},
  noise: {part: 'noise', color: 'noise', says: 'noise: each chain is kicked by a Gaussian of standard deviation √(2λT)',
    of: ['+', ['msqrt', '2', 'λ', 'T'], 'ξ']},
  test: {part: 'test', color: 'accent', says: 'test: the move is taken with this probability, else the chain stays',
    of: [' if u < π(x′)q(x|x′) / π(x)q(x′|x)']},
});
const chainKicks = {noise: 'noise', momentum: 'noise', drift: 'drift', leapfrog: 'drift', test: 'test', keep: null};
const chainHmc = ({test}) => [
  {part: 'noise', color: 'noise', says: 'momentum: each chain gets a random push',
    of: ['p', '∼', 'N', '(', '0', ',', 'I', ')']},
  {part: 'drift', color: 'drift', says: 'leapfrog: steps along the landscape, which nearly keep energy plus ½p²',
    of: [',', '(', ['msup', 'x', '′'], ',', ['msup', 'p', '′'], ')', '←', ['msup', ' leapfrog', 'L'],
      '(', 'x', ',', 'p', ')']},
  test];
// What a step is under the sampler that is set
const chainStepFormula = ui => {
  const {drift, noise, test} = chainParts(), name = ui.get('sampler'), n = ui.get('noise'), head = ['x', '←', 'x'];
  const times = n === 1 ? noise : {...noise, of: ['+', fmt(n), '·', ...noise.of.slice(1)]};
  if (name === 'HMC') return chainHmc({test});
  if (name === 'MALA') return [['msup', 'x', '′'], '←', 'x', drift, noise, test];
  if (name === 'gradient descent') return [...head, drift];
  if (name !== CD) return [...head, drift, ...(n ? [times] : [])];
  const first = {...drift, of: ['−', 'λ', '∇', 'E', '(', 'y', ')']};
  return ['y', '←', 'x', {...noise, of: ['+', 'σ', 'ξ']}, ',', 'x', '←', 'y', first];
};
const chainFormula = (st, ui) => addFormula(ui, ['sampler', 'noise'], () => chainStepFormula(ui));

// ---- slow motion: a part of a step, the part of the formula, and where it took the chains ----
const chainStage = (st, ui) => {
  const [name] = PARTS[st.s.sampler][st.part], from = (st.part ? st.ch.y : st.ch.x).slice();
  if (st.part === 0) st.stages = [];
  const words = chainPart(st, ui), kind = chainKicks[name];
  if (kind === 'drift' || kind === 'noise') st.stages.push({kind, from, to: st.ch.y.slice()});
  light(ui, kind);
  return words;
};
// Arrows of the parts of this step that are done
const chainStages = (p, s, st, ui) => {
  for (const {kind, from, to} of st.stages) {
    const few = from.slice(0, 400), d = few.map((v, i) => to[i] - v), thick = lit(ui) === kind ? 1.6 : 1;
    const looks = [[ON_MAP.rim, 3 * thick], [ON_MAP[kind], 1.4 * thick]];
    drawArrows(p, s, few, d, {looks, end: kind === 'noise' ? 'ring' : 'head'});
  }
};
// Under the pointer at any time: where the drift would take some chains, or how far the noise kicks them
const chainPointed = (p, s, st, ui) => {
  const kind = ui.formula.pointed, n = Math.min(60, st.ch.n), some = st.ch.x.slice(0, 2 * n), out = [0, 0, 0];
  if (!kind || st.stages.length || kind === 'test') return;
  if (kind === 'noise') {
    const r = s.k * (noiseStd(st.s) || 0);
    for (let i = 0; i < n; i++) drawRing(p.ctx, s.sx(some[2 * i]), s.sy(some[2 * i + 1]), r, ON_MAP.noise);
    return;
  }
  const d = Float64Array.from(some, (_, i) => {
    const k = i >> 1;
    return -st.s.step * fieldAt(st.field, some[2 * k], some[2 * k + 1], out)[1 + i % 2];
  });
  drawArrows(p, s, some, d, {looks: [[ON_MAP.rim, 4.4], [ON_MAP.drift, 2.4]]});
};

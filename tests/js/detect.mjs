// Curves, figures, thresholds and the pad against Python, whose numbers tests/test_detect.py writes
import {load, fixture, check, near} from './load.mjs';

const m = await load(['halves', 'detect_numbers', 'conv'], ['detectSorted', 'detectCurve', 'detectArea', 'detectAupr',
  'detectPassed', 'detectAt', 'detectConfusion', 'detectBins', 'detectEdges', 'detectPrecision', 'penStamp', 'penLine',
  'penCentred', 'convNet', 'convHalves', 'convSlices', 'convAll']);
const {cases, pad} = fixture(), total = v => v.reduce((a, b) => a + b, 0);

for (const c of cases) {
  const a = m.detectSorted(c.a), b = m.detectSorted(c.b), curve = m.detectCurve(a, b);
  near(`${c.name}: AUROC`, m.detectArea(curve), c.auroc, 1e-9);
  near(`${c.name}: AUPR`, m.detectAupr(curve, a.length, b.length), c.aupr, 1e-9);
  near(`${c.name}: FPR at 95 %`, m.detectPassed(a, b), c.fpr95, 1e-9);
  const pairs = total(c.a.map(u => total(c.b.map(v => v > u ? 1 : v === u ? .5 : 0)))) / (a.length * b.length);
  near(`${c.name}: a share of pairs`, m.detectArea(curve), pairs, 1e-9);
  for (const t of [-Infinity, m.detectAt(a, 0), m.detectAt(a, .5), m.detectAt(a, 1), Infinity]) {
    const {kept, wrong, missed, found} = m.detectConfusion(a, b, t);
    check(`${c.name}: all are somewhere at ${t}`, kept + wrong === a.length && missed + found === b.length);
    check(`${c.name}: flagged are above ${t}`, wrong === c.a.filter(v => v > t).length);
  }
  check('none is flagged at first, all at the end', curve.wrong[0] === 0 && curve.found.at(-1) === 1);
  check('precision is a share', m.detectPrecision(curve, a.length, b.length).every(p => p >= 0 && p <= 1));
  const edges = m.detectEdges(a, b);
  near('bins hold all', total(m.detectBins(a, edges)), 1, 1e-9);
  check('data lie within', edges[0] <= a[0] && edges.at(-1) >= a.at(-1));
}
{ // the pen: ink where it went, none when erased, a stroke in the middle
  const side = 28, x = new Float32Array(side * side);
  m.penLine(x, side, [3, 4], [3, 14], 1.3);
  const before = total(x);
  check('a stroke of ten pixels', before > 20 && before < 40 && Math.max(...x) === 1);
  m.penLine(x, side, [3, 4], [3, 14], 1.3);
  near('the same stroke again', total(x), before, 1e-6);
  const moved = m.penCentred(x, side), middle = total(moved.map((v, k) => v * (k % side))) / total(moved);
  near('centred: as much ink', total(moved), before, 1e-4);
  near('centred: in the middle', middle, 13.5, .51);
  m.penStamp(x, side, 3, 9, 40, 0);
  check('erased', total(x) === 0);
  check('nothing stays nothing', total(m.penCentred(x, side)) === 0);
  m.penStamp(x, side, -1, 29, 3);
  check('the rim is no trouble', total(x) > 0);
}
{ // one picture, as the pad asks
  const weights = m.convHalves(Uint8Array.from(Buffer.from(pad.weights, 'base64')).buffer), e = new Float64Array(1);
  m.convAll(m.convSlices(m.convNet(pad, weights, 2), Float32Array.from(pad.x), 1, e));
  near('energy of a picture', e[0], pad.e, 1e-5);
}

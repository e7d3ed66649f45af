// Axes, ranges, smoothing and names of charts, and numbers as text
import {load, check, nearAll} from './load.mjs';

const js = await load(['charts', 'maps', 'training_state'], ['ticks', 'logTicks', 'axisRange', 'smoothed',
  'chartScales', 'endLabels', 'endOf', 'fmt', 'inRows', 'cheapest', 'extremes', 'tint', 'LANDS', 'dashes', 'LOOKS',
  'trainAppend']);
const same = (what, got, want) => check(`${what}: ${got}`, JSON.stringify(got) === JSON.stringify(want));

{ // ticks are round, inside, and not too many
  same('ticks', js.ticks(-1, 1), [-1, -.5, 0, .5, 1]);
  same('a point', js.ticks(3, 3), [3]);
  same('powers', js.logTicks(.5, 2e3), [1, 10, 100, 1000]);
  same('between two powers, at least three', js.logTicks(2, 8), [2, 4, 6, 8]);
  same('at least three', [js.ticks(0, 60), js.logTicks(.9, 12)], [[0, 20, 40, 60], [1, 2, 5, 10]]);
  same('many powers', js.logTicks(1e-10, 1e10).map(v => Math.round(Math.log10(v))), [-10, -6, -2, 2, 6, 10]);
}
{ // ranges hold what is finite, on a log axis what is positive
  nearAll('room at both ends', js.axisRange([[1, 2], [NaN, 3, Infinity]]), [.88, 3.12], 1e-12);
  nearAll('from zero', js.axisRange([[1, 2]], {zero: true}), [0, 2.12], 1e-12);
  nearAll('below zero', js.axisRange([[-1, 1]], {zero: true}), [-1, 1.12], 1e-12);
  nearAll('positive ones', js.axisRange([[-5, 0, 2, 20]], {log: true}), [2 / 1.2, 24], 1e-12);
  nearAll('one value', js.axisRange([[5]]), [4.7, 5.3], 1e-12);
  same('nothing', [js.axisRange([[]]), js.axisRange([[NaN, -1]], {log: true})], [[0, 1], [.1, 1]]);
}
{ // scales go there and back
  const p = {w: 300, h: 200, k: 1}, s = js.chartScales(p, [0, 10], [1, 100], true, [10, 20, 30, 40]);
  nearAll('corners', [s.sx(0), s.sx(10), s.sy(1), s.sy(100)], [40, 280, 170, 10], 1e-9);
  nearAll('back again', [s.ix(s.sx(3)), s.iy(s.sy(7))], [3, 7], 1e-9);
  check('a line ends at its last positive value', js.endOf(s, [1, 10, -3, NaN]) === s.sy(10));
}
{ // smoothing leaves out what is not there, and keeps its length
  const y = Float64Array.of(1, NaN, 3, 5, 100);
  nearAll('means of three', js.smoothed(y, 3).filter(v => v === v), [1, 4, 36, 52.5], 1e-12);
  check('a gap stays a gap', Number.isNaN(js.smoothed(y, 3)[1]) && js.smoothed(y, 1) === y);
  nearAll('geometric on a log axis', js.smoothed(Float64Array.of(1, 100, -1), 3, true).slice(0, 2), [10, 10], 1e-9);
}
{ // names at the ends of lines stay apart and inside
  const at = [], ctx = {setLineDash() {}, strokeText() {}, fillText: (text, x, y) => at.push(y)};
  const p = {ctx, k: 1, colors: {bg: '#ffffff', fg: '#000000'}}, s = {x1: 100, y0: 200, y1: 10};
  js.endLabels(p, s, [50, 51, 199, 199, 198, NaN, -9].map(y => ({text: 'a', y})));
  const gaps = at.slice(1).map((y, i) => y - at[i]);
  check(`names apart: ${at}`, at.length === 6 && Math.min(...gaps) >= 13 - 1e-9 && at[0] >= s.y1 && at.at(-1) <= s.y0);
}
{ // numbers as text, and small helpers
  const words = [null, NaN, Infinity, -Infinity, 0, -.25, 1234.5, 1e5, -1e-7, 2.5e12].map(js.fmt);
  same('numbers', words, ['–', 'NaN', '∞', '−∞', '0', '−0.25', '1230', '10⁵', '−10⁻⁷', '2.5·10¹²']);
  same('rows', js.inRows(Float32Array.of(1, 2, 3, 4, 5), 2).map(r => [...r]), [[1, 2], [3, 4]]);
  same('cheapest', [js.cheapest(3, i => [2, 1, 1][i]), js.cheapest(2, i => i + 1, 1)], [1, -1]);
  same('extremes', js.extremes([[3, NaN], [], [-1]]), [-1, 3]);
  same('colours', [js.tint(js.LANDS.light, -5), js.tint(js.LANDS.light, 255)], [[0, 34, 78], [254, 232, 56]]);
  same('lines', [js.dashes('-'), js.dashes(js.LOOKS.reg[1])], [[], [1, 4]]);
  const rows = [[1], [2], [3]];
  js.trainAppend(rows, [[2], [4]]);
  same('rows of a run that was put back', rows, [[1], [2], [4]]);
}

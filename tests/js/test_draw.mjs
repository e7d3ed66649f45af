// Paint, density, contours: closed forms
import {load, check, near, nearAll} from './load.mjs';

const m = await load(['draw_paint'], ['paintDensity', 'paintField', 'paintLevels', 'paintStamp', 'paintLine',
  'paintText', 'paintIslands', 'islandShares', 'contour', 'fieldAt', 'PAINT_NODES', 'PAINT_RIM']);
const n = 48, box = {low: -4, high: 4, floor: .01}, h = 8 / n, sheet = () => new Uint8Array(n * n);
const total = v => v.reduce((a, b) => a + b, 0), row = k => Math.floor(k / n), column = k => k % n;

{ // one pixel is a bump of the height (2/3)²/h², and all of it sums to 1
  const one = sheet(), nodes = 2 * n + 1, step = 8 / (nodes - 1);
  one[20 * n + 30] = 90;
  const bump = m.paintDensity(one, n, {...box, floor: 0, nodes}), top = Math.max(...bump);
  near('peak', top, (2 / 3 / h) ** 2, 1e-9);
  near('it stands at its pixel', bump.indexOf(top), 41 * nodes + 61, 0);
  near('mass', total(bump) * step ** 2, 1, 1e-9);
  check('nothing painted, no density', m.paintDensity(sheet(), n, box) === null);
}

// strokes, mirrors, eraser
const cross = sheet(), stroke = [[10, 24], [38, 30], {r: 1.5, level: 255, mirror: 'four'}];
m.paintLine(cross, n, ...stroke);
{
  const flip = f => Array.from(cross, (_, k) => cross[f(row(k), column(k))]), again = cross.slice();
  nearAll('left and right', flip((i, j) => (n - 1 - i) * n + j), cross, 1);
  nearAll('up and down', flip((i, j) => i * n + n - 1 - j), cross, 1);
  m.paintLine(again, n, ...stroke);
  nearAll('a stroke twice is a stroke', again, cross, 0);
  m.paintStamp(again, n, 24, 24, {r: 100, erase: true});
  check('a large eraser leaves nothing', total(again.map(v => v > 3)) === 0);
  nearAll('text and back', Uint8Array.from(atob(m.paintText(cross)), c => c.charCodeAt(0)), cross, 0);
}
{
  const rim = sheet(), inside = v => v >= m.PAINT_RIM && v < n - m.PAINT_RIM;
  m.paintLine(rim, n, [-5, -5], [60, 60], {r: 6, level: 255});
  const free = rim.every((v, k) => !v || (inside(row(k)) && inside(column(k))));
  check('the rim stays free', free && Math.max(...rim) === 255);
}

{ // the energy's spline against -log p, and its slope against differences
  const p = m.paintDensity(cross, n, box), N = m.PAINT_NODES, field = m.paintField(p, box), w = 8 / (N - 1);
  const at = (x, y) => m.fieldAt(field, x, y, [0, 0, 0]), off = [], slope = [];
  for (let i = 8; i < N - 8; i += 3) for (let j = 8; j < N - 8; j += 3) {
    const x = -4 + i * w, y = -4 + j * w, [e, dx] = at(x, y);
    off.push(e + Math.log(p[i * N + j]));
    slope.push(dx - (at(x + 1e-4, y)[0] - at(x - 1e-4, y)[0]) / 2e-4);
  }
  nearAll('energies', off, off.map(() => 0), 1e-4);
  nearAll('slopes', slope, slope.map(() => 0), 1e-3);
}

{ // contours: of a disc, at the level that holds half of it
  const from = v => (v - 50) / 12, size = k => from(Math.floor(k / 101)) ** 2 + from(k % 101) ** 2;
  const disc = Float64Array.from({length: 101 * 101}, (_, k) => Math.exp(-size(k) / 2));
  const [wide, half] = m.paintLevels(disc), line = m.contour(disc, 101, half), radii = [];
  for (let q = 0; q < line.length; q += 2) radii.push(Math.hypot(line[q] - 50, line[q + 1] - 50));
  near('radius that holds half', total(radii) / radii.length, 12 * Math.sqrt(2 * Math.LN2), .1);
  near('radius that holds nine tenths', Math.sqrt(-2 * Math.log(wide)) * 12, 12 * Math.sqrt(2 * Math.log(10)), .15);
  check('the contour is round', Math.max(...radii) - Math.min(...radii) < .1);
}

{ // islands: two squares of three to one, a speck that counts for nothing, and who owns what lies between
  const isles = sheet(), points = [[-9, -9], [99, 99], [31, 31], [26, 26]];
  const fill = (at, size, v) => {
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) isles[(at[0] + i) * n + at[1] + j] = v;
  };
  fill([6, 6], 6, 50); fill([30, 30], 6, 150); fill([20, 40], 1, 100);
  const found = m.paintIslands(isles, n), {owner} = found;
  const shares = m.islandShares(found, isles, i => [row(i), column(i)]);
  check('two islands', found.count === 2);
  nearAll('the heavier first; the speck is its nearest\'s', shares, [(36 * 150 + 100) / 7300, 36 * 50 / 7300], 1e-12);
  nearAll('points, also those outside', m.islandShares(found, [1, 1, 1, 1], i => points[i]), [.75, .25], 1e-12);
  const all = owner.every(v => v === 0 || v === 1);
  check('each pixel has an owner', all && owner[8 * n + 8] === 1 && owner[44 * n + 44] === 0);
  fill([11, 11], 20, 30);
  check('a bridge makes one of them', m.paintIslands(isles, n).count === 1);
  check('nothing painted, no island', m.paintIslands(sheet(), n).count === 0);
}

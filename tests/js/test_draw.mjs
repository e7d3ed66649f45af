// Paint, density, contours: closed forms
import {load, check, near, nearAll} from './load.mjs';

const m = await load(['samplers', 'draw'], ['paintDensity', 'paintField', 'paintLevels', 'paintContour', 'paintStamp', 'paintLine', 'paintText', 'paintIslands', 'islandShares', 'fieldAt', 'PAINT_NODES', 'PAINT_RIM']);
const n = 48, box = {low: -4, high: 4, floor: .01}, h = 8 / n, sheet = () => new Uint8Array(n * n);
const total = v => v.reduce((a, b) => a + b, 0);

// one pixel is a bump of the height (2/3)²/h², and all of it sums to 1
const one = sheet(), nodes = 2 * n + 1, step = 8 / (nodes - 1);
one[20 * n + 30] = 90;
const bump = m.paintDensity(one, n, {...box, floor: 0, nodes});
near('peak', Math.max(...bump), (2 / 3 / h) ** 2, 1e-9);
near('it stands at its pixel', bump.indexOf(Math.max(...bump)), 41 * nodes + 61, 0);
near('mass', total(bump) * step ** 2, 1, 1e-9);
check('nothing painted, no density', m.paintDensity(sheet(), n, box) === null);

// strokes, mirrors, eraser
const cross = sheet();
m.paintLine(cross, n, [10, 24], [38, 30], {r: 1.5, level: 255, mirror: 'four'});
const flip = f => Array.from(cross, (_, k) => cross[f(Math.floor(k / n), k % n)]);
nearAll('left and right', flip((i, j) => (n - 1 - i) * n + j), cross, 1);
nearAll('up and down', flip((i, j) => i * n + n - 1 - j), cross, 1);
const again = cross.slice();
m.paintLine(again, n, [10, 24], [38, 30], {r: 1.5, level: 255, mirror: 'four'});
nearAll('a stroke twice is a stroke', again, cross, 0);
m.paintStamp(again, n, 24, 24, {r: 100, erase: true});
check('a large eraser leaves nothing', total(again.map(v => v > 3)) === 0);
const rim = sheet();
m.paintLine(rim, n, [-5, -5], [60, 60], {r: 6, level: 255});
check('the rim stays free', rim.every((v, k) => !v || (Math.min(Math.floor(k / n), k % n) >= m.PAINT_RIM && Math.max(Math.floor(k / n), k % n) < n - m.PAINT_RIM)) && Math.max(...rim) === 255);
nearAll('text and back', Uint8Array.from(atob(m.paintText(cross)), c => c.charCodeAt(0)), cross, 0);

// the energy's spline against -log p, and its slope against differences
const p = m.paintDensity(cross, n, box), N = m.PAINT_NODES, field = m.paintField(p, box), out = [0, 0, 0], w = 8 / (N - 1);
const off = [], slope = [];
for (let i = 8; i < N - 8; i += 3) for (let j = 8; j < N - 8; j += 3) {
  m.fieldAt(field, -4 + i * w, -4 + j * w, out);
  off.push(out[0] + Math.log(p[i * N + j]));
  const [a, b] = [1e-4, -1e-4].map(d => m.fieldAt(field, -4 + i * w + d, -4 + j * w, [0, 0, 0])[0]);
  slope.push(out[1] - (a - b) / 2e-4);
}
nearAll('energies', off, off.map(() => 0), 1e-4);
nearAll('slopes', slope, slope.map(() => 0), 1e-3);

// contours: of a disc, at the level that holds half of it
const disc = Float64Array.from({length: 101 * 101}, (_, k) => Math.exp(-(((Math.floor(k / 101) - 50) / 12) ** 2 + ((k % 101 - 50) / 12) ** 2) / 2));
const [wide, half] = m.paintLevels(disc), line = m.paintContour(disc, 101, half), radii = [];
for (let q = 0; q < line.length; q += 2) radii.push(Math.hypot(line[q] - 50, line[q + 1] - 50));
near('radius that holds half', total(radii) / radii.length, 12 * Math.sqrt(2 * Math.LN2), .1);
near('radius that holds nine tenths', Math.sqrt(-2 * Math.log(wide)) * 12, 12 * Math.sqrt(2 * Math.log(10)), .15);
check('the contour is round', Math.max(...radii) - Math.min(...radii) < .1);

// islands: two squares of three to one, a speck that counts for nothing, and who owns what lies between
const isles = sheet(), fill = (i0, j0, size, v) => { for (let i = i0; i < i0 + size; i++) for (let j = j0; j < j0 + size; j++) isles[i * n + j] = v; };
fill(6, 6, 6, 50); fill(30, 30, 6, 150); fill(20, 40, 1, 100);
const found = m.paintIslands(isles, n), place = i => [Math.floor(i / n), i % n];
check('two islands', found.count === 2);
nearAll('the heavier first; the speck is its nearest island\'s', m.islandShares(found, isles, place), [(36 * 150 + 100) / 7300, 36 * 50 / 7300], 1e-12);
nearAll('points, also those outside the sheet', m.islandShares(found, [1, 1, 1, 1], i => [[-9, -9], [99, 99], [31, 31], [26, 26]][i]), [.75, .25], 1e-12);
check('each pixel has an owner', found.owner.every(v => v === 0 || v === 1) && found.owner[8 * n + 8] === 1 && found.owner[44 * n + 44] === 0);
fill(11, 11, 20, 30);
check('a bridge makes one of them', m.paintIslands(isles, n).count === 1);
check('nothing painted, no island', m.paintIslands(sheet(), n).count === 0);

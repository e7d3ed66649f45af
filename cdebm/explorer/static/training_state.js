// What a page knows of a training: from the traits when it rests, from messages while it runs.
// needs: elements

const {QUANTILES} = CONSTANTS;
const TRAIN_BAND = 1 + 2 * QUANTILES.length;     // step, quantiles of the energies of data and of samples
const TRAIN_WORDS = {idle: 'not started', running: 'running', paused: 'paused', stopping: 'finishing the step…',
  stopped: 'stopped', done: 'done', failed: 'failed'};

const trainTime = s => {
  if (!Number.isFinite(s)) return '';
  return s < 90 ? `${Math.ceil(s)} s` : s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;
};
const trainBegun = ui => ['running', 'paused', 'stopping'].includes(ui.get('status'));
const trainRunning = ui => ui.hasKernel() && trainBegun(ui);

// ---- from the traits ----
const trainNorms = (st, ui) => { st.norms = inRows(ui.array('norms', Float32Array), 4); };
// Looks at the samples: in the plane places and a map, else tiles
const trainLooks = ui => {
  const steps = ui.array('look_steps', Int32Array), plane = ui.get('kind') === 'plane';
  if (!steps.length) return [];
  const all = ui.array('samples', plane ? Float32Array : Uint8Array), samples = inRows(all, all.length / steps.length);
  const maps = plane ? inRows(ui.array('maps', Uint8Array), ui.get('shape')[0] ** 2) : [];
  return Array.from(steps, (step, i) => ({step, samples: samples[i], map: maps[i]}));
};
const trainStored = (st, ui) => {
  st.rows = inRows(ui.array('rows', Float32Array), ui.get('columns').length || 1);
  st.bands = inRows(ui.array('bands', Float32Array), TRAIN_BAND);
  trainNorms(st, ui);
  st.looks = trainLooks(ui);
  if (st.looks.length) st.live = null;
};

// ---- from messages ----
// New rows [step, ...] go to the end; the health monitor may have gone back
const trainAppend = (rows, fresh) => {
  const before = fresh.length ? fresh[0][0] : Infinity;
  while (rows.length && rows.at(-1)[0] >= before) rows.pop();
  rows.push(...fresh);
};
const trainReceive = (st, ui, content, buffers) => {
  if (content.new == null) return;
  const [rows, band, map, samples] = buffers.map(asBytes);
  const Places = ui.get('kind') === 'plane' ? Float32Array : Uint8Array;
  trainAppend(st.rows, inRows(new Float32Array(rows), ui.get('columns').length || 1));
  if (st.rows.length > 6000) st.rows = st.rows.filter((_, i) => i % 2 === 0 || i > st.rows.length - 1000);
  trainAppend(st.bands, inRows(new Float32Array(band), TRAIN_BAND));
  if (samples) st.live = {...content.look, map: new Uint8Array(map), samples: new Places(samples)};
};

// Who trains: a worker of the page, or the page itself, a slice of time after the other, where it may have none.
// needs: samplers, workers, train_net, train_chains, train_step

const SLICE = 8;     // ms that the page trains between two frames, where there is no worker

// ---- what is asked, and what is answered ----
// start: a new training; set: other settings or data from now on; run: updates up to a number, or until time is up
const trainReport = (s, {map = 0}) => {
  const report = {t: s.t, whole: s.whole, x: fromLanes(s.store), gap: meanIn(s.ePos) - meanIn(s.eNeg)};
  const found = {lengths: s.lengths, turned: meanIn(s.turned), weights: Float32Array.from(s.mean.theta)};
  return map ? {...report, map: trainMap(s, map), ...found} : report;
};
const trainRun = (s, {until, ms, map}) => {
  const late = performance.now() + ms, from = s.t;
  while (s.whole && s.t < until) {
    trainUpdate(s, makeDraws(s), map && s.t === from);
    if (performance.now() > late) break;
  }
};
const trainAnswer = (world, message) => {
  const {kind, options, sheet} = message;
  if (sheet) world.source = makeSource(sheet.pix, sheet);
  if (kind === 'start') world.s = trainFrom(makeTrainer(options, world.source), message.from);
  else if (options) Object.assign(world.s.o, options);
  world.s.source = world.source;
  if (kind === 'run') trainRun(world.s, message);
  return {of: message.of, ...trainReport(world.s, message)};
};

// ---- what a worker needs of the above ----
const TRAIN_PARTS = {
  makeRng, LANES, laneOf, fromLanes, netViews, makeNet, netFresh, netTake, netBegin, netProduct, netOuter, netIn,
  netBend, netForward, netSlope, netBoth, netEnergies, netCollect, pushEnergy, netAlong, pushSlope, chainBuffers,
  chainJump, chainLangevin, chainTurned, chainMala, chainsRun, makeSource, makeDraws, takeBank, fromNearest,
  pushSamples, lossGradient, lengthOf, meanIn, termLengths, adamStep, averageStep, takeChains, trainUpdate,
  TRAIN_DEFAULTS, RULE_FACTORS, makeTrainer, trainFrom, trainMap, trainReport, trainRun, trainAnswer,
};
const TRAIN_EAR = 'const world = {}; self.onmessage = e => self.postMessage(trainAnswer(world, e.data));';
// {tell(message), end()}; answers go to `told`, trouble to `trouble`. What a worker that never began was asked, the
// page does itself: some frames allow no worker, and say so late
const hireTrainer = (told, trouble) => {
  const world = {}, open = [];
  let worker = null, began = false, ended = false;
  const answer = report => { open.shift(); if (!ended) told(report); };
  const here = message => setTimeout(() => {
    try { answer(trainAnswer(world, {...message, ms: SLICE})); } catch (e) { trouble(e); }
  });
  const refuse = e => {
    e?.preventDefault?.();
    if (began) return trouble(e.message ?? e);
    worker?.terminate(); worker = null;
    open.forEach(here);
  };
  try {
    worker = new Worker(workerUrl(TRAIN_PARTS, TRAIN_EAR));
    worker.onmessage = e => { began = true; answer(e.data); };
    worker.onerror = refuse;
  } catch (e) { worker = null; }
  const tell = message => { open.push(message); if (worker) worker.postMessage(message); else here(message); };
  return {tell, end() { ended = true; worker?.terminate(); }, get apart() { return worker !== null; }};
};

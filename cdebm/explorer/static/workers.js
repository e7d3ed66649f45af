// The code of a worker: functions and values as text, since a page in one file has no other file to name.

const codeOf = v => {
  if (typeof v === 'function') return v.toString();
  if (Array.isArray(v) || Object(v) !== v) return JSON.stringify(v);
  return `{${Object.entries(v).map(([k, w]) => `${k}: ${codeOf(w)}`).join(', ')}}`;
};
// A script that has `parts`, {name: function or value}, and then does `ear`; and an address of it
const workerText = (parts, ear) => {
  return [...Object.entries(parts).map(([k, v]) => `const ${k} = ${codeOf(v)};`), ear].join('\n');
};
const workerUrl = (...script) => URL.createObjectURL(new Blob([workerText(...script)], {type: 'text/javascript'}));

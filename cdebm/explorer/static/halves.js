// Numbers of half precision: as Python stores weights, and as a link carries them. Nothing here touches a page.

const convHalf = h => {
  const sign = h & 0x8000 ? -1 : 1, power = (h >> 10) & 31, part = h & 1023;
  return sign * (power ? 2 ** (power - 15) * (1 + part / 1024) : 2 ** -14 * part / 1024);
};
const convHalves = buffer => Float64Array.from(new Uint16Array(buffer), convHalf);
// The nearest number of half precision, as 16 bits; what is too large becomes the largest
const halfOf = v => {
  const sign = v < 0 ? 0x8000 : 0, size = Math.abs(v);
  if (!(size >= 2 ** -25)) return sign;
  const e = Math.max(-14, Math.floor(Math.log2(size))), q = Math.round(size / 2 ** (e - 10));
  return sign + Math.min(0x7bff, (e + 14) * 1024 + q);
};
const halves = v => new Uint8Array(Uint16Array.from(v, halfOf).buffer);

// Small pictures on a panel: `st` has their side, their channels c, and room for one.
// needs: elements

// Grey levels as bytes, the bin of a number from 0 to 1, as cdebm.buffer.to_uint8 has it; and back to its middle
const toByte = v => Math.min(255, Math.floor(256 * v));
const fromByte = b => (b + .5) / 256;
// A picture as a canvas of its own pixels; the same canvas for all, so that it is to be drawn at once
const tileImage = (st, x) => {
  if (!st.tile) {
    const canvas = make('canvas', {width: st.side, height: st.side}), ctx = canvas.getContext('2d');
    st.tile = {canvas, ctx, image: ctx.createImageData(st.side, st.side)};
  }
  const {canvas, ctx, image: {data}, image} = st.tile, area = st.side ** 2, next = st.c === 3 ? area : 0;
  for (let q = 0, k = 0; q < area; q++, k += 4) {
    data[k] = x[q]; data[k + 1] = x[q + next]; data[k + 2] = x[q + 2 * next]; data[k + 3] = 255;
  }
  ctx.putImageData(image, 0, 0);
  return canvas;
};
// The picture at x, y, of `size` px, without smoothing
const tilePaint = (p, tile, x, y, size) => {
  p.ctx.imageSmoothingEnabled = false;
  p.ctx.drawImage(tile, x, y, size, size);
};
const tileRing = (p, x, y, size, color, width) => {
  Object.assign(p.ctx, {strokeStyle: color, lineWidth: width, globalAlpha: 1});
  p.ctx.setLineDash([]);
  p.ctx.strokeRect(x - width / 2, y - width / 2, size + width, size + width);
};

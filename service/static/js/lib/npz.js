// Reads .npz files, numpy's archives of arrays, without a library: a zip of .npy files, plain or deflated.

const DIRECTORY_END = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;
const TYPES = {
  b1: Uint8Array, i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array,
  i8: BigInt64Array, u8: BigUint64Array, f4: Float32Array, f8: Float64Array,
};

/**
 * The arrays of an .npz file.
 * @param {Uint8Array} bytes
 * @returns {Promise<Object<string, {shape: number[], dtype: string, data: TypedArray}>>} row by row; `dtype` as numpy
 *   writes it without the order of bytes, e.g. "f4"
 */
export async function readNpz(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const arrays = {};
  for (const entry of entriesOf(view)) {
    const content = await contentOf(bytes, view, entry);
    arrays[entry.name.replace(/\.npy$/, "")] = arrayOf(content, entry.name);
  }
  return arrays;
}

// The directory at the end has the sizes; numpy leaves them out of the headers before each file.
function* entriesOf(view) {
  let end = view.byteLength - 22;
  while (end >= 0 && view.getUint32(end, true) !== DIRECTORY_END) end -= 1;
  if (end < 0) throw new Error("The file is no .npz: it has no zip directory");
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    if (view.getUint32(at, true) !== DIRECTORY_ENTRY) throw new Error("The .npz is damaged: its directory ends early");
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at + 46, nameLength));
    const [packed, start] = [20, 42].map((offset) => view.getUint32(at + offset, true));
    yield { name, method: view.getUint16(at + 10, true), packed, start };
    at += 46 + nameLength + extra + comment;
  }
}

async function contentOf(bytes, view, { name, method, packed, start }) {
  const from = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
  const raw = bytes.subarray(from, from + packed);
  if (method === STORED) return raw;
  if (method !== DEFLATED) throw new Error(`${name} is packed by method ${method}; only stored and deflated are known`);
  const plain = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

// \x93NUMPY, version, length of a header that is a Python literal, then the numbers.
function arrayOf(content, name) {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  if (view.getUint32(0) !== 0x934e554d) throw new Error(`${name} is no .npy array`);
  const isFirst = view.getUint8(6) === 1;
  const start = isFirst ? 10 : 12;
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder().decode(content.subarray(start, start + length));
  const [, order, dtype] = header.match(/'descr':\s*'([<>|=])(\w+)'/) ?? [];
  const [, sides = ""] = header.match(/'shape':\s*\(([^)]*)\)/) ?? [];
  const shape = sides.split(",").filter((each) => each.trim()).map(Number);
  const Type = TYPES[dtype];
  if (!Type || order === ">" || /'fortran_order':\s*True/.test(header)) {
    throw new Error(`${name} is not read: ${header.trim()}; only plain numbers, little-endian, row by row are`);
  }
  const count = shape.reduce((product, side) => product * side, 1);
  // A copy begins where the type's numbers may begin, and keeps no whole archive alive.
  const data = new Type(content.slice(start + length, start + length + count * Type.BYTES_PER_ELEMENT).buffer);
  return { shape, dtype, data };
}

// Images of the reader's own, found by the names that annotations have for them. They stay in the browser.
import { html, useEffect, useRef, useState } from "../html.js";

const PICTURES = /\.(jpe?g|png|webp|bmp|gif|avif)$/i;

/** Files by name: `{ count, add(files), fileOf(name) }`. */
export function useImages() {
  const [files, setFiles] = useState(() => new Map());
  const add = (more) => {
    const next = new Map(files);
    for (const file of more) if (PICTURES.test(file.name)) next.set(keyOf(file.name), file);
    setFiles(next);
  };
  return { count: files.size, add, fileOf: (name) => (name === null ? null : (files.get(keyOf(name)) ?? null)) };
}

/** The picture of a file as an address and its size: `{ href, width, height }`, null until it is there. */
export function usePicture(file) {
  const [picture, setPicture] = useState(null);
  useEffect(() => {
    setPicture(null);
    if (!file) return undefined;
    let gone = false;
    const href = URL.createObjectURL(file);
    const image = new Image();
    image.src = href;
    image.decode().then(
      () => !gone && setPicture({ href, width: image.naturalWidth, height: image.naturalHeight }),
      () => !gone && setPicture({ fault: `${file.name} is no picture that this browser can read.` }),
    );
    return () => {
      gone = true;
      URL.revokeObjectURL(href);
    };
  }, [file]);
  return picture;
}

/** Where images are dropped or chosen, several or a folder. @param {Array<string | null>} names those wanted */
export function ImageDrop({ images, names }) {
  const [over, setOver] = useState(false);
  const folder = useRef(null);
  const wanted = new Set(names.filter(Boolean));
  if (!wanted.size) return null;
  const matched = [...wanted].filter((name) => images.fileOf(name)).length;
  const drop = async (event) => {
    event.preventDefault();
    setOver(false);
    images.add(await filesOf(event.dataTransfer));
  };
  const choose = (event) => images.add(event.target.files);
  const drag = (event) => {
    event.preventDefault();
    setOver(true);
  };
  return html`<div class=${`image-drop ${over ? "over" : ""}`} onDragOver=${drag} onDragLeave=${() => setOver(false)}
      onDrop=${drop}>
    <p class="small muted" role="status">${images.count
      ? `${matched} of ${wanted.size} images found by their names.`
      : "Drop your images here, or their folder, to see the boxes over them. They stay in this browser."}</p>
    <div class="row">
      <label class="button small">Choose images
        <input class="visually-hidden" type="file" accept="image/*" multiple onChange=${choose} /></label>
      <button type="button" class="small" onClick=${() => folder.current.click()}>Choose a folder</button>
      <input ref=${folder} class="visually-hidden" type="file" webkitdirectory tabindex="-1"
        aria-label="Folder of images" onChange=${choose} />
    </div>
  </div>`;
}

// A dropped folder comes as an entry to be walked.
async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  return (await Promise.all(entries.map(walked))).flat();
}

async function walked(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return (await Promise.all(found.map(walked))).flat();
    found.push(...some);
  }
}

// Annotations have paths, or names without an ending.
function keyOf(name) {
  return name.split(/[/\\]/).at(-1).replace(PICTURES, "").toLowerCase();
}

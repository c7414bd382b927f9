// The picture under the fields: the reader's own, kept in this browser only, or the built-in street.
import { html, useEffect, useRef, useState } from "../html.js";

const SCENE = { href: new URL("../../scene.svg", import.meta.url).href, width: 960, height: 640, isOwn: false };
const STORE = ["rfengine", "pictures", "latest"]; // database, table, key
const FITS = { letterbox: "Letterbox", stretch: "Stretch", crop: "Crop" };

/** `{ href, width, height, isOwn, fault, take(file), drop() }`: the picture that is shown, and how to change it. */
export function usePicture() {
  const [own, setOwn] = useState(null);
  const [fault, setFault] = useState(null);
  useEffect(() => {
    kept().then(async (file) => file && setOwn(await opened(file))).catch(() => {});
  }, []);
  useEffect(() => () => own && URL.revokeObjectURL(own.href), [own]);
  const take = async (file) => {
    try {
      setOwn(await opened(file));
    } catch {
      setFault(`${file.name || "What came"} is no picture that this browser can show; take a PNG, JPEG, WebP or SVG.`);
      return;
    }
    setFault(null);
    // A browser that keeps nothing, in a private window for example, still shows it.
    keep(file).catch(() => {});
  };
  const drop = () => {
    setOwn(null);
    keep(null).catch(() => {});
  };
  return { ...(own ? { ...own, isOwn: true } : SCENE), fault, take, drop };
}

/** Buttons for the picture and how it fits; listens for pictures that are dropped on the page or pasted. */
export function PictureControls({ picture, fit, setFit }) {
  const input = useRef(null);
  useArrivals(picture.take);
  const choose = (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) picture.take(file);
  };
  return html`<div class="row picture-controls">
    <input ref=${input} class="visually-hidden" type="file" accept="image/*" tabindex="-1" aria-hidden="true"
      onChange=${choose} />
    <button onClick=${() => input.current.click()} title="Or drop it here, or paste it. It stays in this browser.">
      Your picture …</button>
    ${picture.isOwn && html`<button class="plain small" onClick=${picture.drop}>Back to the street</button>`}
    <label class="row small"><span class="muted">Fit</span>
      <select value=${fitOf(picture, fit)} onChange=${(event) => setFit(event.target.value)}>
        ${Object.entries(FITS).map(([key, label]) => html`<option value=${key}>${label}</option>`)}
      </select></label>
    ${picture.fault && html`<p class="notice bad small" role="alert">${picture.fault}</p>`}
  </div>`;
}

/** How a picture fits into the input's frame: as asked; else the reader's own whole, and the street without bars. */
export function fitOf(picture, asked) {
  return asked ?? (picture.isOwn ? "letterbox" : "crop");
}

/** Where a picture lies so that it fits a frame of a width and height; of a crop, parts lie outside. */
export function placed(picture, fit, { width, height }) {
  if (fit === "stretch") return { x: 0, y: 0, width, height };
  const ratios = [width / picture.width, height / picture.height];
  const scale = fit === "crop" ? Math.max(...ratios) : Math.min(...ratios);
  const [wide, high] = [picture.width * scale, picture.height * scale];
  return { x: (width - wide) / 2, y: (height - high) / 2, width: wide, height: high };
}

function useArrivals(take) {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const over = (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    const arrive = (event) => {
      const [file] = (event.dataTransfer ?? event.clipboardData)?.files ?? [];
      if (!file) return;
      event.preventDefault();
      latest.current(file);
    };
    const listeners = { dragover: over, drop: arrive, paste: arrive };
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener);
    return () => Object.entries(listeners).forEach(([name, listener]) => removeEventListener(name, listener));
  }, []);
}

// Throws where the browser can not decode it.
async function opened(file) {
  const picture = new Image();
  picture.src = URL.createObjectURL(file);
  try {
    await picture.decode();
  } catch (error) {
    URL.revokeObjectURL(picture.src);
    throw error;
  }
  // Drawn pictures may come without a size of their own.
  return { href: picture.src, width: picture.naturalWidth || 300, height: picture.naturalHeight || 300 };
}

// One entry of one table in the browser's own database.
function table(mode) {
  const [base, store] = STORE;
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(base, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(store);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result.transaction(store, mode).objectStore(store));
  });
}

async function kept() {
  const store = await table("readonly");
  const request = store.get(STORE[2]);
  store.transaction.db.close(); // once this is answered
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result ?? null);
    request.onerror = () => reject(request.error);
  });
}

async function keep(file) {
  const store = await table("readwrite");
  if (file) store.put(file, STORE[2]);
  else store.delete(STORE[2]);
  store.transaction.db.close();
}

// A picture of the page as a file that needs nothing else: no style sheet, no other file, no theme.
//
// Two attributes say where the file differs from the page: data-only="file" or data-only="page" on an element that is
// in one alone, and data-file-box="x y width height" on the picture: the space it takes with what the file alone has.

const FREE = {
  "clip-path": "none",
  mask: "none",
  opacity: "1",
  "stop-color": "rgb(0, 0, 0)",
  "stop-opacity": "1",
  "vector-effect": "none",
};
const INHERITED = {
  "dominant-baseline": "auto",
  fill: "rgb(0, 0, 0)",
  "fill-opacity": "1",
  "font-family": "",
  "font-size": "",
  "font-style": "normal",
  "font-weight": "400",
  "image-rendering": "auto",
  "paint-order": "normal",
  stroke: "none",
  "stroke-dasharray": "none",
  "stroke-linecap": "butt",
  "stroke-linejoin": "miter",
  "stroke-opacity": "1",
  "stroke-width": "1px",
  "text-anchor": "start",
  visibility: "visible",
};

/** The picture as SVG text: computed styles as attributes, pictures within it as data, the theme's ground under it. */
export async function svgOf(svg) {
  const copy = svg.cloneNode(true);
  dress(svg, copy, true);
  const [x, y, width, height] = boxOf(svg);
  const own = { xmlns: "http://www.w3.org/2000/svg", viewBox: `${x} ${y} ${width} ${height}`, width, height };
  for (const [name, value] of Object.entries(own)) copy.setAttribute(name, value);
  copy.removeAttribute("data-file-box");
  copy.prepend(ground(x, y, width, height));
  await Promise.all([...copy.querySelectorAll("image")].map(embed));
  return new XMLSerializer().serializeToString(copy);
}

/** The picture as PNG. @param {number} scale pixels of the file per px of the page @returns {Promise<Blob>} */
export async function pngOf(svg, scale = 2) {
  const [, , width, height] = boxOf(svg);
  const address = URL.createObjectURL(new Blob([await svgOf(svg)], { type: "image/svg+xml" }));
  try {
    const picture = await loaded(address);
    const canvas = Object.assign(document.createElement("canvas"), {
      width: Math.round(width * scale),
      height: Math.round(height * scale),
    });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}

function boxOf(svg) {
  if (svg.dataset.fileBox) return svg.dataset.fileBox.split(" ").map(Number);
  const box = svg.viewBox.baseVal;
  if (box?.width) return [box.x, box.y, box.width, box.height];
  const { width, height } = svg.getBoundingClientRect();
  return [0, 0, width, height];
}

/** Gives the copy what the page's style sheets give the original; what does not show is left out. */
function dress(original, copy, isRoot = false) {
  const computed = getComputedStyle(original);
  const only = original.dataset.only;
  if (only === "page" || (computed.display === "none" && only !== "file" && !isDefinition(original))) {
    copy.remove();
    return;
  }
  const around = isRoot ? null : getComputedStyle(original.parentElement);
  for (const name of ["class", "style", "tabindex", "data-only"]) copy.removeAttribute(name);
  for (const [name, initial] of Object.entries(FREE)) {
    if (computed.getPropertyValue(name) !== initial) setStyle(copy, name, computed);
  }
  for (const [name, initial] of Object.entries(INHERITED)) {
    const before = around ? around.getPropertyValue(name) : initial;
    if (computed.getPropertyValue(name) !== before) setStyle(copy, name, computed);
  }
  const places = [...copy.children];
  [...original.children].forEach((child, at) => dress(child, places[at]));
}

function isDefinition(element) {
  return element.closest("defs, title, desc, metadata, clipPath, mask") !== null;
}

function setStyle(copy, name, computed) {
  const value = computed.getPropertyValue(name);
  // The browser names the page's address in references to a part of the same picture.
  if (value) copy.setAttribute(name, value.replace(/url\("[^"#]*(#[^"]+)"\)/, "url($1)").replaceAll('"', "'"));
}

function ground(x, y, width, height) {
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const fill = getComputedStyle(document.documentElement).getPropertyValue("--panel").trim() || "#fff";
  for (const [name, value] of Object.entries({ x, y, width, height, fill })) rect.setAttribute(name, value);
  return rect;
}

async function embed(image) {
  const href = image.getAttribute("href") ?? image.getAttributeNS("http://www.w3.org/1999/xlink", "href");
  if (!href || href.startsWith("data:")) return;
  // The page's policy lets blobs be shown, not fetched.
  image.setAttribute("href", href.startsWith("blob:") ? await drawn(href) : await fetched(href));
}

async function fetched(address) {
  const blob = await (await fetch(address, { credentials: "same-origin" })).blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

async function drawn(address) {
  const picture = await loaded(address);
  const size = { width: picture.naturalWidth, height: picture.naturalHeight };
  const canvas = Object.assign(document.createElement("canvas"), size);
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas.toDataURL("image/png");
}

async function loaded(address) {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  return picture;
}

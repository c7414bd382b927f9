// Saves what the page shows: tables as CSV and JSON, pictures as SVG and PNG.
import { html, useEffect, useRef } from "../html.js";
import { useStyles } from "../styles.js";
import { pngOf, svgOf } from "./picture.js";

/** Hand a file to the reader. @param {string | Blob} content */
export function saveText(name, content, type = "text/plain") {
  const blob = content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser takes the blob up after this task.
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** A table as a file. @param {string[]} header @param {Array<Array<unknown>>} rows */
export function saveCsv(name, header, rows) {
  saveText(withEnding(name, "csv"), csvOf(header, rows), "text/csv");
}

/** Any value as a file, indented. */
export function saveJson(name, value) {
  saveText(withEnding(name, "json"), `${JSON.stringify(value, null, 2)}\n`, "application/json");
}

/** A picture of the page as a file of its own; see `picture.js`. @param {SVGSVGElement} svg */
export async function saveSvg(name, svg) {
  saveText(withEnding(name, "svg"), await svgOf(svg), "image/svg+xml");
}

/** The same in pixels. @param {number} scale pixels of the file per px of the page */
export async function savePng(name, svg, scale = 2) {
  saveText(withEnding(name, "png"), await pngOf(svg, scale));
}

/** A table after RFC 4180, in which no cell is a formula to a spreadsheet. Numbers are written to the last bit. */
export function csvOf(header, rows) {
  return [header, ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return `${value}`;
  const text = Array.isArray(value) ? value.join(" ") : `${value}`;
  const isFormula = /^[=+\-@\t\r]/.test(text) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * A menu of the forms in which something can be saved.
 * @param {object} props `name`: of the file, without ending; `what`: what is saved, in words; `svg`: () => the element;
 *   `csv`: () => `{ header, rows }`; `json`: () => the value; `links`: further files, `[{ label, href }]`
 */
export function SaveMenu({ name, what = "", svg, csv, json, links = [] }) {
  useStyles("chart");
  const menu = useRef(null);
  useClosing(menu);
  const ways = [
    svg && ["PNG", () => savePng(name, svg())],
    svg && ["SVG", () => saveSvg(name, svg())],
    csv && ["CSV", () => saveCsv(name, csv().header, csv().rows)],
    json && ["JSON", () => saveJson(name, json())],
  ].filter(Boolean);
  const choose = (save) => {
    menu.current.open = false;
    menu.current.querySelector("summary").focus();
    save();
  };
  return html`<details class="save-menu" ref=${menu}>
    <summary class="button small" aria-label=${`Save ${what}`.trim()}>Save</summary>
    <div class="save-ways">
      ${ways.map(([label, save]) => html`<button type="button" onClick=${() => choose(save)}>${label}</button>`)}
      ${links.map(
        ({ label, href }) => html`<a class="button" href=${href} target="_blank" rel="noopener">${label}</a>`,
      )}
    </div>
  </details>`;
}

/** An open menu ends with Escape, and with a click or a step elsewhere. */
function useClosing(menu) {
  useEffect(() => {
    const elsewhere = (event) => {
      if (!menu.current.contains(event.target)) menu.current.open = false;
    };
    const escape = (event) => {
      if (event.key !== "Escape" || !menu.current.open) return;
      menu.current.open = false;
      menu.current.querySelector("summary").focus();
    };
    const own = menu.current;
    document.addEventListener("pointerdown", elsewhere);
    document.addEventListener("focusin", elsewhere);
    own.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", elsewhere);
      document.removeEventListener("focusin", elsewhere);
      own.removeEventListener("keydown", escape);
    };
  }, []);
}

function withEnding(name, ending) {
  return name.endsWith(`.${ending}`) ? name : `${name}.${ending}`;
}

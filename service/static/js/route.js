// The address: `#/jobs/<id>/<view>?<state of the view>`. It is all that a shared link needs.
import { signal } from "./html.js";

/** Where the page is: `{ job, view, query }`; job and view are null at home. */
export const route = signal(read());

addEventListener("hashchange", () => {
  clearTimeout(writing);
  writing = null;
  route.value = read();
});

// Browsers refuse an address that changes with every step of a slider.
const WRITE_AFTER = 120; // ms
let writing = null;

/** The address of a job's view, for links. */
export function hrefOf(job, view = null, query = null) {
  const words = query && [...query].length ? `?${query}` : "";
  return `#/jobs/${job}${view ? `/${view}` : ""}${words}`;
}

/** Go somewhere, with an entry in the browser's history. */
export function go(href) {
  location.hash = href;
}

/**
 * Note the state of the view in the address, without a history entry.
 * @param {Object<string, string | null>} changes null removes a key
 */
export function setQuery(changes) {
  const { job, view, query } = route.value;
  const next = new URLSearchParams(query);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === undefined) next.delete(key);
    else next.set(key, value);
  }
  if (`${next}` === `${query}`) return;
  route.value = { job, view, query: next };
  writing ??= setTimeout(write, WRITE_AFTER);
}

function write() {
  writing = null;
  const { job, view, query } = route.value;
  const now = read();
  // The reader may have gone elsewhere meanwhile.
  if (now.job === job && now.view === view) history.replaceState(null, "", hrefOf(job, view, query));
}

function read() {
  const [path, words] = location.hash.replace(/^#\/?/, "").split("?");
  const [kind, job, view] = path.split("/");
  const known = kind === "jobs" && /^[0-9a-f]{32}$/.test(job ?? "");
  return { job: known ? job : null, view: known ? (view ?? null) : null, query: new URLSearchParams(words) };
}

// The service, as the page speaks with it. Every refusal is a problem (RFC 9457) that says what to do.
import { signal } from "./html.js";

const AGAIN = 3000; // ms until a stream that was refused is asked for again
const FOR_GOOD = [401, 403, 404, 410]; // refusals that asking again does not change

/** Whether the service asks for a key that this browser has not shown yet. */
export const signedOut = signal(false);

/** What the service refused, or why it could not be reached. */
export class ProblemError extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** Any error as a problem: `{ title, status?, detail, errors? }`. */
export function problemOf(error) {
  if (error instanceof ProblemError) return error.problem;
  return { title: "The page failed", detail: `${error?.message ?? error}. Load the page again.` };
}

/** The JSON at an address of the service. */
export async function getJson(path, options = {}) {
  return (await ask(path, options)).json();
}

/** The bytes at an address of the service. */
export async function getBytes(path, options = {}) {
  return new Uint8Array(await (await ask(path, options)).arrayBuffer());
}

/** POST or DELETE without a body; the JSON that comes back, null where there is none. */
export async function send(method, path) {
  const answer = await ask(path, { method });
  return answer.status === 204 ? null : answer.json();
}

// The session's cookie is out of reach of scripts; that there is one is noted beside it.
const SESSION = "rfengine.session";

/** Whether this browser has shown a key. */
export function hasSession() {
  return localStorage.getItem(SESSION) !== null;
}

/** Show a key; a session that scripts cannot read begins. */
export async function signIn(key) {
  await ask("/session", { method: "POST", headers: { Authorization: `Bearer ${key}` } });
  localStorage.setItem(SESSION, "1");
}

/** End the session. */
export async function signOut() {
  await send("DELETE", "/session");
  localStorage.removeItem(SESSION);
  signedOut.value = true;
}

/**
 * Ask for an analysis.
 * @param {object} question `request`: the JSON; `model`, `images`, `objects`: files; `modelOf`: an earlier job whose
 *   network is meant; `onProgress`: told the share of the upload, 0 to 1; `signal`: aborts the upload
 * @returns {Promise<object>} the job
 */
export function analyze({ request, model, images, objects, modelOf, onProgress, signal }) {
  const files = Object.entries({ model, images, objects }).filter(([, file]) => file);
  const path = modelOf ? `/analyze?model_of=${modelOf}` : "/analyze";
  if (!files.length) {
    const headers = { "Content-Type": "application/json" };
    return getJson(path, { method: "POST", headers, body: JSON.stringify(request), signal });
  }
  const form = new FormData();
  // The request first: the service reads a form in order, and refuses a bad request before the upload has come.
  form.append("request", JSON.stringify(request));
  for (const [part, file] of files) form.append(part, file, file.name);
  return upload(path, form, onProgress, signal);
}

/**
 * Follow a job by its events until it has ended; takes up again where the line broke.
 * @param {string} job its id
 * @param {object} told `state({status, stage, attempt, partial})`, `progress({progress, children})`, `done(job)`
 * @returns {() => void} stop following
 */
export function follow(job, told) {
  let source;
  let timer;
  let stopped = false;
  const open = () => {
    source = new EventSource(`/jobs/${job}/events`);
    for (const name of ["state", "progress"]) {
      source.addEventListener(name, (event) => told[name]?.(JSON.parse(event.data)));
    }
    source.addEventListener("done", (event) => {
      source.close();
      told.done?.(JSON.parse(event.data));
    });
    // A browser comes back by itself where a line breaks, but not where it got an answer that is no stream: from a
    // proxy while the service starts, or because the session has ended or the job is gone.
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(askAgain, AGAIN);
    });
  };
  const askAgain = async () => {
    try {
      await ask(`/jobs/${job}`, {});
    } catch (error) {
      if (FOR_GOOD.includes(error.problem.status)) return;
    }
    if (!stopped) open();
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source.close();
  };
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (answer.ok) return answer;
  throw refused(answer.status, await answer.text());
}

// fetch tells nothing of how far an upload is.
function upload(path, form, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText));
      else reject(refused(request.status, request.responseText));
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("The upload was stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function refused(status, text) {
  if (status === 401) signedOut.value = true;
  try {
    return new ProblemError({ status, ...JSON.parse(text) });
  } catch {
    return new ProblemError({ status, title: `The service answered ${status}`, detail: text.slice(0, 300) });
  }
}

function unreachable() {
  const detail = "Nothing answers at this address. Is the service running (rfengine serve)? Try again.";
  return new ProblemError({ title: "The service cannot be reached", detail });
}

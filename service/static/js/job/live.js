// A job as it changes: its state from the events, its report as far as it is known.
import { follow, getJson, problemOf } from "../api.js";
import { useEffect, useRef, useState } from "../html.js";

const FINAL = ["succeeded", "failed", "canceled"];
const PARTIAL_EVERY = 700; // ms between two looks at a report that grows

/** Whether a job has ended. */
export function ended(job) {
  return FINAL.includes(job.status);
}

/**
 * Follow a job.
 * @param {string} id
 * @returns {{ job, report, partial: boolean, fault, setJob }} what is null is not known yet
 */
export function useJob(id) {
  const [job, setJob] = useState(null);
  const [fault, setFault] = useState(null);
  useEffect(() => {
    let stop = () => {};
    let gone = false;
    const merge = (changes) => setJob((before) => before && { ...before, ...changes });
    getJson(`/jobs/${id}`).then((first) => {
      if (gone) return;
      setJob(first);
      if (!ended(first)) stop = follow(id, { state: merge, progress: merge, done: setJob });
    }, (error) => !gone && setFault(problemOf(error)));
    return () => {
      gone = true;
      stop();
    };
  }, [id]);
  const { report, partial, failure } = useReport(job);
  return { job, report, partial, fault: fault ?? failure, setJob };
}

// The whole report once there is one; until then, and where there will be none, what is known of it.
function useReport(job) {
  const [state, setState] = useState({ report: null, partial: true, failure: null });
  const busy = useRef(false);
  const last = useRef(0);
  const done = job?.status === "succeeded";
  useEffect(() => {
    if (done) {
      load(`/jobs/${job.id}/report`, false, setState);
      return undefined;
    }
    if (!job?.partial) return undefined;
    // A look for each piece of news, but not more often than a reader can see.
    const look = async () => {
      if (busy.current) return;
      busy.current = true;
      last.current = Date.now();
      await load(`/jobs/${job.id}/report?partial=true`, true, setState);
      busy.current = false;
    };
    const timer = setTimeout(look, Math.max(0, last.current + PARTIAL_EVERY - Date.now()));
    return () => clearTimeout(timer);
  }, [job?.id, job?.status, job?.stage, job?.partial, job?.progress, job?.children?.done]);
  return state;
}

async function load(path, partial, setState) {
  try {
    const report = await getJson(path, { headers: { Accept: "application/json" } });
    // The whole report wins over a look that was slower.
    setState((before) => (partial && before.report && !before.partial ? before : { report, partial, failure: null }));
  } catch (error) {
    if (!partial) setState((before) => ({ ...before, failure: problemOf(error) }));
  }
}

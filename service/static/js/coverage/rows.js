// The objects of a check as the engine leaves them beside the report: coverage.objects.npz.
import { getBytes, problemOf } from "../api.js";
import { useEffect, useState } from "../html.js";
import { readNpz } from "../lib/npz.js";

const FILE = "coverage.objects.npz";

/**
 * @param {object} arrays of the .npz
 * @returns {{ looks, count, isMerged }} `looks`: for each way of looking at the images the columns `height` and `width`
 *   (px of the network's input), `whole` (share of a side that one input shows) and `candidates` (bit i: head i
 *   answers); `count`: objects per row; `isMerged`: sizes were rounded
 */
export function rowsOf(arrays) {
  const ends = ["", "_2"].slice(0, arrays.views.data[0]);
  const names = ["height", "width", "whole", "candidates"];
  const looks = ends.map((end) => Object.fromEntries(names.map((name) => [name, arrays[name + end].data])));
  return { looks, count: arrays.count.data, isMerged: arrays.merged.data[0] === 1 };
}

/** The rows of a job: `{ rows, fault }`; `rows` is undefined until they are known, null where there are none. */
export function useRows(job, report) {
  const [state, setState] = useState({});
  const listed = report.artifacts?.some(({ name }) => name === FILE);
  useEffect(() => {
    let gone = false;
    if (!report.coverage) return undefined;
    if (!listed) {
      setState({ rows: null });
      return undefined;
    }
    getBytes(`/jobs/${job.id}/artifacts/${FILE}`).then(readNpz).then(
      (arrays) => !gone && setState({ rows: rowsOf(arrays) }),
      (error) => !gone && setState({ rows: null, fault: problemOf(error) }),
    );
    return () => {
      gone = true;
    };
  }, [job.id, listed, Boolean(report.coverage)]);
  return state;
}

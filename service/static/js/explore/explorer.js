// What is chosen in the explorer and what follows from it: one hook that the parts of the view share.
import { getJson } from "../api.js";
import { useEffect, useMemo, useRef, useState } from "../html.js";
import { centreUnit, pointOf, unitAt } from "../lib/field.js";
import { note, readAddress } from "./address.js";
import { ESTIMATORS, measuredOf, nearestEntry } from "./erf.js";
import { pointOn } from "./geometry.js";
import { headSetsOf } from "./heads.js";
import { networkOf, tensorOf } from "./network.js";

/** The state of the view: see the keys of what it returns. `tensor` is the finest head while all heads are shown. */
export function useExplorer({ job, report, route }) {
  const network = useMemo(() => networkOf(report), [report]);
  const chosen = useMemo(() => readAddress(route.query), [`${route.query}`]);
  const sets = useMemo(() => headSetsOf(report, network, chosen.input), [report, network, chosen.input]);
  const set = sets.find(({ key }) => key === chosen.heads) ?? sets[0] ?? null;
  const named = chosen.tensor in network.tensors ? chosen.tensor : null;
  const all = set !== null && named === null;
  const name = all ? set.heads[0].tensor : (named ?? targetOf(report, network));
  const tensor = useMemo(() => tensorOf(network, name, chosen.input), [network, name, chosen.input]);
  const units = useUnit(tensor, chosen.unit, all);
  const extra = useExtraReports(chosen.measured);
  const reports = useMemo(() => [{ job: job.id, report }, ...extra.reports], [job.id, report, extra.reports]);
  const found = useMemo(() => (relevant(network, tensor) ? measuredOf(reports, name) : {}), [reports, network, tensor]);
  const est = estimatorOf(all ? measuredHeads(set, reports) : found, chosen.est);
  const entry = est && !all ? nearestEntry(found[est], units.unit) : null;
  return {
    job, report, network, chosen, sets, set, all, tensor, found, est, entry, reports, extraFault: extra.fault, ...units,
    ...choices(units, network, chosen, sets, set),
  };
}

function choices({ place, unit, tensor, hoverAt }, network, chosen, sets, set) {
  // A place that was chosen stays; what begins at its middle begins there anew.
  const unitThere = (name) => {
    const next = tensorOf(network, name, chosen.input);
    return chosen.unit && next.canvas.length === place.length ? unitAt(next, place) : null;
  };
  return {
    /** Show a tensor, at the same place; null: all heads. */
    chooseTensor: (name) => note({ tensor: name, unit: unitThere(name ?? set.heads[0].tensor) }),
    chooseSet(key) {
      const { heads } = sets.find((each) => each.key === key);
      note({ heads: key, tensor: null, unit: unitThere(heads[0].tensor) });
    },
    chooseEstimator: (key) => note({ est: key }),
    chooseInput: (key) => note({ input: key, unit: null }),
    /** Move by some units along the stage's rows and columns. */
    step(rows, columns) {
      hoverAt(null);
      const by = [rows, columns].slice(-Math.min(2, unit.length));
      const skipped = unit.length - by.length;
      const moved = unit.map((index, axis) => index + (axis < skipped ? 0 : by[axis - skipped]));
      note({ unit: moved.map((index, axis) => Math.max(0, Math.min(index, tensor.units[axis] - 1))) });
    },
    chooseUnit: (next) => note({ unit: next }),
  };
}

// The unit of the address, and while the pointer is over the stage the one under it.
function useUnit(tensor, asked, all) {
  const [hover, setHover] = useState(null);
  const last = useRef(null);
  const fits = asked?.length === tensor.units.length && asked.every((index, axis) => index < tensor.units[axis]);
  // One begins at the unit that was measured; all heads together begin in the middle of the picture.
  const first = all ? unitAt(tensor, tensor.canvas.map((side) => side / 2)) : centreUnit(tensor);
  const pinned = fits ? asked : first;
  const point = pointOf(tensor, pinned, tensor.canvas);
  const pointed = hover?.length === tensor.units.length ? unitAt(tensor, hover) : null;
  // Where the reader pointed, not the centre that it led to: going from one tensor to another and back does not drift.
  const isLast = last.current?.length === point.length && `${unitAt(tensor, last.current)}` === `${pinned}`;
  return {
    tensor,
    pinned,
    unit: pointed ?? pinned,
    place: isLast ? last.current : point,
    hoverAt: (at) => setHover(at && pointOn(tensor.canvas, at, point)),
    pickAt(at) {
      last.current = pointOn(tensor.canvas, at, point);
      setHover(null);
      note({ unit: unitAt(tensor, last.current) });
    },
  };
}

// Reports of the jobs that measured further units; one that is gone is said, not insisted on.
function useExtraReports(ids) {
  const [state, setState] = useState({ reports: [], fault: null });
  useEffect(() => {
    let gone = false;
    const headers = { Accept: "application/json" };
    const load = async (job) => ({ job, report: await getJson(`/jobs/${job}/report`, { headers }) });
    Promise.allSettled(ids.map(load)).then((answers) => {
      if (gone) return;
      const fault = answers.find(({ status }) => status === "rejected")?.reason.message ?? null;
      setState({ reports: answers.filter(({ value }) => value).map(({ value }) => value), fault });
    });
    return () => {
      gone = true;
    };
  }, [`${ids}`]);
  return state;
}

function targetOf(report, network) {
  return report.targets.findLast((name) => name in network.tensors) ?? network.names.at(-1);
}

// Maps are of the first input that a target sees, in its pixels.
function relevant(network, tensor) {
  const raw = network.tensors[tensor.name];
  return !network.source && (!raw.by_input || Object.keys(raw.by_input)[0] === tensor.input);
}

/** Which estimators have maps of the heads. */
export function measuredHeads(set, reports) {
  return Object.assign({}, ...set.heads.map((head) => measuredOf(reports, head.tensor)));
}

function estimatorOf(found, asked) {
  if (asked === "none") return null;
  return asked in found ? asked : (ESTIMATORS.find((key) => found[key]) ?? null);
}

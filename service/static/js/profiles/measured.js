// The maps of a report's entries, fetched once, with all the curves that are drawn of them.
import { getBytes, problemOf } from "../api.js";
import { useEffect, useState } from "../html.js";
import { readNpz } from "../lib/npz.js";
import { beyondOf, luoLevel, profilesOf } from "./curves.js";
import { energyOf } from "./energy.js";
import { fitsOf } from "./fits.js";
import { planeOf } from "./plane.js";

const KEPT = 24;
const known = new Map();

/**
 * The measured maps of some entries.
 * @param {string} job its id
 * @param {Array<{ estimator: string, entry: object }>} chosen
 * @returns {{ maps: object[], missing: string[], fault: object | null, ready: boolean }} `maps`: as `measuredOf` gives
 *   them, once they are there; `missing`: estimators whose entry comes without its map
 */
export function useMeasured(job, chosen) {
  const [state, setState] = useState({ maps: [], missing: [], fault: null, of: null });
  const of = chosen.map(({ estimator, entry }) => `${estimator}/${fileOf(entry)}`).join(" ");
  useEffect(() => {
    let gone = false;
    const set = (next) => !gone && setState({ maps: [], missing: [], fault: null, of, ...next });
    const missing = chosen.filter(({ entry }) => !fileOf(entry)).map(({ estimator }) => estimator);
    Promise.all(chosen.filter(({ entry }) => fileOf(entry)).map((one) => load(job, one))).then(
      (maps) => set({ maps, missing }),
      (error) => set({ missing, fault: problemOf(error) }),
    );
    return () => {
      gone = true;
    };
  }, [job, of]);
  return { ...state, ready: state.of === of };
}

/** The name of the artifact with an entry's map; undefined for jobs of older versions. */
export function fileOf(entry) {
  return entry.artifacts?.find((name) => name.endsWith(".npz"));
}

/**
 * A map with its curves, as shares of the map's maximum or sum.
 * @param {object} entry of the report
 * @param {object} plane as `planeOf` gives it
 */
export function measuredOf(estimator, entry, plane) {
  const { radial, axes } = profilesOf(plane);
  const energy = energyOf(plane);
  const share = (curve) => scaled(curve, plane.peak);
  return {
    estimator,
    entry,
    plane,
    axes: axes.map(share),
    radial: share(radial),
    beyond: share(beyondOf(plane)),
    energy: scaled(energy, energy.total),
    luo: luoLevel(plane),
    fits: fitsOf(plane, entry.metrics),
  };
}

function load(job, { estimator, entry }) {
  const address = `/jobs/${job}/artifacts/${encodeURIComponent(fileOf(entry))}`;
  if (!known.has(address)) {
    const made = getBytes(address).then(readNpz).then((arrays) => measuredOf(estimator, entry, planeOf(arrays)));
    known.set(address, made);
    made.catch(() => known.delete(address));
    if (known.size > KEPT) known.delete(known.keys().next().value);
  }
  return known.get(address);
}

function scaled(curve, by) {
  const parts = ["y", "low", "high"].filter((part) => curve[part]);
  return { ...curve, ...Object.fromEntries(parts.map((part) => [part, curve[part].map((value) => value / by)])) };
}

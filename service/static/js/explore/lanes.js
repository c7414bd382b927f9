// A network as rows with lanes beside them, as a log of branches is drawn: each row needs only itself to be drawn.

/**
 * @param {string[]} names in the order of computation
 * @param {(name: string) => string[]} parentsOf rows that a row is made from, all above it
 * @returns {{ rows: Array<{name, lane, through, into, isRead}>, width: number }} `through`: lanes that pass the row,
 *   each `{lane, from}` with the row whose value it carries; `into`: lanes that lead into it; `width`: lanes in all
 */
export function laneRows(names, parentsOf) {
  const lastReader = new Map();
  for (const name of names) parentsOf(name).forEach((parent) => lastReader.set(parent, name));
  const lanes = []; // by lane, the row whose value it carries
  let width = 0;
  const rows = names.map((name) => {
    const parents = new Set(parentsOf(name));
    const into = [];
    const through = [];
    lanes.forEach((from, lane) => {
      if (from === null) return;
      if (parents.has(from)) into.push({ lane, from });
      if (lastReader.get(from) !== name) through.push({ lane, from });
      else lanes[lane] = null;
    });
    const lane = freeLane(lanes);
    const isRead = lastReader.has(name);
    lanes[lane] = isRead ? name : null;
    width = Math.max(width, lane + 1);
    return { name, lane, through, into, isRead };
  });
  return { rows, width };
}

/**
 * Rows to show when what sees no more than its only input is folded into it.
 * @returns {{ names, homeOf: Map<string, string>, folded: Map<string, string[]> }} `homeOf`: the row of every tensor;
 *   `folded`: what is in a row besides its own
 */
export function foldedRows(network, isAlike) {
  const homeOf = new Map();
  const folded = new Map();
  for (const name of network.names) {
    const [only, ...others] = network.parents.get(name);
    const reads = Object.keys(network.tensors[name].reads ?? {}).length;
    if (only && !others.length && reads === 1 && isAlike(name, only)) {
      const home = homeOf.get(only);
      homeOf.set(name, home);
      folded.get(home).push(name);
    } else {
      homeOf.set(name, name);
      folded.set(name, []);
    }
  }
  return { names: [...folded.keys()], homeOf, folded };
}

function freeLane(lanes) {
  const free = lanes.indexOf(null);
  return free < 0 ? lanes.length : free;
}

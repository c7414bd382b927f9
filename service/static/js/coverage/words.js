// What the coverage view calls things.

export const BINDS = {
  trf: "theoretical field too small",
  erf: "effective field too small",
  stride: "stride too coarse",
  cut: "cut by every tile",
  no_head: "no head answers",
};

export const VERDICTS = { pass: "pass", fail: "fail", partial: "covers less than all must", unused: "no object" };

/** The class that gives a head its colour. @param {number} place in the report's heads */
export function headClass(place) {
  return place < 0 ? "uncovered" : `s-${(place % 6) + 1}`;
}

/** What binds and how often, most first. @param {Object<string, number>} binding */
export function bindingWords(binding) {
  const ordered = Object.entries(binding).sort(([, a], [, b]) => b - a);
  return ordered.map(([name, count]) => `${BINDS[name]}: ${count.toLocaleString("en")}`).join(", ");
}

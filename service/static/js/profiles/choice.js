// Which maps are looked at, and how; the address has it all.
import { NAMES } from "../format.js";
import { html } from "../html.js";
import { setQuery } from "../route.js";

export const ESTIMATORS = ["constant_forward", "gradient", "closed_form"];
const SCALES = { log: "Logarithmic", linear: "Linear" };
const AXES = { 1: ["signal"], 2: ["h", "w"], 3: ["d", "h", "w"] };

/** The names of a map's axes. */
export function axesOf(count) {
  return AXES[count];
}

/**
 * What the address asks for, or what comes nearest to it in the report.
 * @param {object} report
 * @param {URLSearchParams} query `target`, `unit`, `by` (estimators), `scale`, `along`
 * @returns {object | null} null where no effective field was measured
 */
export function choiceOf(report, query) {
  const entries = ESTIMATORS.flatMap((estimator) => entriesOf(report, estimator));
  if (!entries.length) return null;
  const targets = report.targets.filter((name) => entries.some(({ target }) => target === name));
  const target = pick(targets, query.get("target"));
  const ofTarget = entries.filter((one) => one.target === target);
  const units = [...new Set(ofTarget.map(({ entry }) => `${entry.unit}`))];
  const unit = pick(units, query.get("unit"));
  const maps = ofTarget.filter(({ entry }) => `${entry.unit}` === unit);
  const asked = query.get("by")?.split(",");
  const some = maps.filter(({ estimator }) => asked?.includes(estimator));
  const axes = axesOf(maps[0].entry.unit.length);
  const ways = [...axes, ...(axes.length > 1 ? ["mean", "beyond"] : ["beyond"])];
  return {
    targets, target, units, unit, maps, ways,
    chosen: some.length ? some : maps,
    along: pick(ways, query.get("along") ?? axes.at(-1)),
    scale: query.get("scale") === "linear" ? "linear" : "log",
  };
}

/** What a way through the map is called. */
export function wayName(way) {
  if (way === "mean") return "mean of all directions";
  if (way === "beyond") return "highest at this distance or beyond";
  return way === "signal" ? "along the signal, both directions" : `along ${way}, both directions`;
}

/** Selects and buttons for all of it. */
export function Choice({ choice }) {
  const { targets, target, units, unit, maps, chosen, along, ways, scale } = choice;
  const isOn = ({ estimator }) => chosen.some((one) => one.estimator === estimator);
  const toggle = (one) => {
    const next = maps.filter((other) => (other === one ? !isOn(other) : isOn(other)));
    const isAll = next.length === maps.length || !next.length;
    setQuery({ by: isAll ? null : next.map(({ estimator }) => estimator).join(",") });
  };
  return html`<div class="card row profile-choice">
    <${Select} label="Target" values=${targets} value=${target}
      onValue=${(name) => setQuery({ target: name, unit: null })} />
    <${Select} label="Unit" values=${units} value=${unit} onValue=${(index) => setQuery({ unit: index })}
      name=${(index) => index.replaceAll(",", ", ")} />
    <div class="field"><span id="scale">Scale</span>
      <div class="segments" role="group" aria-labelledby="scale">
        ${Object.entries(SCALES).map(([one, words]) => html`<button type="button" aria-pressed=${scale === one}
          onClick=${() => setQuery({ scale: one === "log" ? null : one })}>${words}</button>`)}
      </div></div>
    ${maps.length > 1 && html`<div class="field"><span id="by">Estimators</span>
      <div class="row" role="group" aria-labelledby="by">
        ${maps.map((one) => html`<button type="button" class=${classOf(one.estimator)} aria-pressed=${isOn(one)}
          onClick=${() => toggle(one)}><span class="swatch"></span>${NAMES[one.estimator]}</button>`)}
      </div></div>`}
    ${chosen.length > 1 && html`<${Select} label="Compared" values=${ways} value=${along} name=${wayName}
      onValue=${(way) => setQuery({ along: way })} />`}
  </div>`;
}

/** The colour of an estimator, wherever it is drawn. */
export function classOf(estimator) {
  return `s-${ESTIMATORS.indexOf(estimator) + 1}`;
}

/** The entries of an estimator, by target, as one list. */
export function entriesOf(report, estimator) {
  return Object.entries(report[estimator] ?? {}).flatMap(([target, entries]) =>
    entries.map((entry) => ({ estimator, target, entry })),
  );
}

function Select({ label, values, value, onValue, name = (one) => one }) {
  return html`<label class="field"><span>${label}</span>
    <select value=${value} onChange=${(event) => onValue(event.target.value)} disabled=${values.length < 2}>
      ${values.map((one) => html`<option value=${one} selected=${one === value}>${name(one)}</option>`)}
    </select></label>`;
}

function pick(values, wanted) {
  return values.includes(wanted) ? wanted : values[0];
}

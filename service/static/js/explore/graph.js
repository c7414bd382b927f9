// The graph as a list: a row for each tensor, lanes for what is made from what; searchable, linked with the stage.
import { number, sides } from "../format.js";
import { html, useEffect, useMemo, useRef, useState } from "../html.js";
import { foldedRows, laneRows } from "./lanes.js";
import { ancestorsOf, sizeOf, tensorOf } from "./network.js";

const ROW = 28; // px; css/explore.css has the same
const AHEAD = 12; // rows drawn beyond what is seen
const LANE = 12; // px
const WIDEST = 150; // px of lanes; more lanes lie closer

/** `network`, the `name` that is shown, `input`, `choose(name)`, `picture`: address of the drawn graph or null. */
export function Graph({ network, name, input, choose, picture }) {
  const [words, setWords] = useState("");
  const [isFolded, setFolded] = useState(true);
  const { folding, drawn, lineage } = useRows(network, name, input, isFolded);
  const matches = useMemo(() => matching(network, input, words), [network, input, words]);
  const rows = useMemo(
    () => (matches ? network.names.filter(matches).map((each) => ({ name: each })) : drawn.rows),
    [network, matches, drawn],
  );
  const current = matches ? name : folding.homeOf.get(name);
  const { length } = network.names;
  const count = matches ? `${rows.length} of ${length}` : `${length} ${length === 1 ? "tensor" : "tensors"}`;
  return html`<section class="card graph" aria-labelledby="graph-title">
    <div class="row spread"><h3 id="graph-title">The network</h3>
      ${picture && html`<a class="small" href=${picture} target="_blank" rel="noopener">as a picture</a>`}</div>
    <div class="row graph-tools">
      <input type="search" placeholder="Name, op, or size as >100"
        aria-label="Search tensors by name, operation or size" value=${words}
        onInput=${(event) => setWords(event.target.value)} />
      <label class="check small"><input type="checkbox" checked=${isFolded} disabled=${Boolean(matches)}
        onChange=${(event) => setFolded(event.target.checked)} /><span>Fold what sees no more</span></label>
      <span class="muted small" role="status">${count}</span>
    </div>
    <${Rows} ...${{ network, rows, current, lineage, input, choose }} width=${matches ? 0 : drawn.width}
      folded=${folding.folded} />
  </section>`;
}

function useRows(network, name, input, isFolded) {
  const folding = useMemo(() => {
    const seen = (each) => JSON.stringify(tensorOf(network, each, input).map);
    return foldedRows(network, isFolded ? (a, b) => seen(a) === seen(b) : () => false);
  }, [network, input, isFolded]);
  const drawn = useMemo(() => {
    const parentsOf = (each) => [...new Set(network.parents.get(each).map((parent) => folding.homeOf.get(parent)))];
    return laneRows(folding.names, parentsOf);
  }, [network, folding]);
  const lineage = useMemo(() => lineageOf(network, name, folding, drawn.rows), [network, name, folding, drawn]);
  return { folding, drawn, lineage };
}

// What a tensor is made from: by row, the last row on the way that reads it.
function lineageOf(network, name, { homeOf }, rows) {
  const members = new Set([...ancestorsOf(network, name)].map((each) => homeOf.get(each)));
  const last = new Map([...members].map((each) => [each, -1]));
  rows.forEach(({ name: reader }, place) => {
    if (!members.has(reader)) return;
    for (const parent of network.parents.get(reader)) last.set(homeOf.get(parent), place);
  });
  return last;
}

// Only the rows that are seen are in the document.
function Rows({ network, rows, width, current, lineage, folded, input, choose }) {
  const box = useRef(null);
  const [top, setTop] = useState(0);
  const place = rows.findIndex(({ name }) => name === current);
  useEffect(() => {
    const { clientHeight, scrollTop } = box.current;
    if (place < 0 || (place * ROW >= scrollTop && (place + 1) * ROW <= scrollTop + clientHeight)) return;
    box.current.scrollTop = place * ROW - clientHeight / 2;
  }, [place, rows]);
  const first = Math.max(0, Math.floor(top / ROW) - AHEAD);
  const seen = rows.slice(first, Math.ceil((top + (box.current?.clientHeight ?? 480)) / ROW) + AHEAD);
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (!step || !rows.length) return;
    event.preventDefault();
    choose(rows[Math.max(0, Math.min(place + step, rows.length - 1))].name);
  };
  return html`<div class="graph-rows" ref=${box} tabindex="0" role="listbox" aria-label="Tensors as they are computed"
    aria-activedescendant=${place >= 0 ? "graph-current" : undefined} onKeyDown=${move}
    onScroll=${(event) => setTop(event.currentTarget.scrollTop)}>
    <div style=${{ height: `${rows.length * ROW}px` }}><div style=${{ transform: `translateY(${first * ROW}px)` }}>
      ${seen.map((row, i) => html`<${Row} key=${row.name} ...${{ row, width, network, input, choose, lineage }}
        place=${first + i} count=${rows.length} isCurrent=${row.name === current}
        folded=${width ? folded.get(row.name) : []} />`)}
    </div></div>
    ${rows.length === 0 && html`<p class="muted small">No tensor is like that.</p>`}
  </div>`;
}

function Row({ row, width, network, input, choose, place, count, isCurrent, lineage, folded }) {
  const tensor = network.tensors[row.name];
  const { stride } = tensor.by_input ? Object.values(tensor.by_input)[0] : tensor;
  const ops = [tensor.op, ...folded.map((each) => network.tensors[each].op)];
  const look = ["graph-row", isCurrent && "current", lineage.has(row.name) && "lineage"];
  return html`<div class=${look.filter(Boolean).join(" ")} role="option" id=${isCurrent ? "graph-current" : undefined}
    aria-selected=${isCurrent} aria-posinset=${place + 1} aria-setsize=${count}
    title=${[row.name, ...folded].join("\n")} onClick=${() => choose(row.name)}>
    ${width > 0 && html`<${Lanes} ...${{ row, width, lineage, place }} />`}
    <span class="op">${ops.length > 3 ? `${ops.slice(0, 2).join(" · ")} +${ops.length - 2}` : ops.join(" · ")}</span>
    <span class="name"><bdi>${row.name.replace(/_output_0$/, "")}</bdi></span>
    <span class="size">${sides(sizeOf(network, row.name, input))} px</span>
    <span class="stride">/${sides(stride.map((step) => Number(number(step, 2))))}</span>
  </div>`;
}

// The current tensor's lineage is drawn strong, as far as something on the way reads it.
function Lanes({ row, width, lineage, place }) {
  const step = Math.min(LANE, WIDEST / width);
  const half = ROW / 2;
  const x = (lane) => (lane + 0.5) * step + 2;
  const own = x(row.lane);
  const isOn = lineage.has(row.name);
  const colour = (lane) => ({ "--c": `var(--head-${(lane % 6) + 1})` });
  const look = (lane, isStrong) => ({ class: isStrong ? "strong" : "", style: colour(lane) });
  const passing = ({ lane, from }) => ({ ...look(lane, lineage.get(from) > place), d: `M${x(lane)} 0V${ROW}` });
  const bend = (from) => `M${from} 0C${from} ${half} ${own} 0 ${own} ${half}`;
  const ending = (lane) => (lane === row.lane ? `M${own} 0V${half}` : bend(x(lane)));
  return html`<svg class="lanes" width=${width * step + 6} height=${ROW} aria-hidden="true">
    ${row.through.map((each) => html`<path ...${passing(each)} />`)}
    ${row.into.map(({ lane }) => html`<path ...${look(lane, isOn)} d=${ending(lane)} />`)}
    ${row.isRead && html`<path ...${look(row.lane, lineage.get(row.name) > place)} d=${`M${own} ${half}V${ROW}`} />`}
    <circle ...${look(row.lane, isOn)} cx=${own} cy=${half} r=${Math.min(4, step / 2)} />
  </svg>`;
}

const COMPARE = {
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "=": (a, b) => a === b,
};

// `>100`, `<=51`, `=91` compare sizes; other words are looked for in names and operations. Null: no search.
function matching(network, input, words) {
  const parts = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!parts.length) return null;
  const tests = parts.map((part) => {
    const [, sign, figure] = part.match(/^(<=|>=|<|>|=)(\d+)$/) ?? [];
    if (!sign) return (name) => `${name} ${network.tensors[name].op}`.toLowerCase().includes(part);
    return (name) => COMPARE[sign](Math.max(...sizeOf(network, name, input)), Number(figure));
  });
  return (name) => tests.every((test) => test(name));
}

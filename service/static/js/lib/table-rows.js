// The rows of a table; where they can be chosen, arrow keys go through them and one of them is in the tab order.
import { html } from "../html.js";
import { textOf, valueOf } from "./table-data.js";

/** The table's body; see `DataTable` for its props. */
export function Rows({ columns, rows, onRow, selected }) {
  const chosen = onRow && selected ? rows.findIndex(selected) : -1;
  return html`<tbody onKeyDown=${onRow && ((event) => move(event, rows, onRow))}>
    ${rows.map((row, at) => {
      const isChosen = at === chosen;
      const choice = onRow && {
        tabindex: at === Math.max(chosen, 0) ? 0 : -1,
        "aria-selected": isChosen,
        onClick: () => onRow(row),
      };
      return html`<tr key=${at} class=${onRow ? "choice" : ""} ...${choice}>
        ${columns.map((column, place) => html`<${Cell} key=${column.key} ...${{ column, row, first: place === 0 }} />`)}
      </tr>`;
    })}
  </tbody>`;
}

function Cell({ column, row, first }) {
  const shown = column.show ? column.show(row) : textOf(valueOf(column, row));
  const look = column.number ? "number" : "";
  return first ? html`<th scope="row" class=${look}>${shown}</th>` : html`<td class=${look}>${shown}</td>`;
}

function move(event, rows, onRow) {
  const here = event.target.closest("tr");
  const all = [...here.parentElement.children];
  const at = all.indexOf(here);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (event.target === here && (event.key === "Enter" || event.key === " ")) onRow(rows[at]);
  else if (to === undefined || !all[to]) return;
  else all[to].focus();
  event.preventDefault();
}

// What a table's columns say of its rows: values to sort and save, words to filter.

/** The value of a column in a row: a number, text, a list, or null. */
export function valueOf(column, row) {
  return (column.value ? column.value(row) : row[column.key]) ?? null;
}

/** What is seen where the column has no words of its own. */
export function textOf(value) {
  if (value === null) return "–";
  return Array.isArray(value) ? value.join("×") : `${value}`;
}

/** The rows in another order; equal ones stay as they are, those without a value come last. */
export function orderOf(columns, rows, sort) {
  const column = sort && columns.find(({ key }) => key === sort.key);
  if (!column) return rows;
  const keyed = rows.map((row) => [valueOf(column, row), row]);
  const turn = sort.down ? -1 : 1;
  keyed.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return turn * compare(a, b);
  });
  return keyed.map(([, row]) => row);
}

/** All words of a row, for the filter. */
export function wordsOf(columns, row) {
  const seen = columns.map((column) => {
    const shown = column.show?.(row);
    return `${textOf(valueOf(column, row))} ${typeof shown === "string" ? shown : ""}`;
  });
  return seen.join(" ").toLowerCase();
}

/** A table as files have it: lists in a column for each of their parts. @returns `{ header, rows }` */
export function tableOf(columns, rows) {
  const header = columns.flatMap(({ key, parts }) => (parts ? parts.map((part) => `${key}_${part}`) : [key]));
  const cells = (row) => columns.flatMap((column) => {
    const value = valueOf(column, row);
    return column.parts ? column.parts.map((_, at) => value?.[at] ?? null) : [value];
  });
  return { header, rows: rows.map(cells) };
}

/** A row as JSON has it: by the columns' keys. */
export function cellsOf(columns, row) {
  return Object.fromEntries(columns.map((column) => [column.key, valueOf(column, row)]));
}

function compare(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) {
    const at = a.findIndex((value, i) => compare(value, b[i] ?? -Infinity) !== 0);
    return at < 0 ? a.length - b.length : compare(a[at], b[at] ?? -Infinity);
  }
  if (typeof a === "number" && typeof b === "number") return a - b;
  return `${a}`.localeCompare(`${b}`, "en", { numeric: true });
}

// How large the objects are, over what range, and in which of equal steps of a logarithmic axis each lies.

/** Square root of width x height of every row, px: a column for each way of looking. */
export function sizesOf(rows) {
  return rows.looks.map(({ height, width }) => Float64Array.from(height, (side, row) => Math.sqrt(side * width[row])));
}

/** A range with room at both ends that holds all values, of any number of columns. */
export function extentOf(columns) {
  let [low, high] = [Infinity, 0];
  for (const column of columns) {
    for (const value of column) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low * 0.92, high * 1.09];
}

/**
 * In which of `count` steps of equal ratio every value lies.
 * @returns {{ places: Uint16Array[], edges: number[] }} a column of places for each of values; count + 1 edges
 */
export function placesOf(columns, count, [low, high] = extentOf(columns)) {
  const step = Math.log(high / low) / count;
  const placed = (value) => Math.min(count - 1, Math.max(0, Math.floor(Math.log(value / low) / step)));
  return {
    places: columns.map((column) => Uint16Array.from(column, placed)),
    edges: Array.from({ length: count + 1 }, (_, place) => low * Math.exp(place * step)),
  };
}

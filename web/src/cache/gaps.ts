// Series with their gaps. The server leaves out what it has no data of; a line drawn through what is left would say
// that something was there.

export type Timed = { at: number };

/** The rows, with `gap` after each one that has no neighbour; null ends a line when it is drawn. */
export function withGaps<T extends Timed>(rows: T[], widthMillis: number, gap: (at: number) => T): T[] {
  return rows.flatMap((row, index) => {
    const next = rows[index + 1];
    return next && next.at - row.at > widthMillis * 1.5 ? [row, gap(row.at + widthMillis)] : [row];
  });
}

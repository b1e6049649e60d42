// The one table of few rows, drawn whole. The first column takes what the others leave.

import type { ReactNode } from "react";

export type ShortColumn<Row> = {
  title: string;
  /** A number stands at the right. */
  isNumber?: boolean;
  /** Left out on phones. */
  isWide?: boolean;
  /** Its width; of the first column the least. */
  width?: number;
  cell: (row: Row) => ReactNode;
};

type Props<Row> = {
  name?: string;
  label?: string;
  columns: ShortColumn<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string;
  /** What stands there when there are no rows. */
  empty: string;
};

export function ShortTable<Row>({ name = "", label, columns, rows, keyOf, empty }: Props<Row>) {
  const classOf = ({ isNumber, isWide }: ShortColumn<Row>) =>
    [isNumber && "number", isWide && "wide"].filter(Boolean).join(" ");
  return (
    <table className={`sized ${name}`} aria-label={label}>
      <colgroup>
        {columns.map((column) => (
          <col
            key={column.title}
            className={classOf(column)}
            style={{ width: column.width && `min(${column.width}px, 27vw)` }}
          />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} scope="col" className={classOf(column)}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <td key={column.title} className={classOf(column)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
        {rows.length === 0 && (
          <tr>
            <td colSpan={columns.length} className="muted">
              {empty}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

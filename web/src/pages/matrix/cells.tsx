// Heads, rows and cells of the matrix. There are many, so none is drawn anew unless what it shows has changed.

import { memo } from "react";
import { NONE } from "../../format/numbers";
import { StatusMark, wordOf } from "../../parts/status";
import { Link } from "../../url/place";
import { usualRange } from "../../url/url";
import { type Column, isDrifted, type Line, shortName, statusOfCell, wordsOf } from "./layout";

export const ROW_PIXELS = 32;
export const COLUMN_PIXELS = 56;

type HeadProps = { environment: string; column: Column; index: number; nameWidth: number; isEntry: boolean };

export const Head = memo(function Head({ environment, column, index, nameWidth, isEntry }: HeadProps) {
  const { nodeId, nodeName, nodeStatus, maintenance } = column;
  const status = maintenance ? "MAINTENANCE" : nodeStatus;
  return (
    // biome-ignore lint/a11y/useSemanticElements: columns of a virtual grid stand by themselves.
    // biome-ignore lint/a11y/useFocusableInteractive: its link takes the focus.
    <div
      className="node-name"
      role="columnheader"
      aria-colindex={index + 2}
      style={{ width: COLUMN_PIXELS, left: nameWidth + index * COLUMN_PIXELS }}
    >
      <Link
        to={{ page: "node", environment, nodeId, range: usualRange }}
        title={`${nodeName}: ${wordOf(status).toLowerCase()}`}
        tabIndex={isEntry ? 0 : -1}
        data-spot={`-1 ${index}`}
      >
        <span aria-hidden="true">{shortName(nodeName)}</span>
        <StatusMark status={status} />
        <span className="unseen">
          {nodeName}: {wordOf(status).toLowerCase()}
        </span>
      </Link>
    </div>
  );
});

type LineProps = {
  environment: string;
  line: Line;
  index: number;
  columns: Column[];
  /** The columns in view. */
  from: number;
  to: number;
  nameWidth: number;
  headHeight: number;
  /** The column whose cell takes the focus by the tab key; -1 is the name. */
  entry: number | null;
};

export const LineRow = memo(function LineRow(props: LineProps) {
  const { environment, line, index, columns, from, to, nameWidth, headHeight, entry } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual grid stand by themselves.
    // biome-ignore lint/a11y/useFocusableInteractive: its cells take the focus.
    <div className="matrix-row" role="row" aria-rowindex={index + 2} style={{ top: headHeight + index * ROW_PIXELS }}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: its link takes the focus. */}
      <div className="line-name" role="rowheader" aria-colindex={1} style={{ width: nameWidth }}>
        <Link
          to={{ page: "pipeline", environment, pipelineId: line.id, tab: "deployment", nodeId: "" }}
          title={line.name}
          tabIndex={entry === -1 ? 0 : -1}
          data-spot={`${index} -1`}
        >
          {line.name}
        </Link>
      </div>
      {columns.slice(from, to).map((column, offset) => (
        <MatrixCell
          key={column.nodeId}
          line={line}
          column={column}
          lineIndex={index}
          columnIndex={from + offset}
          nameWidth={nameWidth}
          isEntry={entry === from + offset}
        />
      ))}
    </div>
  );
});

type CellProps = {
  line: Line;
  column: Column;
  lineIndex: number;
  columnIndex: number;
  nameWidth: number;
  isEntry: boolean;
};

const MatrixCell = memo(function MatrixCell(props: CellProps) {
  const { line, column, lineIndex, columnIndex, nameWidth, isEntry } = props;
  const cell = column.cells.get(line.id);
  const words = wordsOf(line, column);
  return (
    // biome-ignore lint/a11y/useSemanticElements: cells of a virtual grid stand by themselves.
    <div
      className={cell && isDrifted(cell) ? "cell hatched" : "cell"}
      role="gridcell"
      aria-colindex={columnIndex + 2}
      aria-label={words}
      title={words}
      tabIndex={isEntry ? 0 : -1}
      data-spot={`${lineIndex} ${columnIndex}`}
      style={{ width: COLUMN_PIXELS, left: nameWidth + columnIndex * COLUMN_PIXELS }}
    >
      {cell && <StatusMark status={statusOfCell(cell)} />}
      {cell && <span>{cell.version ?? NONE}</span>}
    </div>
  );
});

// The matrix itself: only the cells in view are drawn, however many there are.

import "./grid.css";

import { useVirtualizer } from "@tanstack/react-virtual";
import { type FocusEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import { NONE } from "../../format/numbers";
import { StatusMark, wordOf } from "../../parts/status";
import { go, Link } from "../../url/place";
import { usualRange } from "../../url/url";
import { type Column, isDrifted, type Layout, type Line, type Spot, statusOfCell, stepOf, wordsOf } from "./layout";

const ROW_PIXELS = 32;
const COLUMN_PIXELS = 56;
const HEAD_PIXELS = 116;
const NAME_PIXELS = 220;
const NARROW_NAME_PIXELS = 132;

export function Grid({ environment, layout: { lines, columns } }: { environment: string; layout: Layout }) {
  const scroller = useRef<HTMLDivElement>(null);
  const nameWidth = useNameWidth();
  const down = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 4,
    scrollPaddingStart: HEAD_PIXELS,
  });
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => COLUMN_PIXELS,
    overscan: 4,
    scrollPaddingStart: nameWidth,
  });
  const [spot, setSpot] = useState<Spot>({ line: 0, column: 0 });
  const at = { line: Math.min(spot.line, lines.length - 1), column: Math.min(spot.column, columns.length - 1) };
  const walk = (event: KeyboardEvent<HTMLDivElement>) => {
    const target = event.target instanceof HTMLElement ? event.target.closest("[role=gridcell]") : null;
    if (!target) return;
    const size = { line: lines.length, column: columns.length };
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD_PIXELS) / ROW_PIXELS) - 1);
    const next = stepOf(event.key, event.ctrlKey || event.metaKey, at, size, page);
    if (!next) return;
    event.preventDefault();
    setSpot(next);
    down.scrollToIndex(next.line);
    across.scrollToIndex(next.column);
    // The cell may only be drawn with the next frame.
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-spot="${next.line} ${next.column}"]`)?.focus(),
    );
  };
  const noteFocus = (event: FocusEvent<HTMLDivElement>) => {
    const [line, column] = (event.target.dataset.spot ?? "").split(" ").map(Number);
    if (line !== undefined && column !== undefined && !Number.isNaN(line)) setSpot({ line, column });
  };
  const rows = down.getVirtualItems();
  const shown = across.getVirtualItems();
  // The cell that takes the focus has to be there for the tab key to find it.
  const isSpotShown = rows.some(({ index }) => index === at.line) && shown.some(({ index }) => index === at.column);
  const entry = isSpotShown ? at : { line: rows[0]?.index ?? 0, column: shown[0]?.index ?? 0 };
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual grid stand by themselves, which a table's do not.
    <div
      className="card matrix"
      ref={scroller}
      role="grid"
      aria-label="Pipelines by nodes"
      aria-rowcount={lines.length + 1}
      aria-colcount={columns.length + 1}
      onKeyDown={walk}
      onFocus={noteFocus}
    >
      <div
        className="whole"
        style={{ width: nameWidth + across.getTotalSize(), height: HEAD_PIXELS + down.getTotalSize() }}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: rows of a virtual grid stand by themselves. */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: its cells take the focus. */}
        <div className="matrix-head" role="row" aria-rowindex={1} style={{ height: HEAD_PIXELS }}>
          {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: as above. */}
          <div className="corner" role="columnheader" aria-colindex={1} style={{ width: nameWidth }}>
            Pipeline
          </div>
          {shown.map(({ index, start }) => {
            const column = columns[index];
            return (
              column && (
                <Head
                  key={column.nodeId}
                  environment={environment}
                  column={column}
                  index={index}
                  left={nameWidth + start}
                />
              )
            );
          })}
        </div>
        {rows.map(({ index, start }) => {
          const line = lines[index];
          return (
            line && (
              // biome-ignore lint/a11y/useSemanticElements: as above.
              // biome-ignore lint/a11y/useFocusableInteractive: as above.
              <div
                key={line.id}
                className="matrix-row"
                role="row"
                aria-rowindex={index + 2}
                style={{ transform: `translateY(${HEAD_PIXELS + start}px)` }}
              >
                {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
                {/* biome-ignore lint/a11y/useFocusableInteractive: as above. */}
                <div className="line-name" role="rowheader" aria-colindex={1} style={{ width: nameWidth }}>
                  <Link
                    to={{ page: "pipeline", environment, pipelineId: line.id, tab: "deployment", nodeId: "" }}
                    title={line.name}
                  >
                    {line.name}
                  </Link>
                </div>
                {shown.map(({ index: across, start: left }) => {
                  const column = columns[across];
                  return (
                    column && (
                      <CellOf
                        key={column.nodeId}
                        environment={environment}
                        line={line}
                        column={column}
                        spot={{ line: index, column: across }}
                        left={nameWidth + left}
                        isEntry={entry.line === index && entry.column === across}
                      />
                    )
                  );
                })}
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

type HeadProps = { environment: string; column: Column; index: number; left: number };

function Head({ environment, column, index, left }: HeadProps) {
  const { nodeId, nodeName, nodeStatus, maintenance } = column;
  const status = maintenance ? "MAINTENANCE" : nodeStatus;
  return (
    // biome-ignore lint/a11y/useSemanticElements: columns of a virtual grid stand by themselves.
    // biome-ignore lint/a11y/useFocusableInteractive: its link takes the focus.
    <div
      className="node-name"
      role="columnheader"
      aria-colindex={index + 2}
      style={{ width: COLUMN_PIXELS, transform: `translateX(${left}px)` }}
    >
      <Link
        to={{ page: "node", environment, nodeId, range: usualRange }}
        title={`${nodeName}: ${wordOf(status).toLowerCase()}`}
      >
        <span>{nodeName}</span>
        <StatusMark status={status} />
        <span className="unseen">{wordOf(status)}</span>
      </Link>
    </div>
  );
}

type CellProps = { environment: string; line: Line; column: Column; spot: Spot; left: number; isEntry: boolean };

function CellOf({ environment, line, column, spot, left, isEntry }: CellProps) {
  const cell = column.cells.get(line.id);
  const words = wordsOf(line, column);
  const to = { page: "pipeline", environment, pipelineId: line.id, tab: "deployment", nodeId: column.nodeId } as const;
  return (
    // biome-ignore lint/a11y/useSemanticElements: cells of a virtual grid stand by themselves.
    <div
      className={cell && isDrifted(cell) ? "cell hatched" : "cell"}
      role="gridcell"
      aria-colindex={spot.column + 2}
      aria-label={words}
      title={words}
      tabIndex={isEntry ? 0 : -1}
      data-spot={`${spot.line} ${spot.column}`}
      style={{ width: COLUMN_PIXELS, transform: `translateX(${left}px)` }}
      onClick={() => cell && go(to)}
      onKeyDown={(event) => event.key === "Enter" && cell && go(to)}
    >
      {cell && (
        <>
          <StatusMark status={statusOfCell(cell)} />
          <span>{cell.version ?? NONE}</span>
        </>
      )}
    </div>
  );
}

/** Names are narrower where the window is. */
function useNameWidth(): number {
  const [isNarrow, setIsNarrow] = useState(() => narrow.matches);
  useLayoutEffect(() => {
    const changed = () => setIsNarrow(narrow.matches);
    narrow.addEventListener("change", changed);
    return () => narrow.removeEventListener("change", changed);
  }, []);
  return isNarrow ? NARROW_NAME_PIXELS : NAME_PIXELS;
}

const narrow = window.matchMedia("(max-width: 640px)");

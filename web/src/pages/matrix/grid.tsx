// The matrix itself: only the cells in view are drawn, however many there are.

import "./grid.css";

import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { go } from "../../url/place";
import { COLUMN_PIXELS, Head, LineRow, ROW_PIXELS } from "./cells";
import { headPixelsOf, type Layout, type Spot, spanOf, spotOf, stepOf } from "./layout";

const NAME_PIXELS = 220;
const NARROW_NAME_PIXELS = 132;
const OVERSCAN = 2;

export function Grid({ environment, layout: { lines, columns } }: { environment: string; layout: Layout }) {
  const scroller = useRef<HTMLDivElement>(null);
  const nameWidth = useNameWidth();
  const headHeight = useMemo(() => headPixelsOf(columns), [columns]);
  const shared = { getScrollElement: () => scroller.current, overscan: OVERSCAN, useFlushSync: false };
  const down = useVirtualizer({
    ...shared,
    count: lines.length,
    estimateSize: () => ROW_PIXELS,
    scrollPaddingStart: headHeight,
  });
  const across = useVirtualizer({
    ...shared,
    horizontal: true,
    count: columns.length,
    estimateSize: () => COLUMN_PIXELS,
    scrollPaddingStart: nameWidth,
  });
  const [spot, setSpot] = useState<Spot>({ line: 0, column: 0 });
  const at = { line: Math.min(spot.line, lines.length - 1), column: Math.min(spot.column, columns.length - 1) };
  const open = (target: EventTarget) => {
    const where = cellAt(target);
    const line = lines[where?.line ?? -1];
    const column = columns[where?.column ?? -1];
    if (!line || !column?.cells.has(line.id)) return;
    go({ page: "pipeline", environment, pipelineId: line.id, tab: "deployment", nodeId: column.nodeId });
  };
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    if (!cellAt(event.target)) return;
    if (event.key === "Enter") return open(event.target);
    const size = { line: lines.length, column: columns.length };
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - headHeight) / ROW_PIXELS) - 1);
    const next = stepOf(event.key, event.ctrlKey || event.metaKey, at, size, page);
    if (!next) return;
    event.preventDefault();
    setSpot(next);
    if (next.line >= 0) down.scrollToIndex(next.line);
    if (next.column >= 0) across.scrollToIndex(next.column);
    focusSoon(() => scroller.current?.querySelector<HTMLElement>(`[data-spot="${next.line} ${next.column}"]`));
  };
  const rows = spanOf(down.getVirtualItems(), lines.length);
  const shown = spanOf(across.getVirtualItems(), columns.length);
  // The cell that takes the focus has to be there for the tab key to find it.
  const isIn = (index: number, { from, to }: { from: number; to: number }) =>
    index === -1 || (index >= from && index < to);
  const isSpotShown = isIn(at.line, rows) && isIn(at.column, shown);
  const entry = isSpotShown ? at : { line: rows.from, column: shown.from };
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual grid stand by themselves, which a table's do not.
    <div
      className="card matrix"
      ref={scroller}
      role="grid"
      aria-label="Pipelines by nodes"
      aria-rowcount={lines.length + 1}
      aria-colcount={columns.length + 1}
      tabIndex={-1}
      onKeyDown={press}
      onClick={(event: MouseEvent) => open(event.target)}
      onFocus={(event: FocusEvent) => setSpot((last) => cellAt(event.target) ?? last)}
    >
      <div
        className="whole"
        style={{ width: nameWidth + across.getTotalSize(), height: headHeight + down.getTotalSize() }}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: its links take the focus. */}
        <div className="matrix-head" role="row" aria-rowindex={1} style={{ height: headHeight }}>
          {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: there is nothing to do with it. */}
          <div className="corner" role="columnheader" aria-colindex={1} style={{ width: nameWidth }}>
            Pipeline
          </div>
          {columns.slice(shown.from, shown.to).map((column, index) => (
            <Head
              key={column.nodeId}
              environment={environment}
              column={column}
              index={shown.from + index}
              nameWidth={nameWidth}
              isEntry={entry.line === -1 && entry.column === shown.from + index}
            />
          ))}
        </div>
        {lines.slice(rows.from, rows.to).map((line, index) => (
          <LineRow
            key={line.id}
            environment={environment}
            line={line}
            index={rows.from + index}
            columns={columns}
            from={shown.from}
            to={shown.to}
            nameWidth={nameWidth}
            headHeight={headHeight}
            entry={entry.line === rows.from + index ? entry.column : null}
          />
        ))}
      </div>
    </div>
  );
}

const cellAt = (target: EventTarget): Spot | null =>
  spotOf(target instanceof Element ? target.closest<HTMLElement>("[data-spot]")?.dataset.spot : undefined);

/** A cell may only be drawn with one of the next frames. */
function focusSoon(find: () => HTMLElement | null | undefined, frames = 5) {
  requestAnimationFrame(() => {
    const found = find();
    if (found) found.focus({ preventScroll: true });
    else if (frames > 1) focusSoon(find, frames - 1);
  });
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

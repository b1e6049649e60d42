// The one table of many rows: only those in view are drawn. Its columns are laid out by the sheet of the page.

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useRef, useState } from "react";

const ROW_PIXELS = 32;
const LEFT_BEFORE_MORE = 30;
const SETTLED_MILLIS = 150;

export type Column<Sort extends string> = { name: string; title: string; sort?: Sort; isNumber?: boolean };

type Props<Row, Sort extends string> = {
  /** What the rows are, for the sheet of the page and for screen readers. */
  name: string;
  label: string;
  columns: Column<Sort>[];
  rows: Row[];
  keyOf: (row: Row) => string;
  sort?: Sort;
  resort?: (sort: Sort) => void;
  /** Fetches what follows; null: there is nothing, or it is on its way. */
  more?: (() => void) | null;
  /** Keys of the rows in view, once they stand still. */
  seen?: (keys: string[]) => void;
  isStale?: boolean;
  empty: ReactNode;
  row: (row: Row, place: RowPlace) => ReactNode;
};

/** The same object while the rows are the same array. */
export type RowPlace = { index: number; start: number };

export function VirtualTable<Row, Sort extends string = never>(props: Props<Row, Sort>) {
  const { name, label, columns, rows, keyOf, sort, resort, more, seen, isStale = false, empty, row } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const key = useRef(keyOf);
  key.current = keyOf;
  // Whenever this is another function, all rows are laid out anew.
  const getItemKey = useCallback(
    (index: number) => (rows[index] === undefined ? index : key.current(rows[index])),
    [rows],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    getItemKey,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  useSettled(
    items.map(({ key }) => String(key)),
    seen,
  );
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - LEFT_BEFORE_MORE) more();
  }, [more, last, rows.length]);
  const walk = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const from = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-index]") : null;
    if (!step || !from) return;
    event.preventDefault();
    const index = Math.min(rows.length - 1, Math.max(0, Number(from.dataset.index) + step));
    virtual.scrollToIndex(index);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"] a`)?.focus());
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual table stand by themselves, which a table's do not.
    <div
      className={`card table ${name}`}
      role="table"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      ref={scroller}
      onKeyDown={walk}
      data-stale={isStale}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: its buttons take the focus. */}
      <div className="row head" role="row">
        {columns.map(({ name: column, title, sort: by, isNumber }) => (
          // biome-ignore lint/a11y/useSemanticElements: as above.
          // biome-ignore lint/a11y/useFocusableInteractive: as above.
          <span
            key={column}
            role="columnheader"
            className={`c-${column} ${isNumber ? "number" : ""}`}
            aria-sort={by && by === sort ? "ascending" : undefined}
          >
            {by && resort ? (
              <button type="button" className="sort" onClick={() => resort(by)}>
                {title}
              </button>
            ) : (
              title
            )}
          </span>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      <div className="body" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const shown = rows[item.index];
          return shown !== undefined && row(shown, item);
        })}
      </div>
      {rows.length === 0 && (
        // biome-ignore lint/a11y/useSemanticElements: as above.
        // biome-ignore lint/a11y/useFocusableInteractive: as above.
        <div role="row">
          {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
          <div role="cell">{empty}</div>
        </div>
      )}
    </div>
  );
}

/** Tells keys that stand still for a moment, so that a flick through the list asks for nothing on its way. */
function useSettled(keys: string[], seen: ((keys: string[]) => void) | undefined) {
  const [settled, setSettled] = useState("");
  const joined = keys.join(",");
  useEffect(() => {
    const timer = setTimeout(() => setSettled(joined), SETTLED_MILLIS);
    return () => clearTimeout(timer);
  }, [joined]);
  const tell = useRef(seen);
  tell.current = seen;
  useEffect(() => tell.current?.(settled === "" ? [] : settled.split(",")), [settled]);
}

/** A row at its place. The first link in it takes the focus and a click anywhere. */
export function Row({ place, status, children }: { place: RowPlace; status?: string | null; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual table stand by themselves.
    // biome-ignore lint/a11y/useFocusableInteractive: its link takes the focus.
    <div
      className="row"
      role="row"
      aria-rowindex={place.index + 2}
      data-index={place.index}
      data-status={status}
      style={{ transform: `translateY(${place.start}px)` }}
    >
      {children}
    </div>
  );
}

export function Cell({ name, isNumber = false, children }: { name: string; isNumber?: boolean; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: cells of rows that stand by themselves.
    <span role="cell" className={`c-${name} ${isNumber ? "number" : ""}`}>
      {children}
    </span>
  );
}

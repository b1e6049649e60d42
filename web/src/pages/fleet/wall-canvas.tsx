// The wall on one canvas: it pans, zooms, tells what is under the pointer, and can be walked through by keys.

import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { count } from "../../format/numbers";
import { colourOf, listenColours } from "../../parts/colour";
import { wordOf } from "../../parts/status";
import { CODES, type WallCells } from "../../wall/cells";
import { type Colours, drawMarks, drawWall } from "../../wall/draw";
import { cornerOf, GAP, layoutOf, PITCH, type Step, stepped } from "../../wall/layout";
import { kept, revealed, type Size, type View, whole, zoomed } from "../../wall/view";
import { useWallPointers } from "./wall-pointers";
import { WallTip } from "./wall-tip";

const ZOOM_STEP = 1.4;

type Props = {
  cells: WallCells;
  /** Another number when something in `cells` has changed. */
  version: number;
  groupName: (value: string | null) => string;
  open: (nodeId: string) => void;
};

const steps: Record<string, Step> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "first",
  End: "last",
  PageDown: "next",
  PageUp: "before",
};

export function WallCanvas({ cells, version, groupName, open }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [colours, setColours] = useState(readColours);
  const [asked, setAsked] = useState<View | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const [hasFocus, setHasFocus] = useState(false);
  const layout = useMemo(
    () => layoutOf(cells.groups, Math.max(1, size.width), Math.max(1, size.height)),
    [cells, size],
  );
  const bounds = useMemo(() => ({ wall: layout, seen: size, fit: layout.fit }), [layout, size]);
  const view = useMemo(() => (asked === null ? whole(bounds) : kept(asked, bounds)), [asked, bounds]);
  const shown = useRef(view);
  shown.current = view;
  const ring = hasFocus ? focused : null;

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    const deaf = listenColours(() => setColours(readColours()));
    return () => {
      resized.disconnect();
      deaf();
    };
  }, []);

  // The counts of groups follow the cells, which change in place.
  const notes = useMemo(() => {
    void version;
    return cells.groups.map((group) => notesOf(group.count, cells.countsOf(group)));
  }, [cells, version]);

  const move = useCallback((change: (view: View) => View) => setAsked(change(shown.current)), []);
  const zoom = (factor: number, at = { x: size.width / 2, y: size.height / 2 }) =>
    move((now) => zoomed(now, factor, at, bounds));

  const take = (index: number) => {
    const nodeId = cells.ids[index];
    if (nodeId !== undefined) open(nodeId);
  };
  const { hovered, leave, handlers } = useWallPointers({ frame, bounds, shown, move, take });
  const hoveredIndex = hovered?.index ?? null;
  useEffect(() => {
    const element = canvas.current;
    if (!element || size.width === 0) return;
    const next = requestAnimationFrame(() => {
      const pixel = window.devicePixelRatio;
      const [width, height] = [Math.round(size.width * pixel), Math.round(size.height * pixel)];
      if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
      const context = element.getContext("2d");
      if (!context) return;
      context.setTransform(pixel, 0, 0, pixel, 0, 0);
      drawWall(context, size, cells, layout, view, colours, (group) => ({
        name: groupName(cells.groups[group]?.value ?? null),
        notes: notes[group] ?? [],
        trouble: notes[group]?.[1] ?? "",
      }));
      drawMarks(context, layout, view, colours, { hovered: hoveredIndex, focused: ring });
    });
    return () => cancelAnimationFrame(next);
  }, [cells, layout, view, size, colours, notes, groupName, hoveredIndex, ring]);

  const walk = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = steps[event.key];
    const at = focused ?? 0;
    if (step && cells.count > 0) {
      event.preventDefault();
      const next = focused === null ? 0 : stepped(layout, Math.min(at, cells.count - 1), step);
      setFocused(next);
      leave();
      const corner = cornerOf(layout, next);
      if (corner) move((now) => revealed(now, corner, PITCH, bounds));
      return;
    }
    if (event.key === "Enter" && focused !== null) take(focused);
    else if (event.key === "+" || event.key === "=") zoomAtFocus(ZOOM_STEP);
    else if (event.key === "-") zoomAtFocus(1 / ZOOM_STEP);
    else if (event.key === "0") setAsked(null);
  };
  const zoomAtFocus = (factor: number) => {
    const corner = focused === null ? null : cornerOf(layout, focused);
    zoom(factor, corner ? { x: (corner.x - view.x) * view.scale, y: (corner.y - view.y) * view.scale } : undefined);
  };

  const placeOf = (index: number) => {
    const corner = cornerOf(layout, index);
    const middle = (PITCH - GAP) / 2;
    return (
      corner && {
        index,
        x: (corner.x + middle - view.x) * view.scale,
        y: (corner.y + middle - view.y) * view.scale,
      }
    );
  };
  const tip = hovered ?? (ring === null ? null : placeOf(ring));
  const told = ring === null ? "" : tellCell(cells, ring, groupName);
  return (
    <div className="wall-frame">
      <div
        className="wall"
        role="application"
        aria-label={`Wall of ${count(cells.count)} ${cells.count === 1 ? "node" : "nodes"}. Arrow keys go from node to node, Page keys from group to group, Enter opens, plus and minus zoom.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys walk through what is drawn in it.
        tabIndex={0}
        ref={frame}
        {...handlers}
        onKeyDown={walk}
        onFocus={(event) => setHasFocus(event.currentTarget.matches(":focus-visible"))}
        onBlur={() => setHasFocus(false)}
        data-over={hovered !== null}
      >
        <canvas ref={canvas} />
      </div>
      {tip && <WallTip cells={cells} index={tip.index} x={tip.x} y={tip.y} room={size} groupName={groupName} />}
      <p className="unseen" aria-live="polite">
        {told}
      </p>
      <div className="wall-zoom">
        <button type="button" aria-label="Zoom in" onClick={() => zoom(ZOOM_STEP)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => zoom(1 / ZOOM_STEP)}>
          −
        </button>
        <button type="button" onClick={() => setAsked(null)}>
          All
        </button>
      </div>
      <ul className="unseen">
        {cells.groups.slice(0, 100).map(({ value }, index) => (
          <li key={value ?? ""}>
            {groupName(value)}: {notes[index]?.[0]}
          </li>
        ))}
      </ul>
    </div>
  );
}

const readColours = (): Colours => ({
  healthy: colourOf("--healthy"),
  unknown: colourOf("--unknown"),
  degraded: colourOf("--degraded"),
  unreachable: colourOf("--unreachable"),
  text: colourOf("--text"),
  muted: colourOf("--muted"),
  accent: colourOf("--accent"),
});

/** A group's size, and what of it is in trouble, the worst first: all of it, and the worst alone for where room is short. */
function notesOf(all: number, counts: number[]): string[] {
  const troubled = [...CODES.entries()]
    .reverse()
    .filter(([code, status]) => status !== "HEALTHY" && (counts[code] ?? 0) > 0)
    .map(([code, status]) => `${count(counts[code] ?? 0)} ${wordOf(status).toLowerCase()}`);
  return [[count(all), ...troubled].join(" · "), ...troubled.slice(0, 1)];
}

function tellCell(cells: WallCells, index: number, groupName: (value: string | null) => string): string {
  const group = cells.groupOf(index);
  const where = group ? `, ${groupName(group.value)}, ${index - group.first + 1} of ${group.count}` : "";
  return `${cells.names[index]}, ${wordOf(cells.statusOf(index)).toLowerCase()}${where}`;
}

// The wall on one canvas: it pans, zooms, tells what is under the pointer, and can be walked through by keys.

import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { count } from "../../format/numbers";
import { colourOf, listenColours } from "../../parts/colour";
import { wordOf } from "../../parts/status";
import { CODES, type WallCells } from "../../wall/cells";
import { type Colours, drawMarks, drawWall } from "../../wall/draw";
import { cellAt, cornerOf, GAP, layoutOf, PITCH, type Step, stepped } from "../../wall/layout";
import { kept, panned, revealed, type Size, type View, whole, zoomed } from "../../wall/view";
import { WallTip } from "./wall-tip";

const ZOOM_STEP = 1.4;
const DRAG_PIXELS = 4;

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
  const [hovered, setHovered] = useState<{ index: number; x: number; y: number } | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const [hasFocus, setHasFocus] = useState(false);
  const layout = useMemo(
    () => layoutOf(cells.groups, Math.max(1, size.width), Math.max(1, size.height)),
    [cells, size],
  );
  const bounds = useMemo(() => ({ wall: layout, seen: size, fit: layout.fit }), [layout, size]);
  const view = asked === null ? whole(bounds) : kept(asked, bounds);
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
    return cells.groups.map((group) => noteOf(group.count, cells.countsOf(group)));
  }, [cells, version]);

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
        notes: [notes[group] ?? "", count(cells.groups[group]?.count ?? 0)],
      }));
      drawMarks(context, layout, view, colours, { hovered: hovered?.index ?? null, focused: ring });
    });
    return () => cancelAnimationFrame(next);
  }, [cells, layout, view, size, colours, notes, groupName, hovered, ring]);

  const move = useCallback((change: (view: View) => View) => setAsked(change(shown.current)), []);
  const zoom = (factor: number, at = { x: size.width / 2, y: size.height / 2 }) =>
    move((now) => zoomed(now, factor, at, bounds));

  // React listens to wheels passively, so that the page would scroll or zoom, too.
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      setHovered(null);
      const { left, top } = element.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      if (event.ctrlKey || event.metaKey || layout.fit === shown.current.scale) {
        move((now) => zoomed(now, Math.exp((-event.deltaY * lines) / 300), at, bounds));
      } else {
        const across = event.shiftKey ? event.deltaY : event.deltaX;
        move((now) => panned(now, across * lines, event.shiftKey ? 0 : event.deltaY * lines, bounds));
      }
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [bounds, layout, move]);

  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const dragged = useRef(0);
  const pointOf = (event: PointerEvent) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const cellUnder = ({ x, y }: { x: number; y: number }) =>
    cellAt(layout, view.x + x / view.scale, view.y + y / view.scale);
  const press = (event: PointerEvent) => {
    pointers.current.set(event.pointerId, pointOf(event));
    event.currentTarget.setPointerCapture(event.pointerId);
    dragged.current = 0;
  };
  const drag = (event: PointerEvent) => {
    const point = pointOf(event);
    const before = pointers.current.get(event.pointerId);
    if (!before) {
      const index = cellUnder(point);
      return setHovered(index === null ? null : { index, ...point });
    }
    const others = [...pointers.current].filter(([id]) => id !== event.pointerId);
    const other = others[0]?.[1];
    pointers.current.set(event.pointerId, point);
    dragged.current += Math.hypot(point.x - before.x, point.y - before.y);
    if (dragged.current < DRAG_PIXELS) return;
    setHovered(null);
    if (!other) return move((now) => panned(now, before.x - point.x, before.y - point.y, bounds));
    const apart = (one: { x: number; y: number }) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    move((now) => zoomed(now, apart(point) / apart(before), other, bounds));
  };
  const release = (event: PointerEvent) => {
    const wasPressed = pointers.current.delete(event.pointerId);
    if (!wasPressed || event.type === "pointercancel" || dragged.current >= DRAG_PIXELS) return;
    const index = cellUnder(pointOf(event));
    const nodeId = index === null ? undefined : cells.ids[index];
    if (nodeId !== undefined) open(nodeId);
  };

  const walk = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = steps[event.key];
    const at = focused ?? 0;
    if (step && cells.count > 0) {
      event.preventDefault();
      const next = focused === null ? 0 : stepped(layout, Math.min(at, cells.count - 1), step);
      setFocused(next);
      setHovered(null);
      const corner = cornerOf(layout, next);
      if (corner) move((now) => revealed(now, corner, PITCH, bounds));
      return;
    }
    const nodeId = cells.ids[at];
    if (event.key === "Enter" && focused !== null && nodeId !== undefined) open(nodeId);
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
        aria-label={`Wall of ${count(cells.count)} nodes. Arrow keys go from node to node, Page keys from group to group, Enter opens, plus and minus zoom.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys walk through what is drawn in it.
        tabIndex={0}
        ref={frame}
        onPointerDown={press}
        onPointerMove={drag}
        onPointerUp={release}
        onPointerCancel={release}
        onPointerLeave={() => setHovered(null)}
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
            {groupName(value)}: {notes[index]}
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

/** A group's size, and what of it is in trouble, the worst first. */
function noteOf(all: number, counts: number[]): string {
  const troubled = [...CODES.entries()]
    .reverse()
    .filter(([code, status]) => status !== "HEALTHY" && (counts[code] ?? 0) > 0)
    .map(([code, status]) => `${count(counts[code] ?? 0)} ${wordOf(status).toLowerCase()}`);
  return [count(all), ...troubled].join(" · ");
}

function tellCell(cells: WallCells, index: number, groupName: (value: string | null) => string): string {
  const group = cells.groupOf(index);
  const where = group ? `, ${groupName(group.value)}, ${index - group.first + 1} of ${group.count}` : "";
  return `${cells.names[index]}, ${wordOf(cells.statusOf(index)).toLowerCase()}${where}`;
}

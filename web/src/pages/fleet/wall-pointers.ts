// The wall under pointers: a drag pans, two fingers or a wheel zoom, a click takes, and a pointer at rest points.

import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { cellAt, type Layout } from "../../wall/layout";
import { panned, type Size, type View, zoomed } from "../../wall/view";

const DRAG_PIXELS = 4;
const LINE_PIXELS = 16;
/** As many pixels of a wheel make it e times as large. */
const ZOOM_PIXELS = 300;

type Point = { x: number; y: number };
type Bounds = { wall: Layout; seen: Size; fit: number };

export type Hovered = { index: number; x: number; y: number };

type Options = {
  frame: RefObject<HTMLDivElement | null>;
  bounds: Bounds;
  /** What is seen now, also between two drawings. */
  shown: RefObject<View>;
  move: (change: (view: View) => View) => void;
  take: (index: number) => void;
};

export function useWallPointers({ frame, bounds, shown, move, take }: Options) {
  const [hovered, setHovered] = useState<Hovered | null>(null);
  const pressed = useRef(new Map<number, Point>());
  const dragged = useRef(0);

  // React listens to wheels passively, so that the page would scroll or zoom, too.
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      setHovered(null);
      const { left, top } = element.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PIXELS : 1;
      // What is seen whole cannot be moved, so a wheel can only mean to see it closer.
      if (event.ctrlKey || event.metaKey || shown.current.scale === bounds.fit) {
        return move((view) => zoomed(view, Math.exp((-event.deltaY * pixels) / ZOOM_PIXELS), at, bounds));
      }
      const [across, down] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      move((view) => panned(view, across * pixels, down * pixels, bounds));
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [frame, bounds, shown, move]);

  const pointOf = (event: PointerEvent): Point => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const cellUnder = ({ x, y }: Point) => {
    const view = shown.current;
    return cellAt(bounds.wall, view.x + x / view.scale, view.y + y / view.scale);
  };
  const press = (event: PointerEvent) => {
    pressed.current.set(event.pointerId, pointOf(event));
    event.currentTarget.setPointerCapture(event.pointerId);
    dragged.current = 0;
  };
  const drag = (event: PointerEvent) => {
    const point = pointOf(event);
    const before = pressed.current.get(event.pointerId);
    if (!before) {
      const index = cellUnder(point);
      return setHovered(index === null ? null : { index, ...point });
    }
    const [other] = [...pressed.current].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    pressed.current.set(event.pointerId, point);
    dragged.current += Math.hypot(point.x - before.x, point.y - before.y);
    if (dragged.current < DRAG_PIXELS) return;
    setHovered(null);
    if (!other) return move((view) => panned(view, before.x - point.x, before.y - point.y, bounds));
    const apart = (one: Point) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    move((view) => zoomed(view, apart(point) / apart(before), other, bounds));
  };
  const release = (event: PointerEvent) => {
    const wasPressed = pressed.current.delete(event.pointerId);
    if (!wasPressed || event.type === "pointercancel" || dragged.current >= DRAG_PIXELS) return;
    const index = cellUnder(pointOf(event));
    if (index !== null) take(index);
  };
  return {
    hovered,
    leave: () => setHovered(null),
    handlers: {
      onPointerDown: press,
      onPointerMove: drag,
      onPointerUp: release,
      onPointerCancel: release,
      onPointerLeave: () => setHovered(null),
    },
  };
}

// Which part of the wall is seen: how large, and from which point on.

export type View = { x: number; y: number; scale: number };
export type Size = { width: number; height: number };

const SCALE_MAX = 1.6;

type Bounds = { wall: Size; seen: Size; fit: number };

/** The whole wall. */
export const whole = (bounds: Bounds): View => kept({ x: 0, y: 0, scale: bounds.fit }, bounds);

/** The view with its scale and edges in bounds: what is smaller than the view stays at its upper left. */
export function kept({ x, y, scale }: View, { wall, seen, fit }: Bounds): View {
  const within = Math.min(SCALE_MAX, Math.max(fit, scale));
  const most = (length: number, room: number) => Math.max(0, length - room / within);
  return {
    x: Math.min(most(wall.width, seen.width), Math.max(0, x)),
    y: Math.min(most(wall.height, seen.height), Math.max(0, y)),
    scale: within,
  };
}

/** Larger or smaller around a point of the screen, which stays where it is. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }, bounds: Bounds): View {
  const scale = Math.min(SCALE_MAX, Math.max(bounds.fit, view.scale * factor));
  return kept(
    { x: view.x + at.x / view.scale - at.x / scale, y: view.y + at.y / view.scale - at.y / scale, scale },
    bounds,
  );
}

/** Moved by pixels of the screen. */
export const panned = (view: View, dx: number, dy: number, bounds: Bounds): View =>
  kept({ ...view, x: view.x + dx / view.scale, y: view.y + dy / view.scale }, bounds);

/** Moved as little as shows a cell with some room around it. */
export function revealed(view: View, cell: { x: number; y: number }, size: number, bounds: Bounds): View {
  const room = 2 * size;
  const along = (from: number, at: number, length: number) => {
    const to = from + length / view.scale;
    if (at - room < from) return at - room;
    return at + size + room > to ? at + size + room - length / view.scale : from;
  };
  return kept(
    { ...view, x: along(view.x, cell.x, bounds.seen.width), y: along(view.y, cell.y, bounds.seen.height) },
    bounds,
  );
}

// The last values of things in view, for the small lines beside their numbers. Things that are looked at no more are
// forgotten when others need their place.

import type { Point } from "../parts/sparkline";

const POINTS_MAX = 60;
const THINGS_MAX = 500;

const none: readonly Point[] = [];

export class Trails {
  private readonly trails = new Map<string, readonly Point[]>();

  get(id: string): readonly Point[] {
    return this.trails.get(id) ?? none;
  }

  /** Adds a value of a time; one that is known already is not added again. */
  note(id: string, point: Point) {
    const known = this.get(id);
    const last = known.at(-1);
    if (last && (last.at >= point.at || (last.value === null && point.value === null))) return;
    this.trails.delete(id);
    this.trails.set(id, [...known.slice(1 - POINTS_MAX), point]);
    if (this.trails.size <= THINGS_MAX) return;
    const [oldest] = this.trails.keys();
    if (oldest !== undefined) this.trails.delete(oldest);
  }
}

// Draws the part of the wall that is seen. What is well is drawn first and quietly, trouble last and so that a single
// node among thousands can be seen.

import { CODES, type WallCells } from "./cells";
import { cornerOf, GAP, type Layout, NAME_PIXELS_MIN, PITCH } from "./layout";
import type { Size, View } from "./view";

export type Colours = {
  healthy: string;
  unknown: string;
  degraded: string;
  unreachable: string;
  text: string;
  muted: string;
  accent: string;
};

export type Marked = { hovered: number | null; focused: number | null };

/** `notes` say more of it, the longest first; one that fits is drawn. */
export type GroupName = { name: string; notes: string[] };

/** Below this size there is no space between cells. */
const SPACE_PIXELS_MIN = 5;
/** From this size on a cell has its shape; below, cells of one status side by side are one bar. */
const SHAPE_PIXELS_MIN = 11;
/** No trouble is drawn smaller. */
const TROUBLE_PIXELS_MIN = 3;
const HEALTHY = 0;
const UNKNOWN = 1;
const FONT = '600 12px "Inter Variable", sans-serif';
const COUNT_FONT = '12px "Inter Variable", sans-serif';

type Canvas = CanvasRenderingContext2D;

export function drawWall(
  canvas: Canvas,
  seen: Size,
  cells: WallCells,
  layout: Layout,
  view: View,
  colours: Colours,
  nameOf: (group: number) => GroupName,
) {
  canvas.clearRect(0, 0, seen.width, seen.height);
  const fills = [colours.healthy, colours.unknown, colours.degraded, colours.unreachable];
  const pitch = PITCH * view.scale;
  for (const [code] of CODES.entries()) {
    canvas.fillStyle = fills[code] ?? colours.unknown;
    canvas.strokeStyle = canvas.fillStyle;
    canvas.globalAlpha = code === HEALTHY && pitch < SHAPE_PIXELS_MIN ? 0.6 : 1;
    for (const block of layout.blocks) {
      const part = partOf(block, layout, view, seen);
      if (!part) continue;
      if (pitch < SHAPE_PIXELS_MIN) drawRuns(canvas, cells, code, part, pitch);
      else drawShapes(canvas, cells, code, part, pitch);
    }
  }
  if (pitch >= SPACE_PIXELS_MIN && pitch < SHAPE_PIXELS_MIN) {
    for (const block of layout.blocks) {
      const part = partOf(block, layout, view, seen);
      if (part) cutSpaces(canvas, part, pitch);
    }
  }
  canvas.globalAlpha = 1;
  drawNames(canvas, seen, layout, view, colours, nameOf);
}

type Part = {
  /** Where the block's first cell is on the screen. */
  x: number;
  y: number;
  first: number;
  count: number;
  columns: number;
  rows: [number, number];
  seenColumns: [number, number];
};

/** The rows and columns of a block that are seen; null: none. */
function partOf(block: Layout["blocks"][number], layout: Layout, view: View, seen: Size): Part | null {
  const pitch = PITCH * view.scale;
  const x = (block.x - view.x) * view.scale;
  const y = (block.y + layout.head - view.y) * view.scale;
  const between = (from: number, length: number, most: number): [number, number] => [
    Math.max(0, Math.floor(-from / pitch)),
    Math.min(most, Math.ceil((length - from) / pitch)),
  ];
  const rows = between(y, seen.height, block.rows);
  const seenColumns = between(x, seen.width, block.columns);
  if (rows[0] >= rows[1] || seenColumns[0] >= seenColumns[1]) return null;
  return { x, y, first: block.first, count: block.count, columns: block.columns, rows, seenColumns };
}

/** Edges are at whole pixels: what is half covered would be a faint line between all rows. */
function drawRuns(canvas: Canvas, cells: WallCells, code: number, part: Part, pitch: number) {
  const { codes } = cells;
  const least = code > UNKNOWN ? TROUBLE_PIXELS_MIN : 1;
  for (let row = part.rows[0]; row < part.rows[1]; row++) {
    const begins = part.first + row * part.columns;
    const last = Math.min(part.seenColumns[1], part.count - row * part.columns);
    const top = Math.round(part.y + row * pitch);
    const height = Math.max(least, Math.round(part.y + (row + 1) * pitch) - top);
    for (let column = part.seenColumns[0]; column < last; column++) {
      if (codes[begins + column] !== code) continue;
      const left = Math.round(part.x + column * pitch);
      while (column + 1 < last && codes[begins + column + 1] === code) column++;
      const width = Math.max(least, Math.round(part.x + (column + 1) * pitch) - left);
      canvas.fillRect(left, top, width, height);
    }
  }
}

/** Some lines that are cut out cost less than very many squares. */
function cutSpaces(canvas: Canvas, { x, y, rows, seenColumns }: Part, pitch: number) {
  const [left, top] = [Math.round(x + seenColumns[0] * pitch), Math.round(y + rows[0] * pitch)];
  const [width, height] = [(seenColumns[1] - seenColumns[0]) * pitch + 1, (rows[1] - rows[0]) * pitch + 1];
  for (let row = rows[0]; row < rows[1]; row++) {
    canvas.clearRect(left, Math.round(y + (row + 1) * pitch) - 1, width, 1);
  }
  for (let column = seenColumns[0]; column < seenColumns[1]; column++) {
    canvas.clearRect(Math.round(x + (column + 1) * pitch) - 1, top, 1, height);
  }
}

function drawShapes(canvas: Canvas, cells: WallCells, code: number, part: Part, pitch: number) {
  const { codes } = cells;
  const size = pitch - GAP * (pitch / PITCH);
  canvas.beginPath();
  for (let row = part.rows[0]; row < part.rows[1]; row++) {
    const begins = part.first + row * part.columns;
    const last = Math.min(part.seenColumns[1], part.count - row * part.columns);
    for (let column = part.seenColumns[0]; column < last; column++) {
      if (codes[begins + column] === code) outline(canvas, code, part.x + column * pitch, part.y + row * pitch, size);
    }
  }
  if (code !== UNKNOWN) return canvas.fill("evenodd");
  canvas.lineWidth = 1.2;
  canvas.stroke();
}

/** The shapes of `parts/status.tsx`, in a square of this size. */
function outline(canvas: Canvas, code: number, x: number, y: number, size: number) {
  const middle = size / 2;
  const [cx, cy] = [x + middle, y + middle];
  const circle = (radius: number) => {
    canvas.moveTo(cx + radius, cy);
    canvas.arc(cx, cy, radius, 0, 2 * Math.PI);
  };
  switch (CODES[code]) {
    case "HEALTHY":
      return circle(size * 0.25);
    case "UNKNOWN":
      return circle(size * 0.28);
    case "DEGRADED":
      canvas.moveTo(cx, y + size * 0.06);
      canvas.lineTo(x + size * 0.96, y + size * 0.9);
      canvas.lineTo(x + size * 0.04, y + size * 0.9);
      return canvas.closePath();
    case "UNREACHABLE":
      // A ring with a bar: the hole is cut out, the bar is within the hole.
      circle(size * 0.48);
      circle(size * 0.3);
      return canvas.rect(cx - size * 0.19, cy - size * 0.09, size * 0.38, size * 0.18);
  }
}

function drawNames(
  canvas: Canvas,
  seen: Size,
  layout: Layout,
  view: View,
  colours: Colours,
  nameOf: (group: number) => GroupName,
) {
  const head = layout.head * view.scale;
  if (head < NAME_PIXELS_MIN) return;
  canvas.textBaseline = "alphabetic";
  for (const [index, block] of layout.blocks.entries()) {
    const x = Math.max(0, (block.x - view.x) * view.scale);
    const y = (block.y - view.y) * view.scale + head - 6;
    const room = (block.x + block.columns * PITCH - view.x) * view.scale - x;
    if (y < 0 || y > seen.height + head || x > seen.width || room < 24) continue;
    const { name, notes } = nameOf(index);
    canvas.font = FONT;
    canvas.fillStyle = colours.text;
    const shown = cut(canvas, name, room);
    canvas.fillText(shown, x, y);
    const taken = canvas.measureText(shown).width + 8;
    canvas.font = COUNT_FONT;
    canvas.fillStyle = colours.muted;
    const fits = notes.find((note) => taken + canvas.measureText(note).width <= room);
    if (fits !== undefined) canvas.fillText(fits, x + taken, y);
  }
}

function cut(canvas: Canvas, text: string, room: number): string {
  if (canvas.measureText(text).width <= room) return text;
  let length = text.length;
  while (length > 1 && canvas.measureText(`${text.slice(0, length)}…`).width > room) length--;
  return `${text.slice(0, length)}…`;
}

/** Rings around the cell under the pointer, and around the one that keys are at. */
export function drawMarks(canvas: Canvas, layout: Layout, view: View, colours: Colours, rings: Marked) {
  const size = Math.max(6, (PITCH - GAP) * view.scale);
  const ring = (index: number | null, colour: string, width: number) => {
    const corner = index === null ? null : cornerOf(layout, index);
    if (!corner) return;
    canvas.strokeStyle = colour;
    canvas.lineWidth = width;
    canvas.strokeRect(
      (corner.x - view.x) * view.scale - 1.5,
      (corner.y - view.y) * view.scale - 1.5,
      size + 3,
      size + 3,
    );
  };
  ring(rings.hovered, colours.muted, 1.5);
  ring(rings.focused, colours.accent, 2);
}

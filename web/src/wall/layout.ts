// Where each cell is: groups as blocks of cells with a name above, in rows of blocks, as large as fits the view.

/** A cell with the space behind it, in pixels of a wall that is not zoomed. */
export const PITCH = 18;
export const GAP = 2;
const BETWEEN = 18;
const NAME_PIXELS = 24;
/** Below this a name is not drawn. */
export const NAME_PIXELS_MIN = 14;
/** How much smaller cells may get to make room for names. */
const NAMES_COST_MOST = 0.85;
const COLUMNS_MIN = 8;
/** Blocks are somewhat wider than high, as views are. */
const BLOCK_ASPECT = 1.8;

export type Block = { x: number; y: number; columns: number; rows: number; first: number; count: number };

export type Layout = {
  blocks: Block[];
  width: number;
  height: number;
  /** The space for a group's name. */
  head: number;
  /** What makes all of it fit the view; 1 where there is room enough. */
  fit: number;
};

type Group = { first: number; count: number };

/** The layout that makes cells largest in a view of this size, and names readable where there is room for them. */
export function layoutOf(groups: readonly Group[], viewWidth: number, viewHeight: number): Layout {
  const largest = largestOf(groups, viewWidth, viewHeight, NAME_PIXELS);
  let layout = largest;
  for (const head of [48, 72, 96, 120]) {
    if (layout.head * layout.fit >= NAME_PIXELS_MIN) return layout;
    layout = largestOf(groups, viewWidth, viewHeight, head);
    if (layout.fit < largest.fit * NAMES_COST_MOST) return largest;
  }
  return layout;
}

function largestOf(groups: readonly Group[], viewWidth: number, viewHeight: number, head: number): Layout {
  const area = groups.reduce((sum, { count }) => sum + count * PITCH * PITCH + head * PITCH * COLUMNS_MIN, 1);
  const even = Math.sqrt((area * viewWidth) / viewHeight);
  let best: Layout = { blocks: [], width: viewWidth, height: viewHeight, head, fit: 0 };
  for (const share of [0.7, 0.85, 1, 1.1, 1.2, 1.35, 1.5, 1.8]) {
    const layout = shelved(groups, Math.max(viewWidth, even * share), head);
    const fit = Math.min(1, viewWidth / layout.width, viewHeight / layout.height);
    if (fit > best.fit) best = { ...layout, fit };
  }
  return best;
}

function shelved(groups: readonly Group[], width: number, head: number): Omit<Layout, "fit"> {
  const columnsMost = Math.max(COLUMNS_MIN, Math.floor((width + GAP) / PITCH));
  const blocks: Block[] = [];
  let x = 0;
  let y = 0;
  let shelf = 0;
  let widest = 0;
  for (const { first, count } of groups) {
    const columns = Math.min(columnsMost, Math.max(COLUMNS_MIN, Math.ceil(Math.sqrt(count * BLOCK_ASPECT))));
    const rows = Math.ceil(count / columns);
    if (x > 0 && x + columns * PITCH > width + GAP) {
      x = 0;
      y += shelf + BETWEEN;
      shelf = 0;
    }
    blocks.push({ x, y, columns, rows, first, count });
    shelf = Math.max(shelf, head + rows * PITCH);
    widest = Math.max(widest, x + columns * PITCH);
    x += columns * PITCH + BETWEEN;
  }
  return { blocks, width: Math.max(1, widest), height: Math.max(1, y + shelf), head };
}

/** The cell at a point of the wall; null beside all of them. */
export function cellAt({ blocks, head }: Layout, x: number, y: number): number | null {
  for (const block of blocks) {
    const column = Math.floor((x - block.x) / PITCH);
    const row = Math.floor((y - block.y - head) / PITCH);
    if (column < 0 || column >= block.columns || row < 0 || row >= block.rows) continue;
    const at = row * block.columns + column;
    return at < block.count ? block.first + at : null;
  }
  return null;
}

/** The upper left corner of a cell. */
export function cornerOf({ blocks, head }: Layout, index: number): { x: number; y: number } | null {
  const block = blocks.find(({ first, count }) => index >= first && index < first + count);
  if (!block) return null;
  const at = index - block.first;
  return {
    x: block.x + (at % block.columns) * PITCH,
    y: block.y + head + Math.floor(at / block.columns) * PITCH,
  };
}

export type Step = "left" | "right" | "up" | "down" | "first" | "last" | "next" | "before";

/** The cell that a key goes to: within a block by its rows, over its edge to the block beside it in the order. */
export function stepped({ blocks }: Layout, index: number, step: Step): number {
  const at = blocks.findIndex(({ first, count }) => index >= first && index < first + count);
  const block = blocks[at];
  if (!block) return blocks[0]?.first ?? 0;
  const within = index - block.first;
  const column = within % block.columns;
  const after = blocks[at + 1];
  const before = blocks[at - 1];
  switch (step) {
    case "left":
      return Math.max(0, index - 1);
    case "right":
      return within + 1 < block.count || after ? index + 1 : index;
    case "down":
      if (within + block.columns < block.count) return index + block.columns;
      // From above a short last row to its end, and from the last row to the next group.
      if (Math.floor(within / block.columns) < block.rows - 1) return block.first + block.count - 1;
      return after ? after.first + Math.min(column, after.count - 1) : index;
    case "up": {
      if (within >= block.columns) return index - block.columns;
      if (!before) return index;
      const row = Math.min(before.count - 1, (before.rows - 1) * before.columns + column);
      return before.first + row;
    }
    case "first":
      return block.first;
    case "last":
      return block.first + block.count - 1;
    case "next":
      return after?.first ?? index;
    case "before":
      return before?.first ?? block.first;
  }
}

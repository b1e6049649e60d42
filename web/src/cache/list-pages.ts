// Pages of a long list, each loaded for itself. A page that was asked for again may have taken a row from another that
// was not: the newest answer is right.

export type ListPage<Item> = {
  items: Item[];
  /** Where it begins. */
  cursor: string;
  nextCursor: string | null;
  total: number | null;
};

export type LoadedPage<Item> = { page: ListPage<Item>; at: number };

export type Rows<Item> = {
  rows: Item[];
  /** Which page each row is of. */
  pageOf: ReadonlyMap<string, number>;
  /** Pages that there are; those after an end are gone. */
  pages: LoadedPage<Item>[];
  total: number | null;
};

export function rowsOf<Item>(loaded: (LoadedPage<Item> | undefined)[], idOf: (item: Item) => string): Rows<Item> {
  const pages: LoadedPage<Item>[] = [];
  for (const one of loaded) {
    if (!one) break;
    pages.push(one);
    if (one.page.nextCursor === null) break;
  }
  const pageOf = new Map<string, number>();
  for (const [index, { page, at }] of pages.entries()) {
    for (const item of page.items) {
      const other = pageOf.get(idOf(item));
      if (other === undefined || at > (pages[other]?.at ?? 0)) pageOf.set(idOf(item), index);
    }
  }
  const newest = pages.toSorted((one, other) => other.at - one.at).find(({ page }) => page.total !== null);
  return {
    rows: pages.flatMap(({ page }, index) => page.items.filter((item) => pageOf.get(idOf(item)) === index)),
    pageOf,
    pages,
    total: newest?.page.total ?? null,
  };
}

/** Pages to ask for again: the first ones, and those that somebody looks at. */
export function pagesInView(seen: string[], pageOf: ReadonlyMap<string, number>, always: number): ReadonlySet<number> {
  const pages = new Set(Array.from({ length: always }, (_, index) => index));
  for (const id of seen) {
    const page = pageOf.get(id);
    if (page !== undefined) pages.add(page);
  }
  // Nothing is seen before there is something to see.
  return pages.size === 0 ? new Set([0]) : pages;
}

/** Of pages in view, those that do not begin where the one before now ends. */
export const misplaced = <Item>(pages: LoadedPage<Item>[], inView: ReadonlySet<number>): number[] =>
  pages.flatMap(({ page }, index) => {
    const before = pages[index - 1]?.page;
    return before && inView.has(index) && inView.has(index - 1) && before.nextCursor !== page.cursor ? [index] : [];
  });

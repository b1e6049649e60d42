// A long list in pages that come as somebody scrolls. Only pages in view are asked for again, so that who has scrolled
// far down a large fleet does not load all of it at each change.

import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { List } from "../api/types";
import { type ListPage, misplaced, pagesInView, type Rows, rowsOf } from "../cache/list-pages";

type Options<Item> = {
  queryKey: readonly unknown[];
  load: (cursor: string, signal: AbortSignal) => Promise<List<Item>>;
  idOf: (item: Item) => string;
  refetchInterval: number | false;
  /** So many of the first pages are asked for again wherever somebody looks. */
  always?: number;
};

export type ListPages<Item> = {
  /** Null: nothing is here yet. */
  rows: Item[] | null;
  total: number | null;
  /** When the row was told. */
  listedAt: (id: string) => number;
  /** Every row is here, and each page of them is asked for again. */
  isWhole: boolean;
  /** What is shown is of another key. */
  isStale: boolean;
  problem: Error | null;
  retry: () => void;
  more: (() => void) | null;
  look: (ids: string[]) => void;
};

const none: string[] = [];

export function useListPages<Item>(options: Options<Item>): ListPages<Item> {
  const { queryKey, load, idOf, refetchInterval, always = 0 } = options;
  const queries = useQueryClient();
  const of = JSON.stringify(queryKey);
  const [wanted, setWanted] = useState({ of, count: 1 });
  const [seen, look] = useState(none);
  const count = wanted.of === of ? wanted.count : 1;
  const keyOf = (index: number) => [...queryKey, "page", index];
  const known = useRef<Rows<Item> & { of: string }>({ of, rows: [], pageOf: new Map(), pages: [], total: null });
  const inView = pagesInView(seen, known.current.of === of ? known.current.pageOf : new Map(), always);
  const answers = useQueries({
    queries: Array.from({ length: count }, (_, index) => ({
      queryKey: keyOf(index),
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<ListPage<Item>> => {
        const before = index === 0 ? null : queries.getQueryData<ListPage<Item>>(keyOf(index - 1));
        const cursor = before ? before.nextCursor : "";
        if (cursor === null) return { items: [], cursor: "", nextCursor: null, total: null };
        const { items, nextCursor, total } = await load(cursor, signal);
        return { items, cursor, nextCursor, total };
      },
      refetchInterval,
      enabled: ({ state }: { state: { data: unknown } }) => inView.has(index) || state.data === undefined,
    })),
  });
  const updated = answers.map(({ dataUpdatedAt }) => dataUpdatedAt).join();
  // Answers are new objects at each drawing; their times are not.
  const now = useMemo(
    () => ({
      of,
      ...rowsOf(
        answers.map(({ data, dataUpdatedAt: at }) => data && { page: data, at }),
        idOf,
      ),
    }),
    [of, updated],
  );
  const isLoaded = now.pages.length > 0;
  if (isLoaded) known.current = now;
  const { rows, pages, pageOf, total } = known.current;
  const isHere = isLoaded || pages.length > 0;

  const moved = misplaced(now.pages, inView).join();
  const isBusy = answers.some(({ isFetching }) => isFetching);
  useEffect(() => {
    if (isBusy || moved === "") return;
    for (const index of moved.split(",")) void queries.refetchQueries({ queryKey: keyOf(Number(index)), exact: true });
  }, [moved, isBusy, queries]);

  const failed = answers.find(({ isError, data }) => isError && !data);
  const next = now.pages.at(-1)?.page.nextCursor ?? null;
  const mayGoOn = next !== null && now.pages.length === count;
  return {
    rows: isHere ? rows : null,
    total,
    listedAt: (id) => pages[pageOf.get(id) ?? -1]?.at ?? 0,
    isWhole: isLoaded && next === null && now.pages.length <= Math.max(1, always),
    isStale: !isLoaded && isHere,
    problem: failed?.error ?? null,
    retry: () => void failed?.refetch(),
    more: mayGoOn ? () => setWanted({ of, count: count + 1 }) : null,
    look,
  };
}

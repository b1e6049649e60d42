// Nodes found by a text, by the server: a fleet is too large to be searched here.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get } from "../api/client";
import type { List, NodeItem } from "../api/types";
import { noteNodeNames } from "../shell/live";

const TYPING_MILLIS = 150;

export function useFoundNodes(environment: string, text: string, limit: number) {
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), TYPING_MILLIS);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, isFetching, isPlaceholderData } = useQuery({
    queryKey: ["nodes", environment, "found", asked, limit],
    queryFn: async ({ signal }) => {
      const fields = { environmentId: environment, q: asked, sort: asked === "" ? "status" : "name", limit };
      const { items } = await get<List<NodeItem>>("/nodes", fields, signal);
      noteNodeNames(items);
      return items;
    },
    placeholderData: keepPreviousData,
  });
  const wanted = text.trim().toLowerCase();
  const isOld = isPlaceholderData || asked !== text;
  // What was found for another text may not match this one, and who types fast must not open it.
  const nodes = data?.filter(({ name }) => !isOld || name.toLowerCase().includes(wanted)) ?? [];
  return { nodes, isSearching: isFetching || isOld };
}

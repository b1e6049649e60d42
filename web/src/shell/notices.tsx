// What the server has to say about itself, above every page.

import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { List, NoticeItem } from "../api/types";
import { usePollMillis } from "./live";

export function Notices() {
  const refetchInterval = usePollMillis(15_000);
  const { data } = useQuery({
    queryKey: ["notices"],
    queryFn: ({ signal }) => get<List<NoticeItem>>("/notices", {}, signal),
    refetchInterval,
  });
  if (!data || data.items.length === 0) return null;
  return (
    <div className="notices" role="alert">
      {data.items.map(({ severity, message, since }) => (
        <p key={`${since} ${message}`} className={severity}>
          {message}
        </p>
      ))}
    </div>
  );
}

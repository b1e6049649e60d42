// The host of a node over time.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { HostRow } from "../../api/types";
import { withGaps } from "../../cache/gaps";
import { bytes, bytesPerSecond, percent } from "../../format/numbers";
import { rangeMillis } from "../../format/ranges";
import { millisOf } from "../../format/times";
import { Chart } from "../../parts/chart";
import { Failure, Skeleton } from "../../parts/states";
import type { Range } from "../../url/url";

type HostValues = Omit<HostRow, "timestamp" | "partial">;
type HostPoint = { at: number } & HostValues;

export function HostCharts({ nodeId, range }: { nodeId: string; range: Range }) {
  const metrics = useQuery({
    queryKey: ["node-metrics", nodeId, range],
    queryFn: ({ signal }) => {
      type Answer = { rows: HostRow[]; from?: string; to?: string; bucketSeconds?: number };
      return get<Answer>(`/nodes/${nodeId}/metrics`, { range }, signal);
    },
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  if (metrics.isPending) return <Skeleton rows={6} />;
  if (!metrics.data) return <Failure problem={metrics.error} retry={() => void metrics.refetch()} />;
  const to = millisOf(metrics.data.to) ?? metrics.dataUpdatedAt;
  const from = millisOf(metrics.data.from) ?? to - rangeMillis(range);
  const width = (metrics.data.bucketSeconds ?? 60) * 1_000;
  const points = withGaps<HostPoint>(
    // A bucket that is still being counted would look like a fall.
    metrics.data.rows
      .filter(({ partial }) => !partial)
      .map(({ timestamp, ...row }) => ({ ...row, at: millisOf(timestamp) ?? 0 })),
    width,
    (at) => ({ at }),
  );
  const times = points.map(({ at }) => at);
  const of = (name: keyof HostValues) => points.map((point) => point[name] ?? null);
  const memoryTop = Math.max(0, ...of("memoryTotalBytes").map((value) => value ?? 0));
  const shared = { times, from, to };
  return (
    <div className="charts">
      <Chart
        {...shared}
        title="CPU"
        unit="of all processors"
        top={100}
        format={percent}
        series={[{ name: "CPU", values: of("cpuPercent") }]}
      />
      <Chart
        {...shared}
        title="Memory"
        unit={memoryTop > 0 ? `of ${bytes(memoryTop)}` : ""}
        {...(memoryTop > 0 && { top: memoryTop })}
        isBinary
        format={bytes}
        series={[{ name: "used", values: of("memoryUsedBytes") }]}
      />
      <Chart
        {...shared}
        title="Disk"
        unit=""
        isBinary
        format={bytesPerSecond}
        series={[
          { name: "read", values: of("diskReadBytesPerSecond") },
          { name: "written", values: of("diskWrittenBytesPerSecond") },
        ]}
      />
      <Chart
        {...shared}
        title="Network"
        unit=""
        isBinary
        format={bytesPerSecond}
        series={[
          { name: "in", values: of("netRxBytesPerSecond") },
          { name: "out", values: of("netTxBytesPerSecond") },
        ]}
      />
    </div>
  );
}

// What everything says: the past from the store, the present as it comes.

import "./logs.css";

import { useEffect, useState } from "react";
import { serverNow } from "../api/clock";
import { count } from "../format/numbers";
import { exportAddress, type LogQuery } from "../logs/source";
import { problemOf } from "../logs/words";
import { useLogLines } from "../parts/log-lines";
import { LogView } from "../parts/log-view";
import { useWants } from "../shell/live";
import { useNames, usePipelines } from "../shell/queries";
import { FILTER_IDS_MAX } from "../stream/wants";
import { go } from "../url/place";
import { type LogFilter, noLogFilter, type PlaceOf } from "../url/url";
import { LogFilters } from "./logs-filters";

export default function LogsPage({ place }: { place: PlaceOf<"logs"> }) {
  const { environment, filter } = place;
  const { text, level, nodeId, pipelineId, range } = filter;
  const names = useNames(environment);
  const [isWrapped, setIsWrapped] = useState(false);
  const query: LogQuery = { environment, nodeId, pipelineId, level, text, range };
  const isAsked = problemOf(text) === null;
  useWants({
    topics: isAsked ? ["log_entry"] : [],
    nodeIds: nodeId === "" ? null : [nodeId],
    pipelineIds: usePipelineIds(environment, pipelineId),
  });
  const lines = useLogLines(query, isAsked);
  useEffect(() => {
    document.title = "Logs · Systole";
  }, []);
  const change = (part: Partial<LogFilter>) => go({ ...place, filter: { ...filter, ...part } }, "replace");
  const none = isAsked
    ? "No line in this time. Lines appear as agents send them."
    : "There is nothing to look for yet.";
  const isFiltered = text !== "" || level !== null || nodeId !== "" || pipelineId !== "";
  return (
    <div className="page full logs">
      <div className="title">
        <h1>Logs</h1>
        <span className="muted">
          {lines.isPending || lines.problem || !isAsked ? "" : loaded(lines.buffer.lines.length)}
        </span>
        <span className="space" />
        <button type="button" className="quiet" aria-pressed={isWrapped} onClick={() => setIsWrapped(!isWrapped)}>
          Wrap
        </button>
        <ExportLink query={query} isAsked={isAsked} />
      </div>
      <LogFilters environment={environment} filter={filter} names={names} change={change} />
      <section className="card fills" aria-label="Lines">
        <LogView
          name="Log lines, oldest first"
          lines={lines}
          environment={environment}
          names={names}
          sources={[
            ...(nodeId === "" ? (["node"] as const) : []),
            ...(pipelineId === "" ? (["pipeline"] as const) : []),
          ]}
          isWrapped={isWrapped}
          none={isAsked && isFiltered ? "No line matches in this time." : none}
        />
        {isFiltered && !lines.isPending && !lines.problem && lines.buffer.lines.length === 0 && (
          <p className="clear">
            <button type="button" onClick={() => change({ ...noLogFilter, range })}>
              Clear the filters
            </button>
          </p>
        )}
      </section>
    </div>
  );
}

const loaded = (lines: number) => `${count(lines)} ${lines === 1 ? "line" : "lines"} loaded`;

/** A stream tells no environments of lines, but each pipeline is of one. */
function usePipelineIds(environment: string, pipelineId: string): string[] | null {
  const items = usePipelines(environment).data?.items;
  if (pipelineId !== "") return [pipelineId];
  if (environment === "" || !items || items.length > FILTER_IDS_MAX) return null;
  return items.map(({ id }) => id).sort();
}

function ExportLink({ query, isAsked }: { query: LogQuery; isAsked: boolean }) {
  const [address, setAddress] = useState("");
  if (!isAsked) return null;
  // The range ends when it is asked for, not when the page was drawn.
  const aim = () => setAddress(exportAddress(query, serverNow()));
  return (
    <a
      className="button"
      href={address || exportAddress(query, serverNow())}
      download="logs.ndjson"
      onPointerDown={aim}
      onFocus={aim}
      title="All lines that match, as lines of JSON"
    >
      Export
    </a>
  );
}

// A few events of one component, asked of a node that runs it.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { getExact, Problem, send } from "../../api/client";
import type { EventSample, EventSampleRequest, List } from "../../api/types";
import { count } from "../../format/numbers";
import { ago, exact, millisOf } from "../../format/times";
import { writtenExact } from "../../json/exact";
import { useNow } from "../../parts/now";
import { nodeNameOf } from "../../shell/live";
import { EventList } from "./event-list";

const EVENTS_ASKED = 10;
const POLL_MILLIS = 1_000;

type Props = { pipelineId: string; componentId: string; nodeId: string; mayAsk: boolean };

export function Samples({ pipelineId, componentId, nodeId, mayAsk }: Props) {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const path = `/pipelines/${pipelineId}/event-samples`;
  const kept = useQuery({
    queryKey: ["event-samples", pipelineId],
    queryFn: ({ signal }) => getExact<List<EventSample>>(path, {}, signal),
  });
  const request = useQuery({
    queryKey: ["event-sample", pipelineId, asked],
    queryFn: ({ signal }) => getExact<EventSampleRequest>(`${path}/${asked}`, {}, signal),
    enabled: asked !== null,
    refetchInterval: ({ state: { data, error } }) => {
      const isRefused = error instanceof Problem && error.status >= 400 && error.status < 500;
      return isRefused || (data && data.status !== "PENDING") ? false : POLL_MILLIS;
    },
  });
  const answer = asked === null ? undefined : request.data?.components[0];
  const isPending = asked !== null && !request.isError && (!answer || answer.status === "PENDING");
  const ask = async () => {
    if (isPending) return;
    setProblem("");
    try {
      const body = { componentIds: [componentId], limit: EVENTS_ASKED, ...(nodeId && { nodeId }) };
      const made = await send<EventSampleRequest>("POST", path, body);
      queries.setQueryData(["event-sample", pipelineId, made.id], made);
      setAsked(made.id);
    } catch (refused) {
      setProblem(refused instanceof Error ? refused.message : String(refused));
    }
  };
  const shown =
    answer?.status === "COMPLETED" ? answer : kept.data?.items.find((one) => one.componentId === componentId);
  return (
    <section aria-labelledby="sample">
      <div className="drawer-line">
        <h3 id="sample">Event sample</h3>
        <span className="space" />
        <button type="button" disabled={!mayAsk} aria-disabled={isPending} onClick={() => void ask()}>
          Ask for {EVENTS_ASKED}
        </button>
      </div>
      <p className="drawer-problem" role="alert">
        {problem || (request.isError && request.error.message) || wordOf(answer)}
      </p>
      {isPending && (
        <p className="muted">
          {request.data?.nodeId
            ? `${nodeNameOf(request.data.nodeId) ?? request.data.nodeId} is asked.`
            : "A node is asked."}{" "}
          It has two minutes.
        </p>
      )}
      {shown?.events && shown.events.length > 0 ? (
        <Answer sample={shown} events={shown.events} />
      ) : (
        !isPending && !problem && !answer && <p className="muted">Nothing has been asked of this component lately.</p>
      )}
    </section>
  );
}

/** What to say of an answer that shows no events. */
function wordOf(answer: EventSample | undefined): string {
  switch (answer?.status) {
    case "FAILED":
      return `The node could not give events: ${answer.error ?? "it does not say why"}`;
    case "EXPIRED":
      return "No node answered within two minutes. Older agents cannot, and one that is busy may be late: ask again.";
    case "COMPLETED":
      return answer.events?.length === 0
        ? "No event passed while the node looked. Ask again when something flows."
        : "";
    default:
      return "";
  }
}

function Answer({ sample: { nodeId, sampledAt, truncated }, events }: { sample: EventSample; events: unknown[] }) {
  const now = useNow();
  const at = millisOf(sampledAt);
  return (
    <>
      <p className="muted">
        {count(events.length)} {events.length === 1 ? "event" : "events"}
        {nodeId && ` of ${nodeNameOf(nodeId) ?? nodeId}`}
        {at !== null && (
          <>
            , <span title={exact(at)}>{ago(now - at)}</span>
          </>
        )}
        {truncated && ". There were more, or larger ones"}
      </p>
      <EventList
        name="Events of the sample"
        events={events.map((event, key) => ({ key, text: writtenExact(event) }))}
      />
    </>
  );
}

// How a node comes into an environment: a token, the line to run on the host, and the node itself as soon as it is heard.

import "./enroll.css";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { hasRole } from "../access/roles";
import { get, send } from "../api/client";
import { serverNow } from "../api/clock";
import type { NewToken } from "../api/people";
import type { Environment, EventItem, List, NodeDetail } from "../api/types";
import { statusOf } from "../cache/live";
import { Copyable } from "../parts/copyable";
import { Ranges } from "../parts/ranges";
import { Status } from "../parts/status";
import { noteNodeNames, useLive, useLiveNode, usePollMillis } from "../shell/live";
import { useSession } from "../shell/session";
import { Link } from "../url/place";
import { usualRange } from "../url/url";
import { type Arrival, arrivalsOf, listedSteps, type NodeStep, streamedSteps } from "./arrivals";

const ARRIVALS_SHOWN = 8;
const STEPS_MAX = 2_000;

const WAYS = ["Command", "Variables"] as const;
type Way = (typeof WAYS)[number];

const textOf = (way: Way, token: string) => {
  const variables = [`VF_URL=${location.origin}`, `VF_TOKEN=${token}`];
  return way === "Command" ? `${variables.join(" ")} vf-agent` : variables.join("\n");
};

export default function Enroll({ environment }: { environment: Environment }) {
  const queries = useQueryClient();
  const isAdmin = hasRole(useSession(), environment.id, "ADMIN");
  // Clocks of a browser and a server differ; what comes from now on is told by the server's.
  const [since] = useState(serverNow);
  const [token, setToken] = useState<string | null>(null);
  const [way, setWay] = useState<Way>("Command");
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const create = () => {
    setIsBusy(true);
    setProblem("");
    send<NewToken>("POST", `/environments/${environment.id}/enrollment-token`)
      .then(
        (made) => {
          setToken(made.token);
          void queries.invalidateQueries({ queryKey: ["enrollment-tokens", environment.id] });
        },
        (reason: Error) => setProblem(reason.message),
      )
      .finally(() => setIsBusy(false));
  };
  return (
    <div className="enroll">
      {token === null && isAdmin ? (
        <>
          <p>
            An agent enrolls with a token of <b>{environment.name}</b>. One token may enroll any number of hosts until
            it is deleted.
          </p>
          <button type="button" className="primary" disabled={isBusy} onClick={create}>
            Create an enrollment token
          </button>
          {problem && (
            <p className="problem" role="alert">
              {problem}
            </p>
          )}
        </>
      ) : (
        <>
          <p>
            {way === "Command"
              ? "Run this on the host. The agent keeps what it is told, and starts Vector, which has to be installed there."
              : "Give these to the agent where its service or container has its environment."}
          </p>
          <Ranges name="How to start the agent" ranges={WAYS} range={way} pick={setWay} />
          <Copyable name="the command" text={textOf(way, token ?? "TOKEN")} />
          {token === null ? (
            <p className="muted">Ask an admin of your team for the token.</p>
          ) : (
            <p className="once">The token is shown this once: copy it now.</p>
          )}
          <Arrivals environment={environment} since={since} />
        </>
      )}
    </div>
  );
}

function Arrivals({ environment, since }: { environment: Environment; since: number }) {
  const arrivals = useArrivals(environment.id, since);
  return (
    <>
      {arrivals.length > 0 && (
        <ol aria-label="Nodes that enrolled">
          {arrivals.slice(0, ARRIVALS_SHOWN).map((arrival) => (
            <ArrivedNode key={arrival.nodeId} environment={environment.id} arrival={arrival} />
          ))}
        </ol>
      )}
      {arrivals.length > ARRIVALS_SHOWN && (
        <p className="muted">and {arrivals.length - ARRIVALS_SHOWN} more since this page is open</p>
      )}
      <p className="waiting" role="status">
        <i className="pulse" aria-hidden="true" />
        {arrivals.length === 0 ? "Waiting for the first heartbeat" : "Waiting for more"}
      </p>
    </>
  );
}

function useArrivals(environmentId: string, since: number): Arrival[] {
  const live = useLive();
  const [streamed, setStreamed] = useState<NodeStep[]>([]);
  useEffect(
    () =>
      live.listenEvents((events) => {
        const steps = streamedSteps(events, (id) => id === environmentId);
        if (steps.length > 0) setStreamed((before) => [...before, ...steps].slice(-STEPS_MAX));
      }),
    [live, environmentId],
  );
  const refetchInterval = usePollMillis(15_000);
  const listed = useQuery({
    queryKey: ["events", environmentId, "arrivals", since],
    queryFn: ({ signal }) =>
      get<List<EventItem>>("/events", { environmentId, since: new Date(since).toISOString(), limit: 500 }, signal),
    refetchInterval,
  });
  return arrivalsOf([...listedSteps(listed.data?.items ?? []), ...streamed], since);
}

function ArrivedNode({ environment, arrival }: { environment: string; arrival: Arrival }) {
  const { nodeId, isHeard } = arrival;
  const live = useLiveNode(nodeId);
  const node = useQuery({
    queryKey: ["node", nodeId],
    queryFn: async ({ signal }) => {
      const found = await get<NodeDetail>(`/nodes/${nodeId}`, {}, signal);
      noteNodeNames([found]);
      return found;
    },
  });
  return (
    <li>
      <Status status={node.data ? statusOf(live, node.data.status, node.dataUpdatedAt) : (live?.status ?? null)} />
      <Link to={{ page: "node", environment, nodeId, range: usualRange }}>{node.data?.name ?? nodeId}</Link>
      <span className="space" />
      <span className="muted">{isHeard ? (node.data?.agentVersion ?? "") : "enrolled, not heard yet"}</span>
    </li>
  );
}

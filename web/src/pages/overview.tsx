// Is something wrong, since when, where, and what changed.

import "./overview/overview.css";

import { lazy, Suspense, useEffect } from "react";
import { oneEnvironment } from "../access/roles";
import { PickEnvironment } from "../parts/pick-environment";
import { Failure, Skeleton } from "../parts/states";
import { useWants } from "../shell/live";
import { useSummary } from "../shell/queries";
import { useSession } from "../shell/session";
import { nothing } from "../stream/wants";
import { FirstEnvironment } from "./first-environment";
import { Figures } from "./overview/figures";
import { FleetBar } from "./overview/fleet-bar";
import { Headline } from "./overview/headline";
import { Pipelines } from "./overview/pipelines";
import { RecentChanges } from "./overview/recent-changes";

// Most who come here have a fleet.
const Enroll = lazy(() => import("./enroll"));

export function OverviewPage({ environment }: { environment: string }) {
  useWants(nothing);
  const summary = useSummary(environment);
  if (summary.isPending) return <Skeleton rows={8} />;
  if (!summary.data) return <Failure problem={summary.error} retry={() => void summary.refetch()} />;
  const { nodes } = summary.data;
  if (nodes.total === 0) return <NoNodes environment={environment} />;
  return (
    <div className="page overview">
      <Headline environment={environment} nodes={nodes} />
      <FleetBar environment={environment} nodes={nodes} />
      <Figures environment={environment} summary={summary.data} askedAt={summary.dataUpdatedAt} />
      <div className="columns">
        <RecentChanges environment={environment} />
        <Pipelines environment={environment} />
      </div>
    </div>
  );
}

function NoNodes({ environment }: { environment: string }) {
  const session = useSession();
  const one = oneEnvironment(session, environment);
  useEffect(() => {
    document.title = "Systole";
  }, []);
  if (session.environments.length === 0) return <FirstEnvironment isPage session={session} />;
  if (!one) {
    return (
      <PickEnvironment title="No node has enrolled yet" session={session} place={{ page: "overview", environment: "" }}>
        Pick the environment that the first one is to belong to.
      </PickEnvironment>
    );
  }
  return (
    <div className="page welcome">
      <h1>Enroll the first node into {one.name}</h1>
      <p className="muted">It shows here by itself when its first heartbeat comes.</p>
      <div className="card">
        <Suspense fallback={<Skeleton rows={3} />}>
          <Enroll key={one.id} environment={one} />
        </Suspense>
      </div>
      <p className="muted">
        Only looking around? <code>systole demo</code> starts a server with a simulated fleet.
      </p>
    </div>
  );
}

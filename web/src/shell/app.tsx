// Who is here decides what is shown: the first set-up, signing in, or the fleet.

import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { Toaster } from "sonner";
import type { Session } from "../api/types";
import { forgetNodeNames } from "../cache/node-names";
import { FleetPage } from "../pages/fleet/page";
import { OverviewPage } from "../pages/overview";
import { Boundary } from "../parts/boundary";
import { Empty, Failure, Skeleton } from "../parts/states";
import { Link, usePlace } from "../url/place";
import { Header } from "./header";
import { type Opened, useKeys } from "./keys";
import { LiveProvider, useStreamStatus } from "./live";
import { Notices } from "./notices";
import { Rail } from "./rail";
import { useSessionQuery } from "./session";
import { SetUp, SignIn } from "./sign-in";
import { toastIcons } from "./toast";

// Charts are loaded with the first page that has some.
const NodePage = lazy(() => import("../pages/node/page"));
const PipelinesPage = lazy(() => import("../pages/pipelines"));
const MatrixPage = lazy(() => import("../pages/matrix/page"));
const PipelinePage = lazy(() => import("../pages/pipeline/page"));
const AnalyticsPage = lazy(() => import("../pages/analytics"));
const LogsPage = lazy(() => import("../pages/logs"));
const SettingsPage = lazy(() => import("../pages/settings/settings"));
const loadPalette = () => import("./palette");
const Palette = lazy(loadPalette);
const KeyHelp = lazy(() => import("./key-help"));

export function App() {
  const queries = useQueryClient();
  const place = usePlace();
  const session = useSessionQuery();
  const signedOut = useCallback(() => {
    forgetNodeNames();
    queries.setQueryData(["session"], null);
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
  }, [queries]);

  if (session.isPending) return <div className="alone" />;
  if (session.isError) {
    return (
      <div className="alone">
        <Failure problem={session.error} retry={() => void session.refetch()} />
      </div>
    );
  }
  if (session.data === null) return place.page === "setup" ? <SetUp /> : <SignIn />;
  return (
    <LiveProvider signedOut={signedOut}>
      <Shell session={session.data} signedOut={signedOut} />
      <Toaster
        position="bottom-right"
        visibleToasts={4}
        className="toasts"
        icons={toastIcons}
        mobileOffset={{ bottom: 64 }}
      />
    </LiveProvider>
  );
}

function Shell({ session, signedOut }: { session: Session; signedOut: () => void }) {
  const asked = usePlace();
  const isStale = useStreamStatus().state === "offline";
  // Who sees one environment is in it, whatever the address says.
  const [only, ...others] = session.environments;
  const place = only && others.length === 0 ? { ...asked, environment: only.id } : asked;
  const [opened, setOpened] = useState<Opened>(null);
  const close = () => setOpened(null);
  useKeys(setOpened);
  // Who opens it types on at once.
  useEffect(() => void loadPalette(), []);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <Rail place={place} />
      <Header place={place} session={session} signedOut={signedOut} openPalette={() => setOpened("palette")} />
      <main id="content" tabIndex={-1} data-stale={isStale}>
        <Notices />
        <Boundary key={place.page} isPart>
          {(place.page === "overview" || place.page === "setup") && <OverviewPage environment={place.environment} />}
          {place.page === "fleet" && <FleetPage environment={place.environment} filter={place.filter} />}
          {place.page === "node" && (
            <Suspense fallback={<Skeleton rows={8} />}>
              <NodePage key={place.nodeId} place={place} />
            </Suspense>
          )}
          {place.page === "pipelines" && (
            <Suspense fallback={<Skeleton rows={12} />}>
              <PipelinesPage environment={place.environment} text={place.text} />
            </Suspense>
          )}
          {place.page === "pipeline" && (
            <Suspense fallback={<Skeleton rows={10} />}>
              <PipelinePage key={place.pipelineId} place={place} />
            </Suspense>
          )}
          {place.page === "matrix" && (
            <Suspense fallback={<Skeleton rows={12} />}>
              <MatrixPage place={place} />
            </Suspense>
          )}
          {place.page === "logs" && (
            <Suspense fallback={<Skeleton rows={8} />}>
              <LogsPage place={place} />
            </Suspense>
          )}
          {place.page === "analytics" && (
            <Suspense fallback={<Skeleton rows={8} />}>
              <AnalyticsPage place={place} />
            </Suspense>
          )}
          {place.page === "settings" && (
            <Suspense fallback={<Skeleton rows={8} />}>
              <SettingsPage place={place} />
            </Suspense>
          )}
          {place.page === "nowhere" && (
            <Empty isPage title="There is no such page">
              <p>
                The <Link to={{ page: "overview", environment: place.environment }}>overview</Link> may lead to what you
                look for.
              </p>
            </Empty>
          )}
        </Boundary>
      </main>
      <Suspense>
        {opened === "palette" && (
          <Palette
            place={place}
            session={session}
            signedOut={signedOut}
            showKeys={() => setOpened("keys")}
            close={close}
          />
        )}
        {opened === "keys" && <KeyHelp close={close} />}
      </Suspense>
    </div>
  );
}

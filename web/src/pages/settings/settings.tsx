// Who and what belongs here, and what keeps it: one tab for each.

import "./settings.css";

import { useEffect } from "react";
import type { Session } from "../../api/types";
import { Tabs } from "../../parts/tabs";
import { useWants } from "../../shell/live";
import { useSession } from "../../shell/session";
import { nothing } from "../../stream/wants";
import { noAuditFilter, type PlaceOf, type SettingsTab } from "../../url/url";
import { Audit } from "./audit";
import { Enrollment } from "./enrollment";
import { Environments } from "./environments";
import { Members } from "./members";
import { Retention } from "./retention";
import { Tokens } from "./tokens";

const tabs: { tab: SettingsTab; name: string }[] = [
  { tab: "environments", name: "Environments" },
  { tab: "members", name: "Members" },
  { tab: "enrollment", name: "Enrollment" },
  { tab: "tokens", name: "API tokens" },
  { tab: "retention", name: "Retention" },
  { tab: "audit", name: "Audit" },
];

export default function SettingsPage({ place }: { place: PlaceOf<"settings"> }) {
  useWants(nothing);
  const session = useSession();
  useEffect(() => {
    document.title = "Settings · Systole";
  }, []);
  return (
    <div className="page settings">
      <h1>Settings</h1>
      <Tabs
        label="Settings"
        tabs={tabs.map(({ tab, name }) => ({
          name,
          to: { ...place, tab, audit: noAuditFilter },
          isCurrent: tab === place.tab,
        }))}
      />
      <Tab place={place} session={session} />
    </div>
  );
}

function Tab({ place, session }: { place: PlaceOf<"settings">; session: Session }) {
  switch (place.tab) {
    case "environments":
      return <Environments session={session} />;
    case "members":
      return <Members session={session} environment={place.environment} />;
    case "enrollment":
      return <Enrollment session={session} place={place} />;
    case "tokens":
      return <Tokens />;
    case "audit":
      return <Audit session={session} place={place} />;
    case "retention":
      return <Retention />;
  }
}

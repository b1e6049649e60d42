// How long history is kept. Whoever starts the server decides that; here it is only told.

import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { ServerSettings } from "../../api/types";
import { count } from "../../format/numbers";
import { age } from "../../format/times";
import { ShortTable } from "../../parts/short-table";
import { Loaded, Section } from "./section";

type Kept = { of: keyof ServerSettings["retention"]; name: string; option: string | null; serves: string };

const kept: Kept[] = [
  {
    of: "minutesDays",
    name: "Metrics by the minute",
    option: "--minutes-keep-days",
    serves: "charts of the last days",
  },
  { of: "hoursDays", name: "Metrics by the hour", option: "--hours-keep-days", serves: "charts of the last months" },
  { of: "daysDays", name: "Metrics by the day", option: "--days-keep-days", serves: "charts of the last years" },
  { of: "eventsDays", name: "Changes of status", option: "--events-keep-days", serves: "uptime, timelines, incidents" },
  { of: "logsDays", name: "Log lines", option: "--logs-keep-days", serves: "the log search" },
  { of: "auditDays", name: "Audit", option: null, serves: "who did what" },
];

const daysOf = (days: number | null) => (days === null ? "for ever" : `${count(days)} ${days === 1 ? "day" : "days"}`);

export function Retention() {
  const settings = useQuery({
    queryKey: ["settings"],
    queryFn: ({ signal }) => get<ServerSettings>("/settings", {}, signal),
  });
  return (
    <Section
      title="Retention"
      about="How long this server keeps history. Options of its start set it; what is older is deleted."
    >
      <Loaded query={settings}>
        {({ retention, version, heartbeatIntervalMs }) => (
          <>
            <ShortTable
              label="Retention"
              rows={kept}
              keyOf={({ of }) => of}
              empty=""
              columns={[
                { title: "What", cell: ({ name }) => name },
                { title: "Kept", width: 120, isNumber: true, cell: ({ of }) => daysOf(retention[of]) },
                {
                  title: "Serves",
                  width: 240,
                  isWide: true,
                  cell: ({ serves }) => <span className="muted">{serves}</span>,
                },
                { title: "Option", width: 200, isWide: true, cell: ({ option }) => option && <code>{option}</code> },
              ]}
            />
            <dl className="facts about-server">
              <div>
                <dt>Version</dt>
                <dd>{version}</dd>
              </div>
              <div>
                <dt>Heartbeats asked for every</dt>
                <dd>{age(heartbeatIntervalMs)}</dd>
              </div>
            </dl>
          </>
        )}
      </Loaded>
    </Section>
  );
}

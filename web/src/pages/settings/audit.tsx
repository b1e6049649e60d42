// What was done, by whom, newest first.

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import { serverNow } from "../../api/clock";
import type { AuditItem } from "../../api/people";
import type { List, Session } from "../../api/types";
import { rangeMillis } from "../../format/ranges";
import { exact, millisOf, shortTime } from "../../format/times";
import { Icon } from "../../parts/icons";
import { useNow } from "../../parts/now";
import { Ranges } from "../../parts/ranges";
import { Empty, Failure, Skeleton } from "../../parts/states";
import { useNames } from "../../shell/queries";
import { go, Link } from "../../url/place";
import { type AuditFilter, LONG_RANGES, noAuditFilter, type PlaceOf, usualRange } from "../../url/url";
import { ACTIONS, deedOf, factsOf, gistOf, proofOf } from "./audit-words";
import { useUsers } from "./users";

const PAGE_ENTRIES = 50;

export function Audit({ session, place }: { session: Session; place: PlaceOf<"settings"> }) {
  const { audit: filter, environment } = place;
  const list = useInfiniteQuery({
    queryKey: ["audit", environment, filter],
    queryFn: ({ pageParam, signal }) => {
      const since = new Date(serverNow() - rangeMillis(filter.range)).toISOString();
      const { action, actor } = filter;
      const fields = { environmentId: environment, action, actor, since, limit: PAGE_ENTRIES, cursor: pageParam };
      return get<List<AuditItem>>("/audit", fields, signal);
    },
    initialPageParam: "",
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });
  const entries = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const change = (part: Partial<AuditFilter>) => go({ ...place, audit: { ...filter, ...part } }, "replace");
  return (
    <>
      <Filters session={session} filter={filter} entries={entries} change={change} />
      {!session.user.superAdmin && (
        <p className="muted">Entries of your environments. People, teams and sessions only super-admins see.</p>
      )}
      {list.isPending && <Skeleton rows={8} />}
      {list.isError && !list.data && <Failure problem={list.error} retry={() => void list.refetch()} />}
      {list.data && (
        <div className="card" data-stale={list.isPlaceholderData}>
          {entries.length === 0 ? (
            <Empty title="Nothing was done in this time">
              {(filter.action !== "" || filter.actor !== "") && (
                <button type="button" onClick={() => change({ ...noAuditFilter, range: filter.range })}>
                  Clear the filters
                </button>
              )}
            </Empty>
          ) : (
            <ul className="audit">
              {entries.map((entry) => (
                <Entry
                  key={entry.id}
                  entry={entry}
                  environment={environment}
                  pickActor={(actor) => change({ actor })}
                />
              ))}
            </ul>
          )}
        </div>
      )}
      {list.hasNextPage && (
        <button type="button" className="older" disabled={list.isFetching} onClick={() => void list.fetchNextPage()}>
          Show older entries
        </button>
      )}
    </>
  );
}

type FiltersProps = {
  session: Session;
  filter: AuditFilter;
  entries: AuditItem[];
  change: (part: Partial<AuditFilter>) => void;
};

function Filters({ session, filter, entries, change }: FiltersProps) {
  const users = useUsers(session.user.superAdmin);
  const people = new Map(users.data?.items.map(({ id, email }) => [id, email]));
  // Accounts that are gone, and all of them for whoever may not list them.
  for (const { actorId, actorEmail } of entries) if (actorId && actorEmail) people.set(actorId, actorEmail);
  if (filter.actor !== "" && !people.has(filter.actor)) people.set(filter.actor, filter.actor);
  return (
    <search className="filters audit-filters">
      <select
        aria-label="What was done"
        value={filter.action}
        onChange={(event) => change({ action: event.target.value })}
      >
        <option value="">Anything</option>
        {ACTIONS.map((action) => (
          <option key={action} value={action}>
            {action}
          </option>
        ))}
      </select>
      <select aria-label="Who did it" value={filter.actor} onChange={(event) => change({ actor: event.target.value })}>
        <option value="">Anybody</option>
        {[...people].map(([id, email]) => (
          <option key={id} value={id}>
            {email}
          </option>
        ))}
      </select>
      <span className="space" />
      <Ranges ranges={LONG_RANGES} range={filter.range} pick={(range) => change({ range })} />
    </search>
  );
}

type EntryProps = { entry: AuditItem; environment: string; pickActor: (actor: string) => void };

function Entry({ entry, environment, pickActor }: EntryProps) {
  const now = useNow();
  const names = useNames(environment);
  const { actorId, actorEmail, action, subjectKind, subjectId, detail } = entry;
  const at = millisOf(entry.timestamp) ?? 0;
  // What has no actor is a host that enrolled.
  const host = typeof detail.host === "string" ? detail.host : "A host";
  const subject = subjectId === null || actorId === null ? "" : nameOf(names, subjectKind, subjectId);
  const gist = [subject, gistOf(actorId === null ? { ...detail, host: "" } : detail)].filter(Boolean).join(" · ");
  const facts: [string, string][] = [
    ["Time", exact(at)],
    ["Action", action],
    ...(subjectId === null
      ? []
      : ([[`Id of the ${subjectKind.replaceAll("_", " ")}`, subjectId]] as [string, string][])),
    ...(entry.environmentId === null ? [] : ([["Environment", entry.environmentId]] as [string, string][])),
    ...(entry.credentialId === null ? [] : ([["Credential", entry.credentialId]] as [string, string][])),
    ...factsOf(detail),
  ];
  return (
    <li>
      <details>
        <summary>
          <time className="muted" dateTime={entry.timestamp}>
            {shortTime(at, now)}
          </time>
          <span className="who">{actorEmail ?? host}</span>
          <span className="deed">
            {deedOf(action)} <small>{gist}</small>
          </span>
          <span className="muted proof">{proofOf(entry.proof)}</span>
          <Icon name="chevron" />
        </summary>
        <dl className="facts">
          {facts.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{text}</code>
              </dd>
            </div>
          ))}
        </dl>
        <p className="about-entry">
          {actorId !== null && (
            <button type="button" onClick={() => pickActor(actorId)}>
              All that {actorEmail ?? "this person"} did
            </button>
          )}
          {subjectKind === "node" && subjectId !== null && action !== "node.delete" && (
            <Link to={{ page: "node", environment, nodeId: subjectId, range: usualRange }}>To the node</Link>
          )}
          {subjectKind === "pipeline" && subjectId !== null && action !== "pipeline.delete" && (
            <Link to={{ page: "pipeline", environment, pipelineId: subjectId, tab: "versions", nodeId: "" }}>
              To the pipeline
            </Link>
          )}
        </p>
      </details>
    </li>
  );
}

function nameOf(names: ReturnType<typeof useNames>, kind: string, id: string): string {
  const name = kind === "node" ? names.ofNode(id) : kind === "pipeline" ? names.ofPipeline(id) : id;
  return name === id ? "" : name;
}

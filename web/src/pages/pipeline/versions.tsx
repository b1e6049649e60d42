// What was deployed, newest first: who, when, why and where to; what differs between any two; and the way back.

import "./versions.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, send } from "../../api/client";
import type { Difference, VersionDetail, VersionItem } from "../../api/deployments";
import type { List, PipelineDetail } from "../../api/types";
import { exact, millisOf, shortTime } from "../../format/times";
import { ActionForm, Dialog } from "../../parts/dialog";
import { DiffCounts, DiffView } from "../../parts/diff-view";
import { useNow } from "../../parts/now";
import { Empty, Failure, Skeleton } from "../../parts/states";
import { useRights } from "../../shell/rights";
import { go, Link } from "../../url/place";
import type { PlaceOf } from "../../url/url";
import { ComponentChanges } from "./component-changes";
import { Changelog, useDeployed } from "./deploy-dialog";
import type { TabProps } from "./page";
import { labelsOf, selectorOf } from "./selector";
import { Target } from "./target";
import { type Look, lookOf, versionsOf } from "./version-look";

const PAGE_VERSIONS = 50;

export function VersionsTab({ pipeline, place }: TabProps) {
  const [back, setBack] = useState<VersionItem | null>(null);
  const list = useInfiniteQuery({
    queryKey: ["versions", pipeline.id, pipeline.version],
    queryFn: ({ pageParam, signal }) =>
      get<List<VersionItem>>(`/pipelines/${pipeline.id}/versions`, { limit: PAGE_VERSIONS, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const versions = list.data?.pages.flatMap(({ items }) => items) ?? [];
  if (list.isPending) return <Skeleton rows={8} />;
  if (!list.data) return <Failure problem={list.error} retry={() => void list.refetch()} />;
  if (versions.length === 0) {
    return (
      <Empty title="Nothing was deployed yet">
        <p>
          Each deploy leaves a version here, with its text, its author and its changelog. The{" "}
          <Link to={{ ...place, tab: "configuration" }}>configuration</Link> is where the first one comes from.
        </p>
      </Empty>
    );
  }
  const look = lookOf(place.versions, pipeline.version);
  return (
    <div className="versions">
      <section className="card" aria-labelledby="versions">
        <h2 id="versions">Versions</h2>
        <ol className="version-list">
          {versions.map((version) => (
            <Version
              key={version.version}
              pipeline={pipeline}
              place={place}
              version={version}
              look={look}
              rollBack={() => setBack(version)}
            />
          ))}
        </ol>
        {list.hasNextPage && (
          <p className="more">
            <button type="button" disabled={list.isFetching} onClick={() => void list.fetchNextPage()}>
              Show older ones
            </button>
          </p>
        )}
      </section>
      <section className="card" aria-label="What is in it">
        <LookBar place={place} look={look} pipeline={pipeline} />
        {look.from === null ? (
          <TextOf pipeline={pipeline} version={look.to} />
        ) : (
          <Between pipeline={pipeline} from={look.from} to={look.to} />
        )}
      </section>
      {back && <RollBack pipeline={pipeline} version={back} close={() => setBack(null)} />}
    </div>
  );
}

type VersionProps = {
  pipeline: PipelineDetail;
  place: PlaceOf<"pipeline">;
  version: VersionItem;
  look: Look;
  rollBack: () => void;
};

function Version({ pipeline, place, version: item, look, rollBack }: VersionProps) {
  const now = useNow();
  const { mayEdit } = useRights(pipeline.environmentId);
  const { version, changelog, authorEmail, createdAt, nodeSelector } = item;
  const at = millisOf(createdAt);
  const isDeployed = version === pipeline.deployedVersion;
  const labels = labelsOf(nodeSelector);
  const before: Look = { from: version > 1 ? String(version - 1) : null, to: String(version) };
  return (
    <li aria-current={look.to === String(version)}>
      <div className="version-head">
        <b>Version {version}</b>
        {isDeployed && <span className="deployed">deployed</span>}
        <span className="space" />
        {at !== null && (
          <time className="muted" dateTime={createdAt} title={exact(at)}>
            {shortTime(at, now)}
          </time>
        )}
      </div>
      <p className={changelog ? "told" : "muted"}>{changelog || "No changelog"}</p>
      <p className="muted">
        {authorEmail ?? "somebody whose account is gone"}, to {labels.length === 0 ? "every node" : "nodes with "}
        {labels.map((label) => (
          <code key={label}>{label} </code>
        ))}
      </p>
      <div className="version-acts">
        {before.from !== null && (
          <Link to={{ ...place, versions: versionsOf(before) }}>
            What it changed<span className="unseen">: version {version}</span>
          </Link>
        )}
        <Link to={{ ...place, versions: String(version) }}>
          Text<span className="unseen"> of version {version}</span>
        </Link>
        {mayEdit && !isDeployed && (
          <button type="button" onClick={rollBack}>
            Roll back…<span className="unseen"> to version {version}</span>
          </button>
        )}
      </div>
    </li>
  );
}

function LookBar({ place, look, pipeline }: { place: PlaceOf<"pipeline">; look: Look; pipeline: PipelineDetail }) {
  const numbers = Array.from({ length: pipeline.version }, (_, index) => String(pipeline.version - index));
  const pick = (next: Look) => go({ ...place, versions: versionsOf(next) }, "replace");
  const nameOf = (version: string) => (version === "draft" ? "the draft" : `version ${version}`);
  const options = (some: string[]) =>
    some.map((version) => (
      <option key={version} value={version}>
        {nameOf(version)}
      </option>
    ));
  return (
    <div className="bar-line">
      <select
        aria-label="Compare from"
        value={look.from ?? ""}
        onChange={(event) => pick({ ...look, from: event.target.value || null })}
      >
        <option value="">The text of</option>
        {options(numbers)}
      </select>
      {look.from !== null && <span className="muted">to</span>}
      <select aria-label="Compare to" value={look.to} onChange={(event) => pick({ ...look, to: event.target.value })}>
        {options(["draft", ...numbers])}
      </select>
    </div>
  );
}

function Between({ pipeline, from, to }: { pipeline: PipelineDetail; from: string; to: string }) {
  const difference = useQuery({
    queryKey: ["diff", pipeline.id, from, to, to === "draft" ? pipeline.updatedAt : ""],
    queryFn: ({ signal }) => get<Difference>(`/pipelines/${pipeline.id}/diff`, { from, to }, signal),
  });
  if (difference.isPending) return <Skeleton rows={8} />;
  if (!difference.data) return <Failure problem={difference.error} retry={() => void difference.refetch()} />;
  const { hunks, components } = difference.data;
  if (hunks.length === 0) return <Empty title="The texts are the same" />;
  return (
    <>
      <div className="head-line">
        <DiffCounts hunks={hunks} />
        <ComponentChanges components={components} />
      </div>
      <DiffView label={`From ${from} to ${to}`} hunks={hunks} />
    </>
  );
}

function TextOf({ pipeline, version }: { pipeline: PipelineDetail; version: string }) {
  const isDraft = version === "draft";
  const detail = useQuery({
    queryKey: ["version", pipeline.id, version],
    queryFn: ({ signal }) => get<VersionDetail>(`/pipelines/${pipeline.id}/versions/${version}`, {}, signal),
    enabled: !isDraft,
  });
  if (!isDraft && detail.isPending) return <Skeleton rows={8} />;
  if (!isDraft && !detail.data) {
    return (
      <Failure problem={detail.error ?? new Error("There is no such version.")} retry={() => void detail.refetch()} />
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys.
    <pre className="version-text" tabIndex={0}>
      {isDraft ? pipeline.config : detail.data?.config}
    </pre>
  );
}

function RollBack({ pipeline, version, close }: { pipeline: PipelineDetail; version: VersionItem; close: () => void }) {
  const finish = useDeployed(pipeline.id);
  const [labels, setLabels] = useState(() => labelsOf(pipeline.nodeSelector ?? version.nodeSelector));
  const [changelog, setChangelog] = useState(`Back to version ${version.version}`);
  const next = pipeline.version + 1;
  const act = async () => {
    const body = { version: version.version, changelog, nodeSelector: selectorOf(labels) };
    await send("POST", `/pipelines/${pipeline.id}/rollback`, body);
    finish();
  };
  return (
    <Dialog title={`Roll back to version ${version.version}`} isOpen close={close}>
      <ActionForm does={`Deploy as version ${next}`} act={act} close={close}>
        <p className="muted">
          The text of version {version.version} is deployed as version {next}. The draft that people edit stays as it
          is.
        </p>
        <Target pipeline={pipeline} labels={labels} change={setLabels} />
        <Changelog text={changelog} change={setChangelog} />
      </ActionForm>
    </Dialog>
  );
}

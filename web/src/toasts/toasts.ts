// Which events are worth a word at the edge of the screen. One about the same thing comes once in half a minute, and
// many at once come as one that counts them: a rack that goes dark is one message, not forty.

import type { StreamEvent } from "../stream/events";
import { noFilter, type Place, usualRange } from "../url/url";

export type ToastKind = "crashed" | "deployed" | "deploy-failed" | "unreachable" | "recovered";
export type Tone = "error" | "success" | "warning" | "quiet";

/** `nodeId` is that of the one node it happened on; null when it is about more. */
export type Notice = {
  kind: ToastKind;
  subject: string;
  name: string;
  environmentId: string;
  nodeId: string | null;
};

/** A toast with the id of one that is shown takes its place. */
export type Toast = { id: string; kind: ToastKind; tone: Tone; text: string; to: Place };

/** What to show, and which toasts have gone into others. */
export type Shown = { toasts: Toast[]; gone: string[] };

const COOL_DOWN_MILLIS = 30_000;
/** More at once are one. */
export const SINGLE_MAX = 3;
/** Leases of a rack end within a heartbeat of each other. */
const TOGETHER_MILLIS = 10_000;

const tones: Record<ToastKind, Tone> = {
  crashed: "error",
  "deploy-failed": "error",
  deployed: "success",
  unreachable: "warning",
  recovered: "quiet",
};

/** What an event has to say; null: nothing. Names of nodes are the caller's to know. */
export function noticeOf(event: StreamEvent, nodeName: (id: string) => string): Notice | null {
  if (event.type !== "status_change") return null;
  const { nodeId, pipelineId, fromStatus, toStatus, environmentId } = event;
  if (pipelineId) {
    const about = { subject: pipelineId, name: event.pipelineName ?? pipelineId, environmentId, nodeId };
    if (toStatus === "CRASHED" || toStatus === "CRASH_LOOP") return { kind: "crashed", ...about };
    // Each node tells of its own success; the deploy as a whole is told once more, for all of them.
    if (toStatus === "DEPLOYED")
      return / on all \d+ nodes?$/.test(event.reason) ? { kind: "deployed", ...about, nodeId: null } : null;
    if (toStatus === "DEPLOY_FAILED" || toStatus === "DEPLOY_TIMED_OUT") return { kind: "deploy-failed", ...about };
    return null;
  }
  if (!nodeId) return null;
  const about = { subject: nodeId, environmentId, nodeId };
  if (toStatus === "UNREACHABLE") return { kind: "unreachable", name: nodeName(nodeId), ...about };
  if (toStatus === "HEALTHY" && fromStatus === "UNREACHABLE")
    return { kind: "recovered", name: nodeName(nodeId), ...about };
  return null;
}

/** Remembers what was said lately. */
export class CoolDown {
  private readonly saidAt = new Map<string, number>();

  /** Those of `notices` that were not said within the cool-down; they count as said now. */
  pass(notices: Notice[], now: number): Notice[] {
    for (const [key, at] of this.saidAt) if (now - at >= COOL_DOWN_MILLIS) this.saidAt.delete(key);
    return notices.filter(({ kind, subject }) => {
      const key = `${kind} ${subject}`;
      if (this.saidAt.has(key)) return false;
      this.saidAt.set(key, now);
      return true;
    });
  }
}

type Group = { id: string; at: number; notices: Notice[] };

/** Makes one toast of notices of one kind and environment that come close together. */
export class Together {
  private readonly groups = new Map<string, Group>();
  private made = 0;

  /** `environmentName` is null where there is one environment alone, which goes without saying. */
  take(notices: Notice[], now: number, environmentName: (id: string) => string | null): Shown {
    for (const [key, { at }] of this.groups) if (now - at > TOGETHER_MILLIS) this.groups.delete(key);
    const touched = new Set<Group>();
    const before = new Map<Group, number>();
    for (const notice of notices) {
      const key = `${notice.kind} ${notice.environmentId}`;
      const group = this.groups.get(key) ?? { id: `many ${++this.made}`, at: now, notices: [] };
      this.groups.set(key, group);
      if (!touched.has(group)) before.set(group, group.notices.length);
      touched.add(group);
      group.at = now;
      group.notices.push(notice);
    }
    const shown: Shown = { toasts: [], gone: [] };
    for (const group of touched) {
      const known = before.get(group) ?? 0;
      if (group.notices.length <= SINGLE_MAX) {
        shown.toasts.push(...group.notices.slice(known).map(toastOf));
        continue;
      }
      if (known <= SINGLE_MAX) shown.gone.push(...group.notices.slice(0, known).map(idOf));
      shown.toasts.push(toastOfMany(group, environmentName));
    }
    return shown;
  }
}

const idOf = ({ kind, subject }: Notice) => `${kind} ${subject}`;

function toastOf(notice: Notice): Toast {
  const { kind, name } = notice;
  return { id: idOf(notice), kind, tone: tones[kind], text: `${name} ${verbs[kind][0]}`, to: placeOf(notice) };
}

function toastOfMany({ id, notices }: Group, environmentName: (id: string) => string | null): Toast {
  const [{ kind, environmentId }] = notices as [Notice, ...Notice[]];
  const isOfNodes = kind === "unreachable" || kind === "recovered";
  const where = environmentName(environmentId);
  const many = new Set(notices.map(({ subject }) => subject)).size;
  const text = `${many} ${isOfNodes ? "nodes" : "pipelines"} ${verbs[kind][1]}${where === null ? "" : ` in ${where}`}`;
  return { id, kind, tone: tones[kind], text, to: placeOfMany(kind, environmentId) };
}

/** For one, and for many. */
const verbs: Record<ToastKind, [string, string]> = {
  crashed: ["crashed", "crashed"],
  deployed: ["is deployed", "are deployed"],
  "deploy-failed": ["did not deploy everywhere", "did not deploy everywhere"],
  unreachable: ["is unreachable", "are unreachable"],
  recovered: ["is back", "are back"],
};

function placeOf({ kind, subject, environmentId: environment, nodeId }: Notice): Place {
  switch (kind) {
    case "unreachable":
    case "recovered":
      return { page: "node", environment, nodeId: subject, range: usualRange };
    case "crashed":
      return { page: "pipeline", environment, pipelineId: subject, tab: "graph", nodeId: nodeId ?? "" };
    case "deployed":
    case "deploy-failed":
      return { page: "pipeline", environment, pipelineId: subject, tab: "deployment", nodeId: "" };
  }
}

function placeOfMany(kind: ToastKind, environment: string): Place {
  switch (kind) {
    case "unreachable":
      return { page: "fleet", environment, filter: { ...noFilter, status: "UNREACHABLE" } };
    case "recovered":
      // The ones that came back last are those with the shortest time.
      return { page: "fleet", environment, filter: { ...noFilter, sort: "statusSince" } };
    case "crashed":
    case "deployed":
    case "deploy-failed":
      return { page: "pipelines", environment, text: "" };
  }
}

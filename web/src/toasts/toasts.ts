// Which events are worth a word at the edge of the screen. One about the same thing comes once in half a minute, and
// many at once come as one: a rack that goes dark is one message, not forty.

import type { StreamEvent } from "../stream/events";

export type ToastKind = "crashed" | "deployed" | "deploy-failed" | "unreachable" | "recovered";
export type Tone = "error" | "success" | "warning" | "quiet";

export type Notice = { kind: ToastKind; subject: string; name: string };
export type Toast = { kind: ToastKind; tone: Tone; text: string; subjects: string[] };

const COOL_DOWN_MILLIS = 30_000;
/** More of a kind than these are told as one. */
export const SINGLE_MAX = 3;

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
  const { nodeId, pipelineId, fromStatus, toStatus } = event;
  if (pipelineId) {
    const name = event.pipelineName ?? pipelineId;
    if (toStatus === "CRASHED" || toStatus === "CRASH_LOOP") return { kind: "crashed", subject: pipelineId, name };
    // Each node tells of its own success; the deploy as a whole is told once more, for all of them.
    if (toStatus === "DEPLOYED")
      return / on all \d+ nodes?$/.test(event.reason) ? { kind: "deployed", subject: pipelineId, name } : null;
    if (toStatus === "DEPLOY_FAILED" || toStatus === "DEPLOY_TIMED_OUT")
      return { kind: "deploy-failed", subject: pipelineId, name };
    return null;
  }
  if (!nodeId) return null;
  if (toStatus === "UNREACHABLE") return { kind: "unreachable", subject: nodeId, name: nodeName(nodeId) };
  if (toStatus === "HEALTHY" && fromStatus === "UNREACHABLE")
    return { kind: "recovered", subject: nodeId, name: nodeName(nodeId) };
  return null;
}

/** Others are about a pipeline. */
export const isAboutNode = ({ kind }: Notice) => kind === "unreachable" || kind === "recovered";

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

/** One toast for each notice, or one for all of a kind when they are many. */
export function toastsOf(notices: Notice[]): Toast[] {
  const kinds = [...new Set(notices.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const tone = tones[kind];
    const group = notices.filter((notice) => notice.kind === kind);
    if (group.length <= SINGLE_MAX) {
      return group.map(({ subject, name }) => ({ kind, tone, text: textOf(kind, name), subjects: [subject] }));
    }
    return [{ kind, tone, text: textOfMany(kind, group.length), subjects: group.map(({ subject }) => subject) }];
  });
}

function textOf(kind: ToastKind, name: string): string {
  switch (kind) {
    case "crashed":
      return `${name} crashed`;
    case "deployed":
      return `${name} is deployed`;
    case "deploy-failed":
      return `${name} did not deploy everywhere`;
    case "unreachable":
      return `${name} is unreachable`;
    case "recovered":
      return `${name} is back`;
  }
}

function textOfMany(kind: ToastKind, many: number): string {
  switch (kind) {
    case "crashed":
      return `${many} pipelines crashed`;
    case "deployed":
      return `${many} pipelines are deployed`;
    case "deploy-failed":
      return `${many} pipelines did not deploy everywhere`;
    case "unreachable":
      return `${many} nodes are unreachable`;
    case "recovered":
      return `${many} nodes are back`;
  }
}

// Which lines are asked for: of a list by its fields, of the stream by looking at each.

import { rangeMillis } from "../format/ranges";
import type { StreamEvent } from "../stream/events";
import { LEVELS, type Level, type LongRange } from "../url/url";
import type { LogBatch, LogSource, LogText } from "./buffer";
import { levelOf, parseLine, stripped } from "./line";
import { holdsWords, wordsOf } from "./words";

/** What is empty or null does not narrow. A level stands for itself and all that are graver. */
export type LogQuery = {
  environment: string;
  nodeId: string;
  pipelineId: string;
  level: Level | null;
  text: string;
  range: LongRange | null;
};

/** The levels that are shown; the gravest first. */
export const levelsFrom = (level: Level | null): readonly Level[] =>
  level === null ? LEVELS : LEVELS.slice(0, LEVELS.indexOf(level) + 1);

export function fieldsOf({ environment, nodeId, pipelineId, level, text, range }: LogQuery, now: number) {
  return {
    environmentId: environment,
    nodeId,
    pipelineId,
    levels: level === null ? "" : levelsFrom(level).join(","),
    q: text.trim(),
    since: range === null ? "" : new Date(now - rangeMillis(range)).toISOString(),
  };
}

export function exportAddress(query: LogQuery, now: number): string {
  const fields = Object.entries(fieldsOf(query, now)).filter(([, value]) => value !== "");
  return `/api/v1/logs/export?${new URLSearchParams(fields)}`;
}

/** A line as it was sent, to be read at a glance: time and level have places of their own. */
export function textOf(sent: string, level: string | undefined, timestamp: number): LogText {
  const parsed = parseLine(sent, timestamp);
  return { level: level ? levelOf(level) : parsed.level, message: parsed.message, raw: stripped(sent) };
}

export type Chooser = (events: StreamEvent[]) => LogBatch[];

/** Picks the lines out of events that a list of the same query would hold. `pipelines` are those of the environment. */
export function chooserOf(query: LogQuery, pipelines: ReadonlySet<string> | null): Chooser {
  const words = wordsOf(query.text);
  const levels = new Set<string>(levelsFrom(query.level));
  const isFrom = ({ nodeId, pipelineId }: LogSource) =>
    (query.nodeId === "" || nodeId === query.nodeId) &&
    (query.pipelineId === "" || pipelineId === query.pipelineId) &&
    (pipelines === null || pipelines.has(pipelineId));
  return (events) =>
    events.flatMap((event) => {
      if (event.type !== "log_entry" || !isFrom(event)) return [];
      const { nodeId, pipelineId, timestamp } = event;
      const lines = event.lines.flatMap((sent, index) => {
        if (!holdsWords(sent, words)) return [];
        const text = textOf(sent, event.levels[index], timestamp);
        return levels.has(text.level) ? [text] : [];
      });
      return lines.length === 0 ? [] : [{ nodeId, pipelineId, timestamp, lines }];
    });
}

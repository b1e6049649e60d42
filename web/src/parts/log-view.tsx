// Lines as they come; only those in view are drawn. Who scrolls up is left in peace, and told how many lines came
// meanwhile. Arrow keys walk through the lines, and a line opens to show all there is of it.

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { count } from "../format/numbers";
import { clockMillis, exact, shortTime } from "../format/times";
import type { LogLine } from "../logs/buffer";
import { LogDetail } from "./log-detail";
import type { LogLines } from "./log-lines";
import { useNow } from "./now";
import { Failure, Skeleton } from "./states";

const LINE_PIXELS = 20;
const AT_END_PIXELS = 50;
const OLDER_PIXELS = 400;
const PAGE_LINES = 20;

export type LogNames = { ofNode: (id: string) => string; ofPipeline: (id: string) => string };

type Props = {
  name: string;
  lines: LogLines;
  environment: string;
  names: LogNames;
  /** Where lines are from, as far as it differs. */
  sources: ("node" | "pipeline")[];
  isWrapped?: boolean;
  /** What stands where no line is. */
  none: string;
};

export function LogView({ name, lines, environment, names, sources, isWrapped = false, none }: Props) {
  const { buffer, older, read } = lines;
  const shown = buffer.lines;
  const now = useNow();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [leftAt, setLeftAt] = useState<number | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const [opened, setOpened] = useState<LogLine | null>(null);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PIXELS,
    getItemKey: (index) => shown[index]?.key ?? index,
    overscan: 16,
  });
  const height = virtual.getTotalSize();
  // Another way of wrapping makes all heights wrong.
  useEffect(() => virtual.measure(), [isWrapped]);

  const isFollowing = leftAt === null;
  // Each new line and each new height moves the end.
  useLayoutEffect(() => {
    if (isFollowing) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, [isFollowing, buffer.added, height]);

  // Older lines come above what is read, which stays where it is.
  const first = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    const before = first.current;
    first.current = shown[0]?.key;
    if (before === undefined || before === shown[0]?.key || isFollowing) return;
    const moved = shown.findIndex(({ key }) => key === before);
    const top = moved > 0 ? virtual.getOffsetForIndex(moved, "start")?.[0] : undefined;
    if (top !== undefined && scroller.current) scroller.current.scrollTop += top;
  }, [shown, isFollowing, virtual]);

  useEffect(() => read(!isFollowing), [read, isFollowing]);
  // What does not fill the view has no end to scroll to.
  const isShort = height < (scroller.current?.clientHeight ?? 0);
  useEffect(() => {
    if (isShort && shown.length > 0) older?.();
  }, [isShort, shown.length, older]);

  const scrolled = () => {
    const element = scroller.current;
    if (!element) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PIXELS;
    setLeftAt(isAtEnd ? null : (leftAt ?? buffer.added));
    if (!isAtEnd && element.scrollTop < OLDER_PIXELS) older?.();
  };
  const at = current === null ? -1 : shown.findIndex(({ key }) => key === current);
  const walk = (event: KeyboardEvent) => {
    const line = shown[at];
    if ((event.key === "Enter" || event.key === " ") && line) {
      event.preventDefault();
      return setOpened(line);
    }
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_LINES, PageUp: -PAGE_LINES };
    const step = event.key === "Home" ? -shown.length : event.key === "End" ? shown.length : steps[event.key];
    if (step === undefined || shown.length === 0) return;
    event.preventDefault();
    const from = at < 0 ? shown.length : at;
    const index = Math.min(shown.length - 1, Math.max(0, from + step));
    setCurrent(shown[index]?.key ?? null);
    virtual.scrollToIndex(index);
  };
  const missed = leftAt === null ? 0 : buffer.added - leftAt;
  // Letters are of one width, so the longest line tells how far to scroll; it does not change with what is in view.
  const columns = isWrapped ? 0 : shown.reduce((longest, { message }) => Math.max(longest, message.length), 0);
  return (
    <div className={isWrapped ? "log wrapped" : "log"} data-stale={lines.isStale}>
      {shown.length === 0 && (
        <div className="lines" ref={scroller}>
          {lines.isPending && <Skeleton rows={8} />}
          {lines.problem && <Failure problem={lines.problem} retry={lines.retry} />}
          {!lines.isPending && !lines.problem && <p className="no-lines">{none}</p>}
        </div>
      )}
      {shown.length > 0 && (
        <div
          className="lines"
          role="listbox"
          aria-label={name}
          aria-activedescendant={at < 0 ? undefined : `${id}${current}`}
          tabIndex={0}
          ref={scroller}
          onScroll={scrolled}
          onKeyDown={walk}
        >
          <div className="log-body" style={{ height, ["--columns" as string]: columns }}>
            {virtual.getVirtualItems().map(({ index, key, start }) => {
              const line = shown[index];
              if (!line) return null;
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the list's.
                // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and says which line is current.
                <div
                  key={key}
                  id={`${id}${line.key}`}
                  role="option"
                  aria-selected={line.key === current}
                  aria-setsize={shown.length}
                  aria-posinset={index + 1}
                  className={`line ${line.level}`}
                  data-index={index}
                  ref={isWrapped ? virtual.measureElement : undefined}
                  style={{ transform: `translateY(${start}px)` }}
                  onClick={() => {
                    // Marking a part of a line to copy it is no click on it.
                    if (getSelection()?.toString()) return;
                    setCurrent(line.key);
                    setOpened(line);
                  }}
                >
                  <span className="unseen">{line.level}</span>
                  <time title={exact(line.timestamp)}>{timeOf(line.timestamp, now)}</time>
                  {sources.includes("node") && <span className="source">{names.ofNode(line.nodeId)}</span>}
                  {sources.includes("pipeline") && <span className="source">{names.ofPipeline(line.pipelineId)}</span>}
                  <span className="message">{line.message}</span>
                </div>
              );
            })}
          </div>
        </div>
      )}
      {lines.isLoadingOlder && <p className="older-lines">Loading older lines</p>}
      {lines.olderProblem && (
        <p className="older-lines" role="alert">
          Older lines could not be loaded. {lines.olderProblem.message}{" "}
          <button type="button" onClick={lines.retryOlder}>
            Try again
          </button>
        </p>
      )}
      {leftAt !== null && (
        <button type="button" className="new-lines" onClick={() => setLeftAt(null)}>
          {missed <= 0 ? "To the newest" : `${count(missed)} new ${missed === 1 ? "line" : "lines"}`}
        </button>
      )}
      {opened && <LogDetail line={opened} environment={environment} names={names} close={() => setOpened(null)} />}
    </div>
  );
}

/** The day only where it is another one. */
function timeOf(millis: number, now: number): string {
  const isToday = new Date(millis).toDateString() === new Date(now).toDateString();
  return isToday
    ? clockMillis(millis)
    : `${shortTime(millis, now).split(" ").slice(0, 2).join(" ")} ${clockMillis(millis)}`;
}

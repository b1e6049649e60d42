// Events of one component as they pass, on one node, for a few minutes.

import { useCallback, useEffect, useReducer, useRef } from "react";
import { send } from "../../api/client";
import type { Tap as StartedTap } from "../../api/types";
import { count } from "../../format/numbers";
import { nodeNameOf } from "../../shell/live";
import { readTap } from "../../taps/reader";
import { nextTap, noTap, shownOf, TAP_EVENTS_MAX } from "../../taps/tap";
import { EventList } from "./event-list";

type Props = { pipelineId: string; componentId: string; nodeId: string };

/** A tap of the server, from its start until this part of the page is left. */
function useTap({ pipelineId, componentId, nodeId }: Props) {
  const [tap, happened] = useReducer(nextTap, noTap);
  const current = useRef<{ id: string; close: () => void } | null>(null);
  const isLeft = useRef(false);
  const leave = useCallback(() => {
    const { id, close } = current.current ?? {};
    current.current = null;
    close?.();
    // Without this it ends by itself, ten seconds after its reader is gone.
    if (id) void send("DELETE", `/taps/${id}`).catch(() => undefined);
  }, []);
  useEffect(() => {
    isLeft.current = false;
    return () => {
      isLeft.current = true;
      leave();
    };
  }, [leave]);
  const start = async () => {
    leave();
    happened({ kind: "asked" });
    try {
      const body = { componentId, ...(nodeId && { nodeId }) };
      const { id } = await send<StartedTap>("POST", `/pipelines/${pipelineId}/taps`, body);
      const close = readTap(id, (happening) => {
        // One that has ended needs no ending.
        if (happening.kind === "ended") current.current = null;
        happened(happening);
      });
      current.current = { id, close };
      if (isLeft.current) return leave();
      happened({ kind: "started" });
    } catch (problem) {
      happened({ kind: "ended", why: problem instanceof Error ? problem.message : String(problem) });
    }
  };
  /** The stream says why it ended, as for every other reason. */
  const stop = async () => {
    const id = current.current?.id;
    if (!id) return;
    await send("DELETE", `/taps/${id}`).catch((problem: Error) => {
      leave();
      happened({ kind: "ended", why: problem.message });
    });
  };
  return { tap, happened, start, stop };
}

export function Tap(props: Props) {
  const { tap, happened, start, stop } = useTap(props);
  const { events, missed } = shownOf(tap);
  const isOn = tap.phase === "starting" || tap.phase === "running";
  const node = events[0]?.nodeId;
  return (
    <section aria-labelledby="tap">
      <div className="drawer-line">
        <h3 id="tap">Live tap</h3>
        <span className="space" />
        {isOn && (
          <button type="button" onClick={() => happened({ kind: tap.held ? "resumed" : "paused" })}>
            {tap.held ? "Resume" : "Pause"}
          </button>
        )}
        <button
          type="button"
          aria-disabled={tap.phase === "starting"}
          onClick={() => void (tap.phase === "running" ? stop() : tap.phase !== "starting" && start())}
        >
          {isOn ? "Stop" : "Start"}
        </button>
      </div>
      {tap.phase === "idle" && (
        <p className="muted">Shows events as they pass on one node, for five minutes at most.</p>
      )}
      {tap.phase === "starting" && <p className="muted">A node is asked.</p>}
      {tap.phase === "running" && events.length === 0 && <p className="muted">No event has passed yet.</p>}
      {tap.phase === "ended" && (
        <p className="tap-end" role="status">
          The tap ended: {tap.why}
        </p>
      )}
      {events.length > 0 && (
        <>
          <p className="muted">
            {node && <>On {nodeNameOf(node) ?? node}. </>}
            {tap.added > TAP_EVENTS_MAX ? `The newest ${TAP_EVENTS_MAX} of ` : ""}
            {count(tap.added)} {tap.added === 1 ? "event" : "events"}
            {tap.skipped > 0 && `, ${count(tap.skipped)} left out`}
            {tap.held && `. Paused, ${count(missed)} came since`}
          </p>
          <EventList name="Events of the tap" events={events} follows={tap.held === null} />
        </>
      )}
    </section>
  );
}

// One open stream: reads it, resumes it where it broke, and follows its filter. It never gives up, except when the
// session has ended, which it tells once.

import { decodeEvent, type StreamEvent } from "./events";
import { BlockParser } from "./parse";
import { askedMillis, retryMillis } from "./retry";
import { type Happening, SILENCE_MILLIS_MAX } from "./status";
import { type Filter, isSameFilter } from "./wants";

export type Listener = {
  event: (event: StreamEvent) => void;
  happened: (happening: Happening) => void;
  signedOut: () => void;
};

/** Changes of status come from everything, whatever else is looked at: for toasts, and to know what is old. */
const asked = (filter: Filter) => ({
  ...filter,
  topics: [...filter.topics, "status_change"],
  wideTopics: ["status_change"],
});

/** No node has this id. An empty list in an address would be no list at all. */
const NOBODY = "-";

const FILTER_MILLIS_MAX = 10_000;

export class Connection {
  private abort: AbortController | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private filter: Filter;
  private sentFilter: Filter | null = null;
  private streamId: string | null = null;
  private isSending = false;
  private failures = 0;

  constructor(
    filter: Filter,
    private readonly listener: Listener,
    /** After which to go on; null: from now on. */
    private position: string | null = null,
  ) {
    this.filter = filter;
  }

  /** The position of the last event that was told. */
  get reached() {
    return this.position;
  }

  open() {
    this.close();
    const abort = new AbortController();
    this.abort = abort;
    this.read(abort).catch(() => this.lost(abort, false, null));
  }

  close() {
    clearTimeout(this.retryTimer);
    clearTimeout(this.silenceTimer);
    this.abort?.abort();
    this.abort = null;
    this.streamId = null;
    this.isSending = false;
  }

  /** Moves what the stream carries, without opening it again where that works. */
  aim(filter: Filter) {
    if (isSameFilter(this.filter, filter)) return;
    this.filter = filter;
    if (this.streamId !== null) this.sendFilter(this.streamId);
  }

  /** Tries now instead of when the wait is over, as when the network is back. */
  hurry() {
    if (this.abort === null) this.open();
  }

  private async read(abort: AbortController) {
    const filter = this.filter;
    const answer = await fetch(this.address(filter), {
      signal: abort.signal,
      headers: { Accept: "text/event-stream", ...(this.position && { "Last-Event-ID": this.position }) },
      cache: "no-store",
    });
    if (answer.status === 401) {
      this.close();
      this.listener.signedOut();
      return;
    }
    if (!answer.ok || answer.body === null) {
      const asked = askedMillis(answer.headers.get("Retry-After"));
      // A server that has streams enough says when to come back; one that is not there leaves that to a proxy.
      this.lost(abort, answer.status < 500 || (answer.status === 503 && asked !== null), asked);
      return;
    }
    this.failures = 0;
    this.sentFilter = filter;
    this.listener.happened({ kind: "opened" });
    const parser = new BlockParser();
    const text = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      this.expectBytes(abort);
      const { done, value } = await text.read();
      if (done || abort.signal.aborted) break;
      this.listener.happened({ kind: "heard" });
      for (const block of parser.push(value)) {
        const event = decodeEvent(block.event, block.data);
        if (event) this.take(event);
        if (block.id !== null) this.position = block.id;
      }
    }
    this.lost(abort, true, null);
  }

  private take(event: StreamEvent) {
    if (event.type === "hello") {
      this.streamId = event.streamId;
      this.position ??= event.position;
      if (this.sentFilter && !isSameFilter(this.sentFilter, this.filter)) this.sendFilter(event.streamId);
    }
    if (event.type === "lagged") this.listener.happened({ kind: "behind" });
    if (event.type === "snapshot") this.listener.happened({ kind: event.last ? "caught-up" : "behind" });
    this.listener.event(event);
  }

  private expectBytes(abort: AbortController) {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.lost(abort, false, null), SILENCE_MILLIS_MAX);
  }

  private lost(abort: AbortController, serverAnswers: boolean, asked: number | null) {
    // Whoever closed this stream has said so already.
    if (this.abort !== abort) return;
    this.close();
    this.failures += 1;
    this.listener.happened({ kind: "lost", serverAnswers });
    this.retryTimer = setTimeout(() => this.open(), retryMillis(this.failures, Math.random(), asked));
  }

  private address(filter: Filter) {
    const { topics, wideTopics, nodeIds, pipelineIds } = asked(filter);
    const fields = new URLSearchParams({ topics: topics.join(","), wideTopics: wideTopics.join(",") });
    if (nodeIds !== null) fields.set("nodeIds", nodeIds.join(",") || NOBODY);
    if (pipelineIds !== null) fields.set("pipelineIds", pipelineIds.join(",") || NOBODY);
    return `/api/sse?${fields}`;
  }

  /** One at a time, so that none overtakes the one after it; the last word is sent when the one before has come. */
  private sendFilter(streamId: string) {
    if (this.isSending) return;
    const filter = this.filter;
    this.isSending = true;
    this.sentFilter = filter;
    fetch(`/api/sse/${streamId}/filter`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked(filter)),
      signal: AbortSignal.timeout(FILTER_MILLIS_MAX),
    })
      .then(
        ({ ok }) => ok,
        () => false,
      )
      .then((isTaken) => {
        if (this.streamId !== streamId) return;
        this.isSending = false;
        // Opening the stream anew carries the filter in its address.
        if (!isTaken) this.open();
        else if (!isSameFilter(filter, this.filter)) this.sendFilter(streamId);
      });
  }
}

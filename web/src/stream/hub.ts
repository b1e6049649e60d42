// One stream for all tabs of a browser. The tab that holds the lock reads it, changes of everything and values of what
// the tabs look at, and hands all of it to the others; when it closes, the next one gets the lock.

import { Connection } from "./connection";
import type { StreamEvent } from "./events";
import { type Happening, initialStatus, nextStatus, type StreamStatus } from "./status";
import { filterOf, nothing, type Wants } from "./wants";

const CHANNEL = "systole-stream";
const ANNOUNCE_MILLIS = 20_000;
/** Timers of hidden tabs run once a minute; a tab that is silent for three of them is gone. */
const TAB_MILLIS_MAX = 180_000;

/** `crypto.randomUUID` is not there on a page without TLS from another host. */
const newTab = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

type Message =
  | { kind: "events"; events: StreamEvent[] }
  /** `position` is where a tab that reads on has to begin: after the last event that was handed out. */
  | { kind: "status"; status: StreamStatus; position: string | null }
  | { kind: "who" }
  | { kind: "wants"; tab: string; wants: Wants }
  | { kind: "bye"; tab: string }
  | { kind: "signed-out" };

export type HubListener = {
  events: (events: StreamEvent[]) => void;
  status: (status: StreamStatus) => void;
  signedOut: () => void;
};

export class Hub {
  private readonly tab = newTab();
  private readonly channel = new BroadcastChannel(CHANNEL);
  private readonly closing = new AbortController();
  private readonly tabs = new Map<string, { wants: Wants; at: number }>();
  private wants: Wants = nothing;
  private connection: Connection | null = null;
  private status = initialStatus;
  private position: string | null = null;
  private pending: StreamEvent[] = [];
  private sending: ReturnType<typeof setTimeout> | undefined;
  private readonly announcing: ReturnType<typeof setInterval>;

  constructor(private readonly listener: HubListener) {
    this.channel.onmessage = ({ data }: MessageEvent<Message>) => this.receive(data);
    this.announcing = setInterval(() => this.announce(), ANNOUNCE_MILLIS);
    const { signal } = this.closing;
    window.addEventListener("online", () => this.hurry(), { signal });
    window.addEventListener("pagehide", () => this.leave(), { signal });
    document.addEventListener("visibilitychange", () => this.announce(), { signal });
    this.campaign();
  }

  /** What this tab shows. A hidden tab shows nothing. */
  want(wants: Wants) {
    this.wants = wants;
    this.announce();
  }

  /** Tells how an ordinary call went, which is all there is to know without a stream. */
  called(happening: Extract<Happening, { kind: "answered" | "unanswered" }>) {
    this.happened(happening);
  }

  close() {
    this.leave();
    this.closing.abort();
    clearInterval(this.announcing);
    clearTimeout(this.sending);
    this.connection?.close();
    this.connection = null;
    this.channel.close();
  }

  private leave() {
    this.flush();
    this.post({ kind: "bye", tab: this.tab });
  }

  private campaign() {
    const { signal } = this.closing;
    const hold = () => new Promise<void>((release) => signal.addEventListener("abort", () => release()));
    // Without locks, as on a page without TLS from another host, each tab reads for itself.
    if (!("locks" in navigator)) return this.lead();
    const leadUntilClosed = () => {
      if (signal.aborted) return Promise.resolve();
      this.lead();
      return hold();
    };
    navigator.locks.request(CHANNEL, { signal }, leadUntilClosed).catch((problem: unknown) => {
      if (!signal.aborted) throw problem;
    });
  }

  private lead() {
    const hasFollowed = this.status.state !== "connecting";
    this.status = initialStatus;
    const listener = {
      event: (event: StreamEvent) => {
        if (event.type === "hello") return;
        this.pending.push(event);
        this.flushSoon();
      },
      happened: (happening: Happening) => this.happened(happening),
      signedOut: () => {
        this.post({ kind: "signed-out" });
        this.listener.signedOut();
      },
    };
    this.connection = new Connection(nothing, listener, this.position);
    // Without a place to go on from, what happened since the other tab left is found by asking for everything again.
    if (hasFollowed && this.position === null) this.happened({ kind: "lost", serverAnswers: true });
    this.connection.open();
    this.post({ kind: "who" });
    this.announce();
  }

  /** A tenth of a second of events is one message to each tab, and one drawing. */
  private flushSoon() {
    if (!document.hidden) this.sending ??= setTimeout(() => this.flush(), 100);
    // Timers of a hidden tab run once a minute, and others may look at what it reads.
    else if (this.pending.length === 1) queueMicrotask(() => this.flush());
  }

  private flush() {
    const events = this.pending;
    this.pending = [];
    clearTimeout(this.sending);
    this.sending = undefined;
    if (events.length === 0) return;
    this.post({ kind: "events", events });
    this.postStatus();
    this.listener.events(events);
  }

  private happened(happening: Happening) {
    const before = this.status;
    this.status = nextStatus(before, happening, Date.now());
    if (this.status.state !== before.state) this.postStatus();
    this.listener.status(this.status);
  }

  private announce() {
    const wants = document.hidden ? nothing : this.wants;
    if (!this.connection) this.post({ kind: "wants", tab: this.tab, wants });
    else this.note(this.tab, wants);
    if (!document.hidden) this.postStatus();
  }

  private postStatus() {
    if (!this.connection) return;
    // Events that wait to be handed out are not behind anybody yet.
    if (this.pending.length === 0) this.position = this.connection.reached;
    this.post({ kind: "status", status: this.status, position: this.position });
  }

  private note(tab: string, wants: Wants) {
    this.tabs.delete(tab);
    this.tabs.set(tab, { wants, at: Date.now() });
    this.aim();
  }

  private aim() {
    for (const [tab, { at }] of this.tabs) if (Date.now() - at > TAB_MILLIS_MAX) this.tabs.delete(tab);
    this.connection?.aim(filterOf([...this.tabs.values()].reverse().map(({ wants }) => wants)));
  }

  private hurry() {
    this.connection?.hurry();
  }

  private receive(message: Message) {
    switch (message.kind) {
      case "events":
        // Without locks the others read the same for themselves.
        if (this.connection) return;
        return this.listener.events(message.events);
      case "status":
        if (this.connection) return;
        this.position = message.position ?? this.position;
        this.status = message.status;
        return this.listener.status(message.status);
      case "who":
        return this.announce();
      case "wants":
        if (!this.connection) return;
        this.note(message.tab, message.wants);
        return this.postStatus();
      case "bye":
        this.tabs.delete(message.tab);
        return this.aim();
      case "signed-out":
        return this.listener.signedOut();
    }
  }

  private post(message: Message) {
    if (!this.closing.signal.aborted) this.channel.postMessage(message);
  }
}

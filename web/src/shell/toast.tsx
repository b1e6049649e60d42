// Shows toasts of what the stream tells. Each is a link to what it is about.

import type { QueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { get } from "../api/client";
import type { NodeItem, Session } from "../api/types";
import { nodeNameOf, noteNodeNames } from "../cache/node-names";
import type { StreamEvent } from "../stream/events";
import { CoolDown, type Notice, noticeOf, SINGLE_MAX, type Toast, Together, type Tone } from "../toasts/toasts";
import { Link } from "../url/place";

const GRAVE_MILLIS = 8_000;
const USUAL_MILLIS = 4_000;

const nodeName = (id: string) => nodeNameOf(id) ?? id;

export class Toasts {
  private readonly coolDown = new CoolDown();
  private readonly together = new Together();

  constructor(private readonly queries: QueryClient) {}

  take(events: StreamEvent[]) {
    const told = events.map((event) => noticeOf(event, nodeName)).filter((notice) => notice !== null);
    const notices = this.coolDown.pass(told, Date.now());
    const unnamed = notices.filter(({ subject, name }) => name === subject);
    // Many become one that names none of them.
    if (unnamed.length === 0 || unnamed.length > SINGLE_MAX) return this.tell(notices);
    const learning = unnamed.map(({ nodeId }) => (nodeId === null ? null : learnName(nodeId)));
    void Promise.allSettled(learning).then(() => this.tell(notices.map(named)));
  }

  private tell(notices: Notice[]) {
    const { toasts, gone } = this.together.take(notices, Date.now(), (id) => this.environmentName(id));
    for (const id of gone) toast.dismiss(id);
    for (const one of toasts) show(one);
  }

  private environmentName(id: string): string | null {
    const environments = this.queries.getQueryData<Session | null>(["session"])?.environments ?? [];
    return environments.length < 2 ? null : (environments.find((one) => one.id === id)?.name ?? null);
  }
}

const learnName = async (id: string) => noteNodeNames([await get<NodeItem>(`/nodes/${id}`)]);

const named = (notice: Notice): Notice =>
  notice.nodeId === notice.subject ? { ...notice, name: nodeName(notice.subject) } : notice;

const showAs: Record<Tone, typeof toast.error> = {
  error: toast.error,
  warning: toast.warning,
  success: toast.success,
  quiet: toast.message,
};

function show({ id, tone, text, to }: Toast) {
  const isGrave = tone === "error" || tone === "warning";
  const link = (
    <Link to={to} className="toast-link" onClickCapture={() => toast.dismiss(id)}>
      {text}
    </Link>
  );
  showAs[tone](link, { id, duration: isGrave ? GRAVE_MILLIS : USUAL_MILLIS });
}

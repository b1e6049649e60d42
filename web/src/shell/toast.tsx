// Shows toasts. Each is a link to what it is about.

import { toast } from "sonner";
import type { Toast, Tone } from "../toasts/toasts";
import { Link } from "../url/place";

const GRAVE_MILLIS = 8_000;
const USUAL_MILLIS = 4_000;

const showAs: Record<Tone, typeof toast.error> = {
  error: toast.error,
  warning: toast.warning,
  success: toast.success,
  quiet: toast.message,
};

export function show({ id, tone, text, to }: Toast) {
  const isGrave = tone === "error" || tone === "warning";
  const link = (
    <Link to={to} className="toast-link" onClickCapture={() => toast.dismiss(id)}>
      {text}
    </Link>
  );
  showAs[tone](link, { id, duration: isGrave ? GRAVE_MILLIS : USUAL_MILLIS });
}

export const drop = (id: string) => toast.dismiss(id);

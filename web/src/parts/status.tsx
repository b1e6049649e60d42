// The one mark of a status: a shape as well as a colour, and its word.

const shapes: Record<string, string> = {
  HEALTHY: "healthy",
  RUNNING: "healthy",
  DEPLOYED: "healthy",
  DEGRADED: "degraded",
  CRASHED: "degraded",
  CRASH_LOOP: "degraded",
  DEPLOY_FAILED: "degraded",
  DEPLOY_TIMED_OUT: "degraded",
  UNREACHABLE: "unreachable",
  STARTING: "starting",
  PENDING: "starting",
  DEPLOYING: "starting",
  MAINTENANCE: "maintenance",
};

export const toneOf = (status: string | null) => shapes[status ?? ""] ?? "unknown";

export function wordOf(status: string | null): string {
  if (status === null) return "No data";
  return status.charAt(0) + status.slice(1).toLowerCase().replaceAll("_", " ");
}

export function StatusMark({ status }: { status: string | null }) {
  const tone = toneOf(status);
  return (
    <svg className={`mark ${tone}`} viewBox="0 0 14 14" aria-hidden="true">
      {tone === "healthy" && <circle cx="7" cy="7" r="3.5" fill="currentColor" />}
      {tone === "degraded" && <path d="M7 1.5 13 12.5H1Z" fill="currentColor" />}
      {tone === "unreachable" && (
        <path d="M7 2a5 5 0 1 1 0 10A5 5 0 0 1 7 2ZM4 7h6" fill="none" stroke="currentColor" strokeWidth="2" />
      )}
      {tone === "starting" && (
        <>
          <circle cx="7" cy="7" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.4" />
          <path d="M7 2.8a4.2 4.2 0 0 0 0 8.4Z" fill="currentColor" />
        </>
      )}
      {tone === "maintenance" && <rect x="2.5" y="2.5" width="9" height="9" rx="1" fill="currentColor" />}
      {tone === "unknown" && <circle cx="7" cy="7" r="3.8" fill="none" stroke="currentColor" strokeWidth="1.4" />}
    </svg>
  );
}

export function Status({ status }: { status: string | null }) {
  return (
    <span className={`status ${toneOf(status)}`}>
      <StatusMark status={status} />
      <span>{wordOf(status)}</span>
    </span>
  );
}

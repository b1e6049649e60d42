// What stands where data is not: while it comes first, when there is none, and when it cannot be had.

import type { ReactNode } from "react";

/** `isPage`: it is all there is on the page. */
export function Empty({ title, isPage = false, children }: { title: string; isPage?: boolean; children?: ReactNode }) {
  return (
    <div className="empty">
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </div>
  );
}

export function Failure({ problem, retry }: { problem: Error; retry: () => void }) {
  return (
    <div className="empty" role="alert">
      <h2>This could not be loaded</h2>
      <p>{problem.message}</p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

export function Skeleton({ rows }: { rows: number }) {
  return (
    <div className="skeleton" aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => index).map((row) => (
        <div key={row} />
      ))}
    </div>
  );
}

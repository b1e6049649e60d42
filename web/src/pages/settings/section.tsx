// A part of the settings: its name, what it is for, what can be done, and the list.

import { type ReactNode, useId } from "react";
import { Failure, Skeleton } from "../../parts/states";

type Props = { title: string; about?: ReactNode; actions?: ReactNode; children: ReactNode };

export function Section({ title, about, actions, children }: Props) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <div>
          <h2 id={id}>{title}</h2>
          {about && <p className="muted">{about}</p>}
        </div>
        {actions && <div className="section-actions">{actions}</div>}
      </div>
      <div className="card">{children}</div>
    </section>
  );
}

type Asked<T> = { data: T | undefined; error: Error | null; refetch: () => unknown };

/** A list once it is there. */
export function Loaded<T>({ query, children }: { query: Asked<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Failure problem={query.error} retry={() => void query.refetch()} />;
  return <Skeleton rows={3} />;
}

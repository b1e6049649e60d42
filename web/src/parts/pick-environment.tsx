// What is shown of one environment at a time, while none is picked.

import type { Session } from "../api/types";
import { inEnvironment } from "../url/environment";
import { Link } from "../url/place";
import type { Place } from "../url/url";
import { Empty } from "./states";

type Props = { title: string; session: Session; place: Place; isPage?: boolean; children?: string };

export function PickEnvironment({ title, session, place, isPage = false, children }: Props) {
  if (session.environments.length === 0) {
    return (
      <Empty isPage={isPage} title="There is no environment yet">
        <p>
          {session.user.superAdmin
            ? "An environment holds nodes and pipelines. The first one is made under Settings, Environments."
            : "You are in no team yet. Ask an admin to add you to one; its environments appear here."}
        </p>
      </Empty>
    );
  }
  return (
    <Empty isPage={isPage} title={title}>
      {children && <p>{children}</p>}
      <ul className="picks">
        {session.environments.map(({ id, name }) => (
          <li key={id}>
            <Link to={inEnvironment(place, id)}>{name}</Link>
          </li>
        ))}
      </ul>
    </Empty>
  );
}

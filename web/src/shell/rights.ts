// What somebody may do in an environment, so that nothing is offered that would be refused.

import { hasRole } from "../access/roles";
import { useSession } from "./session";

export type Rights = { mayEdit: boolean; mayAdminister: boolean };

export function useRights(environmentId: string): Rights {
  const session = useSession();
  return {
    mayEdit: session.user.superAdmin || hasRole(session, environmentId, "EDITOR"),
    mayAdminister: session.user.superAdmin || hasRole(session, environmentId, "ADMIN"),
  };
}

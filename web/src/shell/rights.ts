// What somebody may do in an environment, so that nothing is offered that would be refused. The server has the last word.

import { skipToken, useQuery } from "@tanstack/react-query";
import type { Session } from "../api/types";

export type Rights = { mayEdit: boolean; mayAdminister: boolean };

export function useRights(environmentId: string): Rights {
  // The shell has asked already.
  const session = useQuery<Session | null>({ queryKey: ["session"], queryFn: skipToken }).data;
  const role = session?.environments.find(({ id }) => id === environmentId)?.role;
  const mayAdminister = role === "ADMIN" || session?.user.superAdmin === true;
  return { mayEdit: mayAdminister || role === "EDITOR", mayAdminister };
}

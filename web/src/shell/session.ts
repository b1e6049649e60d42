// Who is here, for pages: the shell has asked already.

import { skipToken, useQuery } from "@tanstack/react-query";
import type { Environment, Session } from "../api/types";

export function useEnvironments(): Environment[] {
  const session = useQuery<Session | null>({ queryKey: ["session"], queryFn: skipToken });
  return session.data?.environments ?? [];
}

export const useEnvironment = (id: string) => useEnvironments().find((environment) => environment.id === id);

// Who is here, and what they may see.

import { useQuery } from "@tanstack/react-query";
import { get, Problem } from "../api/client";
import type { Environment, Session } from "../api/types";

/** Null: nobody is signed in. */
async function readSession(): Promise<Session | null> {
  try {
    return await get<Session>("/session");
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) return null;
    throw problem;
  }
}

export const useSessionQuery = () =>
  useQuery({ queryKey: ["session"], queryFn: readSession, staleTime: Number.POSITIVE_INFINITY });

/** The session, inside the shell, which is only drawn for somebody. */
export function useSession(): Session {
  const { data } = useSessionQuery();
  if (!data) throw new Error("pages are drawn for who is signed in");
  return data;
}

export const useEnvironments = (): Environment[] => useSession().environments;

export const useEnvironment = (id: string) => useEnvironments().find((environment) => environment.id === id);

// What somebody may do, by the roles that their session tells. The server decides all the same.

import type { Environment, Role, Session } from "../api/types";

export const ROLES: readonly Role[] = ["VIEWER", "EDITOR", "ADMIN"];

const words: Record<Role, string> = { VIEWER: "Viewer", EDITOR: "Editor", ADMIN: "Admin" };

export const roleWord = (role: Role) => words[role];

/** What a role lets its holder do, in a few words. */
export const roleMeaning: Record<Role, string> = {
  VIEWER: "sees everything",
  EDITOR: "edits and deploys pipelines",
  ADMIN: "also runs nodes, tokens and members",
};

const isAtLeast = (role: Role | undefined, least: Role) =>
  role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(least);

/** The role in an environment is that in its team; whose environment it is not has none. */
export const hasRole = ({ environments }: Session, environmentId: string, least: Role) =>
  isAtLeast(environments.find(({ id }) => id === environmentId)?.role, least);

export const hasTeamRole = ({ teams }: Session, teamId: string, least: Role) =>
  isAtLeast(teams.find(({ id }) => id === teamId)?.role, least);

/** The environment that is looked at: the one picked, or the only one; null: one has to be picked first. */
export function oneEnvironment({ environments }: Session, picked: string): Environment | null {
  const [only, ...others] = environments;
  if (only && others.length === 0) return only;
  return environments.find(({ id }) => id === picked) ?? null;
}

// Entries of the audit in words.

import type { AuditItem } from "../../api/people";

/** Every action there is, as what somebody did. */
const words: Record<string, string> = {
  "session.create": "signed in",
  "session.end": "signed out",
  "user.set_up": "set up the first account",
  "user.create": "created the account",
  "user.delete": "deleted the account",
  "team.create": "created the team",
  "team.member.set": "set a role",
  "team.member.remove": "removed a member",
  "token.create": "created an API token",
  "token.delete": "deleted an API token",
  "environment.create": "created the environment",
  "enrollment_token.create": "created an enrollment token",
  "enrollment_token.delete": "deleted an enrollment token",
  "node.enroll": "enrolled",
  "node.edit": "edited a node",
  "node.action": "told a node to act",
  "node.action.end": "took an update back",
  "node.revoke": "revoked a node's token",
  "node.delete": "deleted a node",
  "pipeline.create": "created a pipeline",
  "pipeline.edit": "edited a pipeline",
  "pipeline.deploy": "deployed a pipeline",
  "pipeline.undeploy": "undeployed a pipeline",
  "pipeline.rollback": "rolled a pipeline back",
  "pipeline.sample": "asked for events",
  "pipeline.delete": "deleted a pipeline",
  "tap.start": "started a tap",
  "tap.end": "ended a tap",
};

export const ACTIONS = Object.keys(words);

/** What was done; an action that is not known here stays as it is called. */
export const deedOf = (action: string) => words[action] ?? action;

/** Details that say which one, the telling first. */
const telling = ["name", "newName", "email", "host", "role", "version", "maintenance", "type", "changelog", "hint"];

/** What a person wants to see of a detail before opening it. */
export function gistOf(detail: AuditItem["detail"]): string {
  return telling
    .flatMap((field) => {
      const value = detail[field];
      if (value === null || value === undefined || value === "" || typeof value === "object") return [];
      if (field === "version") return [`version ${value}`];
      if (field === "maintenance") return [value === true ? "into maintenance" : "out of maintenance"];
      if (field === "hint") return [`…${value}`];
      return [String(value)];
    })
    .join(", ");
}

/** Fields of a detail as texts, in the order they were told. */
export const factsOf = (detail: AuditItem["detail"]): [string, string][] =>
  Object.entries(detail).map(([field, value]) => [
    field,
    typeof value === "string" ? value : value === null ? "—" : JSON.stringify(value),
  ]);

const proofs: Record<string, string> = {
  session: "in the browser",
  api_token: "with an API token",
  enrollment_token: "with an enrollment token",
};

export const proofOf = (proof: string) => proofs[proof] ?? proof;

// Answers of the API about people, what they prove themselves with, and what they did.

import type { Role } from "./types";

export type User = { id: string; email: string; superAdmin: boolean; createdAt: string };
export type Member = { userId: string; email: string; role: Role };

/** `hint` is the end of the token's text, which is told once, by whoever makes it. */
export type EnrollmentToken = { id: string; hint: string; createdAt: string };
export type ApiToken = { id: string; name: string; createdAt: string };

/** What is told when a token is made, and never again. */
export type NewToken = { id: string; token: string };

export type AuditItem = {
  id: string;
  timestamp: string;
  actorId: string | null;
  actorEmail: string | null;
  proof: string;
  credentialId: string | null;
  action: string;
  subjectKind: string;
  subjectId: string | null;
  environmentId: string | null;
  detail: Record<string, unknown>;
};

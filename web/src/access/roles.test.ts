import { describe, expect, it } from "vitest";
import type { Role, Session } from "../api/types";
import { hasRole, hasTeamRole, oneEnvironment } from "./roles";

/** `environment:ROLE`, each of a team of its own. */
function session(...places: string[]): Session {
  const environments = places.map((place) => {
    const [id = "", role] = place.split(":");
    return { id, name: id, teamId: `team-${id}`, role: role as Role };
  });
  const teams = environments.map(({ teamId, role }) => ({ id: teamId, name: teamId, role }));
  return { user: { id: "u", email: "u@x", superAdmin: false }, teams, environments };
}

describe("a role is enough for", () => {
  it.each<[string, Role, boolean]>([
    ["a:VIEWER", "VIEWER", true],
    ["a:VIEWER", "EDITOR", false],
    ["a:EDITOR", "EDITOR", true],
    ["a:EDITOR", "ADMIN", false],
    ["a:ADMIN", "VIEWER", true],
    ["b:ADMIN", "VIEWER", false],
  ])("%s as %s: %s", (place, least, expected) => {
    expect([hasRole(session(place), "a", least), hasTeamRole(session(place), "team-a", least)]).toEqual([
      expected,
      expected,
    ]);
  });
});

it.each([
  [["a:VIEWER"], "", "a"],
  [["a:VIEWER"], "gone", "a"],
  [["a:VIEWER", "b:VIEWER"], "", undefined],
  [["a:VIEWER", "b:VIEWER"], "b", "b"],
  [["a:VIEWER", "b:VIEWER"], "gone", undefined],
  [[], "a", undefined],
])("of %j, picked %j: %s", (places, picked, expected) => {
  expect(oneEnvironment(session(...places), picked)?.id).toBe(expected);
});

// The first environment, made with its team under one name.

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { send } from "../api/client";
import type { Session, TeamRole } from "../api/types";
import { Empty } from "../parts/states";

export function FirstEnvironment({ session, isPage = false }: { session: Session; isPage?: boolean }) {
  const queries = useQueryClient();
  const [name, setName] = useState("Production");
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  if (!session.user.superAdmin) {
    return (
      <Empty isPage={isPage} title="You are in no team yet">
        <p>Ask an admin to add you to one; its environments appear here. They need your id:</p>
        <code>{session.user.id}</code>
      </Empty>
    );
  }
  const create = async () => {
    // A team that was made before, as by a try that failed half-way, is used.
    const team = session.teams[0] ?? (await send<TeamRole>("POST", "/teams", { name }));
    await send("POST", "/environments", { name, teamId: team.id });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setProblem("");
    create()
      .catch((reason: Error) => setProblem(reason.message))
      .finally(() => {
        setIsBusy(false);
        void queries.invalidateQueries({ queryKey: ["session"] });
      });
  };
  return (
    <Empty isPage={isPage} title="Name the first environment">
      <p>An environment holds nodes and pipelines, and belongs to a team. This makes both under one name.</p>
      <form className="one-line" onSubmit={submit}>
        <input
          aria-label="Name of the environment"
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={200}
          required
        />
        <button type="submit" className="primary" disabled={isBusy}>
          Create
        </button>
      </form>
      <p className="problem" role="alert">
        {problem}
      </p>
    </Empty>
  );
}

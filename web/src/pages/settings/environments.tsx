// Teams, and the environments that belong to them. Super-admins make both.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { roleMeaning, roleWord } from "../../access/roles";
import { get, send } from "../../api/client";
import type { Environment, Session, Summary } from "../../api/types";
import { count, NONE } from "../../format/numbers";
import { ActionForm, Dialog } from "../../parts/dialog";
import { ShortTable } from "../../parts/short-table";
import { Link } from "../../url/place";
import { noFilter } from "../../url/url";
import { FirstEnvironment } from "../first-environment";
import { Section } from "./section";

export function Environments({ session }: { session: Session }) {
  const { teams, environments, user } = session;
  const [making, setMaking] = useState<"team" | "environment" | null>(null);
  const teamName = (id: string) => teams.find((team) => team.id === id)?.name ?? id;
  const close = () => setMaking(null);
  if (user.superAdmin && environments.length === 0) {
    return (
      <div className="card lone">
        <FirstEnvironment session={session} />
      </div>
    );
  }
  return (
    <>
      <Section
        title="Environments"
        about="An environment holds nodes and pipelines. Who is in its team sees it."
        actions={
          user.superAdmin && (
            <button type="button" onClick={() => setMaking("environment")}>
              Create an environment
            </button>
          )
        }
      >
        <ShortTable
          label="Environments"
          rows={environments}
          keyOf={({ id }) => id}
          empty="You are in no team that has one. Ask an admin to add you."
          columns={[
            {
              title: "Name",
              cell: ({ id, name }) => (
                <Link to={{ page: "fleet", environment: id, filter: noFilter }} title={name}>
                  {name}
                </Link>
              ),
            },
            { title: "Team", width: 200, cell: ({ teamId }) => teamName(teamId) },
            { title: "Nodes", width: 90, isNumber: true, cell: (one) => <NodeCount environment={one} /> },
            {
              title: "Your role",
              width: 110,
              isWide: true,
              cell: ({ role }) => <span title={roleMeaning[role]}>{roleWord(role)}</span>,
            },
            { title: "Id", width: 230, isWide: true, cell: ({ id }) => <code>{id}</code> },
          ]}
        />
      </Section>
      <Section
        title="Teams"
        about="People get a role in a team, and with it in each of its environments."
        actions={
          user.superAdmin && (
            <button type="button" onClick={() => setMaking("team")}>
              Create a team
            </button>
          )
        }
      >
        <ShortTable
          label="Teams"
          rows={teams}
          keyOf={({ id }) => id}
          empty="You are in no team yet."
          columns={[
            { title: "Name", cell: ({ name }) => name },
            {
              title: "Environments",
              width: 130,
              isNumber: true,
              cell: ({ id }) => count(environments.filter(({ teamId }) => teamId === id).length),
            },
            {
              title: "Your role",
              width: 110,
              cell: ({ role }) => <span title={roleMeaning[role]}>{roleWord(role)}</span>,
            },
            { title: "Id", width: 230, isWide: true, cell: ({ id }) => <code>{id}</code> },
          ]}
        />
      </Section>
      <Dialog title="Create a team" isOpen={making === "team"} close={close}>
        <NewTeam close={close} />
      </Dialog>
      <Dialog title="Create an environment" isOpen={making === "environment"} close={close}>
        <NewEnvironment session={session} close={close} />
      </Dialog>
    </>
  );
}

function NodeCount({ environment }: { environment: Environment }) {
  const { data } = useQuery({
    // Not the summary of a page that is looked at, which gets old with every heartbeat.
    queryKey: ["node-count", environment.id],
    queryFn: ({ signal }) => get<Summary>("/fleet/summary", { environmentId: environment.id }, signal),
    staleTime: 30_000,
  });
  return data ? count(data.nodes.total) : NONE;
}

function NewTeam({ close }: { close: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const act = async () => {
    await send("POST", "/teams", { name });
    await queries.invalidateQueries({ queryKey: ["session"] });
  };
  return (
    <ActionForm does="Create" act={act} close={close}>
      <label>
        Name
        <input value={name} onChange={(event) => setName(event.target.value)} maxLength={200} required />
      </label>
    </ActionForm>
  );
}

function NewEnvironment({ session, close }: { session: Session; close: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [teamId, setTeamId] = useState(session.teams[0]?.id ?? "");
  const act = async () => {
    await send("POST", "/environments", { name, teamId });
    await queries.invalidateQueries({ queryKey: ["session"] });
  };
  return (
    <ActionForm does="Create" act={act} close={close}>
      <label>
        Name
        <input value={name} onChange={(event) => setName(event.target.value)} maxLength={200} required />
      </label>
      <label>
        Team
        <select value={teamId} onChange={(event) => setTeamId(event.target.value)} required>
          {session.teams.map((team) => (
            <option key={team.id} value={team.id}>
              {team.name}
            </option>
          ))}
        </select>
      </label>
    </ActionForm>
  );
}

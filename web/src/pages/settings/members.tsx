// Who is in a team, and in which role; and, for super-admins, everybody who has an account.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { hasTeamRole, ROLES, roleMeaning, roleWord } from "../../access/roles";
import { get, send } from "../../api/client";
import type { Member, User } from "../../api/people";
import type { List, Role, Session, TeamRole } from "../../api/types";
import { ActionForm, Dialog } from "../../parts/dialog";
import { type ShortColumn, ShortTable } from "../../parts/short-table";
import { Loaded, Section } from "./section";
import { Users, useUsers } from "./users";

export function Members({ session, environment }: { session: Session; environment: string }) {
  const teamOf = session.environments.find(({ id }) => id === environment)?.teamId;
  const teams = teamOf ? session.teams.filter(({ id }) => id === teamOf) : session.teams;
  return (
    <>
      {teams.map((team) => (
        <Team key={team.id} session={session} team={team} />
      ))}
      {teams.length === 0 && <p className="muted">There is no team yet.</p>}
      {session.user.superAdmin && <Users session={session} />}
    </>
  );
}

function Team({ session, team }: { session: Session; team: TeamRole }) {
  const queries = useQueryClient();
  const isAdmin = hasTeamRole(session, team.id, "ADMIN");
  const [isAdding, setIsAdding] = useState(false);
  const [removing, setRemoving] = useState<Member | null>(null);
  const members = useQuery({
    queryKey: ["members", team.id],
    queryFn: ({ signal }) => get<List<Member>>(`/teams/${team.id}/members`, {}, signal),
  });
  const changed = async (userId: string) => {
    await queries.invalidateQueries({ queryKey: ["members", team.id] });
    // Whoever changes themselves sees something else from now on.
    if (userId === session.user.id) await queries.invalidateQueries({ queryKey: ["session"] });
  };
  const change = ({ userId, email }: Member, role: Role) =>
    send("PUT", `/teams/${team.id}/members/${userId}`, { role })
      .then(() => toast.success(`${email} is ${roleWord(role)} of ${team.name} now`))
      .catch((problem: Error) => toast.error(problem.message))
      .finally(() => changed(userId));
  const columns: ShortColumn<Member>[] = [
    {
      title: "Email",
      cell: ({ email, userId }) => (
        <span title={email}>
          {email}
          {userId === session.user.id && <small> you</small>}
        </span>
      ),
    },
    {
      title: "Role",
      width: 140,
      cell: (member) =>
        isAdmin ? (
          <select
            aria-label={`Role of ${member.email}`}
            value={member.role}
            onChange={(event) => void change(member, event.target.value as Role)}
          >
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {roleWord(role)}
              </option>
            ))}
          </select>
        ) : (
          roleWord(member.role)
        ),
    },
    { title: "May", isWide: true, width: 280, cell: ({ role }) => <span className="muted">{roleMeaning[role]}</span> },
  ];
  if (isAdmin) {
    columns.push({
      title: "Actions",
      width: 100,
      cell: (member) => (
        <button type="button" className="quiet" onClick={() => setRemoving(member)}>
          Remove<span className="unseen"> {member.email}</span>
        </button>
      ),
    });
  }
  return (
    <Section
      title={team.name}
      about={isAdmin ? "Members see the environments of the team." : "Admins of the team choose who is in it."}
      actions={
        isAdmin && (
          <button type="button" onClick={() => setIsAdding(true)}>
            Add a member<span className="unseen"> to {team.name}</span>
          </button>
        )
      }
    >
      <Loaded query={members}>
        {({ items }) => (
          <ShortTable
            name={isAdmin ? "with-actions" : ""}
            label={`Members of ${team.name}`}
            rows={items}
            keyOf={({ userId }) => userId}
            empty="Nobody is in this team. Super-admins see its environments all the same."
            columns={columns}
          />
        )}
      </Loaded>
      <Dialog title={`Add a member to ${team.name}`} isOpen={isAdding} close={() => setIsAdding(false)}>
        <NewMember
          session={session}
          team={team}
          present={members.data?.items ?? []}
          added={changed}
          close={() => setIsAdding(false)}
        />
      </Dialog>
      <Dialog title={`Remove ${removing?.email}?`} isOpen={removing !== null} close={() => setRemoving(null)}>
        <ActionForm
          does="Remove"
          isGrave
          close={() => setRemoving(null)}
          act={async () => {
            if (!removing) return;
            await send("DELETE", `/teams/${team.id}/members/${removing.userId}`);
            await changed(removing.userId);
          }}
        >
          <p>They no longer see the environments of {team.name}. Their account stays.</p>
        </ActionForm>
      </Dialog>
    </Section>
  );
}

type NewMemberProps = {
  session: Session;
  team: TeamRole;
  present: Member[];
  added: (userId: string) => Promise<void>;
  close: () => void;
};

function NewMember({ session, team, present, added, close }: NewMemberProps) {
  const users = useUsers(session.user.superAdmin);
  const others = users.data?.items.filter(({ id }) => !present.some(({ userId }) => userId === id)) ?? [];
  const [userId, setUserId] = useState("");
  const [role, setRole] = useState<Role>("VIEWER");
  const picked = userId || (others[0]?.id ?? "");
  const act = async () => {
    await send("PUT", `/teams/${team.id}/members/${encodeURIComponent(picked.trim())}`, { role });
    await added(picked);
  };
  if (session.user.superAdmin && users.data && others.length === 0) {
    return <p>Everybody who has an account is in this team. Create an account first.</p>;
  }
  return (
    <ActionForm does="Add" act={act} close={close}>
      {session.user.superAdmin ? (
        <label>
          Person
          <select value={picked} onChange={(event) => setUserId(event.target.value)} required>
            {others.map(({ id, email }: User) => (
              <option key={id} value={id}>
                {email}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <label>
          Id of the person
          <input value={userId} onChange={(event) => setUserId(event.target.value)} required />
          <small>Who is in no team yet sees it after signing in.</small>
        </label>
      )}
      <label>
        Role
        <select value={role} onChange={(event) => setRole(event.target.value as Role)}>
          {ROLES.map((one) => (
            <option key={one} value={one}>
              {roleWord(one)}: {roleMeaning[one]}
            </option>
          ))}
        </select>
      </label>
    </ActionForm>
  );
}

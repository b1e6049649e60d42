// Everybody who has an account. Super-admins alone see and change this.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, send } from "../../api/client";
import type { User } from "../../api/people";
import type { List, Session } from "../../api/types";
import { exact, millisOf, shortTime } from "../../format/times";
import { ActionForm, Dialog } from "../../parts/dialog";
import { useNow } from "../../parts/now";
import { ShortTable } from "../../parts/short-table";
import { Loaded, Section } from "./section";

const PASSWORD_CHARS_MIN = 8;

export const useUsers = (enabled: boolean) =>
  useQuery({
    queryKey: ["users"],
    queryFn: ({ signal }) => get<List<User>>("/users", {}, signal),
    enabled,
  });

export function Users({ session }: { session: Session }) {
  const queries = useQueryClient();
  const users = useUsers(true);
  const [isMaking, setIsMaking] = useState(false);
  const [deleting, setDeleting] = useState<User | null>(null);
  return (
    <Section
      title="Accounts"
      about="Everybody who can sign in. A role in a team decides what they see."
      actions={
        <button type="button" onClick={() => setIsMaking(true)}>
          Create an account
        </button>
      }
    >
      <Loaded query={users}>
        {({ items }) => (
          <ShortTable
            name="with-actions"
            label="Accounts"
            rows={items}
            keyOf={({ id }) => id}
            empty="Nobody has an account."
            columns={[
              {
                title: "Email",
                cell: ({ id, email }) => (
                  <span title={email}>
                    {email}
                    {id === session.user.id && <small> you</small>}
                  </span>
                ),
              },
              { title: "Rights", width: 140, cell: ({ superAdmin }) => (superAdmin ? "Super-admin" : "By team") },
              { title: "Since", isWide: true, width: 130, cell: ({ createdAt }) => <Since timestamp={createdAt} /> },
              { title: "Id", isWide: true, width: 230, cell: ({ id }) => <code>{id}</code> },
              {
                title: "Actions",
                width: 100,
                cell: (user) =>
                  user.id !== session.user.id && (
                    <button type="button" className="quiet" onClick={() => setDeleting(user)}>
                      Delete<span className="unseen"> {user.email}</span>
                    </button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      <Dialog title="Create an account" isOpen={isMaking} close={() => setIsMaking(false)}>
        <NewUser close={() => setIsMaking(false)} />
      </Dialog>
      <Dialog title={`Delete ${deleting?.email}?`} isOpen={deleting !== null} close={() => setDeleting(null)}>
        <ActionForm
          does="Delete"
          isGrave
          close={() => setDeleting(null)}
          act={async () => {
            if (!deleting) return;
            await send("DELETE", `/users/${deleting.id}`);
            await Promise.all(["users", "members"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
          }}
        >
          <p>They are signed out everywhere, and their API tokens end. What they did stays in the audit.</p>
        </ActionForm>
      </Dialog>
    </Section>
  );
}

export function Since({ timestamp }: { timestamp: string }) {
  const now = useNow();
  const at = millisOf(timestamp) ?? 0;
  return (
    <time dateTime={timestamp} title={exact(at)}>
      {shortTime(at, now)}
    </time>
  );
}

function NewUser({ close }: { close: () => void }) {
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [superAdmin, setSuperAdmin] = useState(false);
  const act = async () => {
    await send("POST", "/users", { email, password, superAdmin });
    await queries.invalidateQueries({ queryKey: ["users"] });
  };
  return (
    <ActionForm does="Create" act={act} close={close}>
      <label>
        Email
        <input
          type="email"
          autoComplete="off"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          required
        />
      </label>
      <label>
        Password
        <input
          type="password"
          autoComplete="new-password"
          minLength={PASSWORD_CHARS_MIN}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          required
        />
        <small>At least {PASSWORD_CHARS_MIN} characters. Tell it to them; the server keeps no copy.</small>
      </label>
      <label className="tick-line">
        <input type="checkbox" checked={superAdmin} onChange={(event) => setSuperAdmin(event.target.checked)} />
        <span>
          Super-admin <small>sees and changes everything, in every team</small>
        </span>
      </label>
    </ActionForm>
  );
}

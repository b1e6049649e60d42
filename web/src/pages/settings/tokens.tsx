// What scripts of whoever is here prove themselves with.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, send } from "../../api/client";
import type { ApiToken, NewToken } from "../../api/people";
import type { List } from "../../api/types";
import { Copyable } from "../../parts/copyable";
import { ActionForm, Dialog } from "../../parts/dialog";
import { ShortTable } from "../../parts/short-table";
import { Loaded, Section } from "./section";
import { Since } from "./users";

export function Tokens() {
  const queries = useQueryClient();
  const tokens = useQuery({
    queryKey: ["api-tokens"],
    queryFn: ({ signal }) => get<List<ApiToken>>("/tokens", {}, signal),
  });
  const [isMaking, setIsMaking] = useState(false);
  const [made, setMade] = useState<NewToken | null>(null);
  const [deleting, setDeleting] = useState<ApiToken | null>(null);
  const [name, setName] = useState("");
  const close = () => {
    setIsMaking(false);
    setMade(null);
    setName("");
  };
  const reload = () => queries.invalidateQueries({ queryKey: ["api-tokens"] });
  return (
    <Section
      title="API tokens"
      about="A script that carries one may do what you may, until the token is deleted."
      actions={
        <button type="button" onClick={() => setIsMaking(true)}>
          Create a token
        </button>
      }
    >
      <Loaded query={tokens}>
        {({ items }) => (
          <ShortTable
            name="with-actions"
            label="API tokens"
            rows={items}
            keyOf={({ id }) => id}
            empty="You have no token. Create one to use the API from a script."
            columns={[
              { title: "Name", cell: (token) => <span title={token.name}>{token.name}</span> },
              { title: "Created", width: 150, cell: ({ createdAt }) => <Since timestamp={createdAt} /> },
              { title: "Id", isWide: true, width: 230, cell: ({ id }) => <code>{id}</code> },
              {
                title: "Actions",
                width: 100,
                cell: (token) => (
                  <button type="button" className="quiet" onClick={() => setDeleting(token)}>
                    Delete<span className="unseen"> {token.name}</span>
                  </button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <Dialog title={made ? "The token" : "Create a token"} isOpen={isMaking} close={close}>
        {made ? (
          <div className="action">
            <p className="once">It is shown this once. Keep it where secrets are kept.</p>
            <Copyable name="the token" text={made.token} />
            <p className="muted">A request carries it as a header:</p>
            <Copyable
              name="an example"
              text={`curl -H "Authorization: Bearer ${made.token}" ${location.origin}/api/v1/fleet/summary`}
            />
            <div className="answers">
              <button type="button" className="primary" onClick={close}>
                Done
              </button>
            </div>
          </div>
        ) : (
          <ActionForm
            does="Create"
            close={close}
            // The token is shown in the same dialog.
            done={() => void reload()}
            act={async () => {
              setMade(await send<NewToken>("POST", "/tokens", { name }));
            }}
          >
            <label>
              Name
              <input
                value={name}
                onChange={(event) => setName(event.target.value)}
                placeholder="What uses it"
                maxLength={200}
                required
              />
            </label>
          </ActionForm>
        )}
      </Dialog>
      <Dialog title={`Delete ${deleting?.name}?`} isOpen={deleting !== null} close={() => setDeleting(null)}>
        <ActionForm
          does="Delete"
          isGrave
          close={() => setDeleting(null)}
          act={async () => {
            if (!deleting) return;
            await send("DELETE", `/tokens/${deleting.id}`);
            await reload();
          }}
        >
          <p>Scripts that carry it are refused from now on.</p>
        </ActionForm>
      </Dialog>
    </Section>
  );
}

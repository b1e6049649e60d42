// How nodes come into an environment, and the tokens they come with.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { hasRole, oneEnvironment } from "../../access/roles";
import { get, send } from "../../api/client";
import type { EnrollmentToken } from "../../api/people";
import type { Environment, List, Session } from "../../api/types";
import { ActionForm, Dialog } from "../../parts/dialog";
import { PickEnvironment } from "../../parts/pick-environment";
import { ShortTable } from "../../parts/short-table";
import type { PlaceOf } from "../../url/url";
import Enroll from "../enroll";
import { Loaded, Section } from "./section";
import { Since } from "./users";

export function Enrollment({ session, place }: { session: Session; place: PlaceOf<"settings"> }) {
  const environment = oneEnvironment(session, place.environment);
  if (!environment) {
    return (
      <div className="card lone">
        <PickEnvironment title="Into which environment?" session={session} place={place}>
          A token enrolls nodes into one environment.
        </PickEnvironment>
      </div>
    );
  }
  return (
    // Another environment is another token.
    <div key={environment.id} className="sections">
      <Section title={`Add nodes to ${environment.name}`}>
        <div className="padded">
          <Enroll environment={environment} />
        </div>
      </Section>
      {hasRole(session, environment.id, "ADMIN") && <EnrollmentTokens environment={environment} />}
    </div>
  );
}

function EnrollmentTokens({ environment }: { environment: Environment }) {
  const queries = useQueryClient();
  const [deleting, setDeleting] = useState<EnrollmentToken | null>(null);
  const path = `/environments/${environment.id}/enrollment-tokens`;
  const tokens = useQuery({
    queryKey: ["enrollment-tokens", environment.id],
    queryFn: ({ signal }) => get<List<EnrollmentToken>>(path, {}, signal),
  });
  return (
    <Section
      title="Enrollment tokens"
      about="Each enrolls hosts until it is deleted. Nodes that came with it stay: they have tokens of their own."
    >
      <Loaded query={tokens}>
        {({ items }) => (
          <ShortTable
            name="with-actions"
            label="Enrollment tokens"
            rows={items}
            keyOf={({ id }) => id}
            empty="No token can enroll a node now."
            columns={[
              { title: "Token", cell: ({ hint }) => <code>…{hint}</code> },
              { title: "Created", width: 150, cell: ({ createdAt }) => <Since timestamp={createdAt} /> },
              { title: "Id", isWide: true, width: 230, cell: ({ id }) => <code>{id}</code> },
              {
                title: "Actions",
                width: 100,
                cell: (token) => (
                  <button type="button" className="quiet" onClick={() => setDeleting(token)}>
                    Delete<span className="unseen"> the token that ends with {token.hint}</span>
                  </button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <Dialog title={`Delete the token …${deleting?.hint}?`} isOpen={deleting !== null} close={() => setDeleting(null)}>
        <ActionForm
          does="Delete"
          isGrave
          close={() => setDeleting(null)}
          act={async () => {
            if (!deleting) return;
            await send("DELETE", `${path}/${deleting.id}`);
            await queries.invalidateQueries({ queryKey: ["enrollment-tokens", environment.id] });
          }}
        >
          <p>Hosts can no longer enroll with it. Nodes that did are not touched.</p>
        </ActionForm>
      </Dialog>
    </Section>
  );
}

// What can be done to a node, by the role of whoever looks at it. What cannot be undone asks for the node's name.

import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { send } from "../../api/client";
import type { NodeDetail } from "../../api/types";
import { ActionForm, Dialog } from "../../parts/dialog";
import { Icon } from "../../parts/icons";
import { Action, Menu } from "../../parts/menu";
import { useRights } from "../../shell/rights";
import { go } from "../../url/place";
import { noFilter } from "../../url/url";
import { labelsOf, textOfLabels } from "./labels";
import { UpdateForm } from "./update-form";

type Doing = "rename" | "labels" | "maintenance" | "update" | "take-back" | "revoke" | "delete";

const titles: Record<Doing, string> = {
  rename: "Rename the node",
  labels: "Labels",
  maintenance: "Maintenance",
  update: "Update the agent",
  "take-back": "Take the update back",
  revoke: "Revoke the node's token",
  delete: "Delete the node",
};

export function NodeActions({ node, environment }: { node: NodeDetail; environment: string }) {
  const { mayEdit, mayAdminister } = useRights(node.environmentId);
  const [doing, setDoing] = useState<Doing | null>(null);
  if (!mayEdit) return null;
  const item = (what: Doing, text: string) => <Action act={() => setDoing(what)}>{text}</Action>;
  return (
    <>
      <Menu
        name="Actions on the node"
        button={
          <>
            Actions
            <Icon name="chevron" />
          </>
        }
      >
        {item("rename", "Rename")}
        {item("labels", "Edit labels")}
        {mayAdminister && (
          <>
            {item("maintenance", node.maintenance ? "End maintenance" : "Begin maintenance")}
            {node.pendingAction ? item("take-back", "Take the update back") : item("update", "Update the agent")}
            {!node.revoked && item("revoke", "Revoke its token")}
            {item("delete", "Delete")}
          </>
        )}
      </Menu>
      <Dialog title={doing ? titles[doing] : ""} isOpen={doing !== null} close={() => setDoing(null)}>
        {doing && <Form doing={doing} node={node} environment={environment} close={() => setDoing(null)} />}
      </Dialog>
    </>
  );
}

type FormProps = { doing: Doing; node: NodeDetail; environment: string; close: () => void };

function Form({ doing, node, environment, close }: FormProps) {
  const queries = useQueryClient();
  const path = `/nodes/${node.id}`;
  /** What was done shows before the form is closed. */
  const done = async <T,>(act: Promise<T>) => {
    await act;
    void queries.invalidateQueries({ queryKey: ["nodes"] });
    await queries.invalidateQueries({ queryKey: ["node", node.id] });
  };
  switch (doing) {
    case "rename":
      return <Rename node={node} rename={(name) => done(send("PUT", path, { name }))} close={close} />;
    case "labels":
      return <Labels node={node} save={(labels) => done(send("PUT", path, { labels }))} close={close} />;
    case "maintenance":
      return (
        <ActionForm
          does={node.maintenance ? "End maintenance" : "Begin maintenance"}
          act={() => done(send("PUT", path, { maintenance: !node.maintenance }))}
          close={close}
        >
          {node.maintenance ? (
            <p>{node.name} gets its pipelines back, in the versions that are deployed now.</p>
          ) : (
            <p>
              {node.name} stops all its {node.instances === 1 ? "pipeline" : `${node.instances} pipelines`} and runs
              nothing until maintenance ends. It goes on reporting, and deploys do not wait for it.
            </p>
          )}
        </ActionForm>
      );
    case "update":
      return <UpdateForm node={node} update={(body) => done(send("POST", `${path}/action`, body))} close={close} />;
    case "take-back":
      return (
        <ActionForm does="Take it back" act={() => done(send("DELETE", `${path}/action`))} close={close}>
          <p>An update that {node.name} has not done yet is not asked for any more. One it has begun goes on.</p>
        </ActionForm>
      );
    case "revoke":
      return (
        <Grave node={node} does="Revoke its token" act={() => done(send("POST", `${path}/revoke`))} close={close}>
          <p>
            The agent on {node.name} is refused from now on: it cannot report, and gets no pipelines. What it runs may
            go on unseen. It has to enroll again, as a new node.
          </p>
        </Grave>
      );
    case "delete":
      return (
        <Grave
          node={node}
          does="Delete the node"
          act={async () => {
            await send("DELETE", path);
            void queries.invalidateQueries({ queryKey: ["nodes"] });
            go({ page: "fleet", environment, filter: noFilter });
          }}
          close={close}
        >
          <p>
            {node.name} leaves the fleet, with its metrics, events and log lines. This cannot be undone. Its agent is
            refused from now on.
          </p>
        </Grave>
      );
  }
}

type GraveProps = {
  node: NodeDetail;
  does: string;
  act: () => Promise<unknown>;
  close: () => void;
  children: ReactNode;
};

/** Whoever types the name has read which node it is. */
function Grave({ node, does, act, close, children }: GraveProps) {
  const [name, setName] = useState("");
  const actIfMeant = () =>
    name.trim() === node.name ? act() : Promise.reject(new Error(`Type ${node.name} to say that you mean it.`));
  return (
    <ActionForm does={does} isGrave act={actIfMeant} close={close}>
      {children}
      <label>
        <span>
          Type <b>{node.name}</b> to go on
        </span>
        <input value={name} autoComplete="off" spellCheck={false} onChange={(event) => setName(event.target.value)} />
      </label>
    </ActionForm>
  );
}

type RenameProps = { node: NodeDetail; rename: (name: string) => Promise<unknown>; close: () => void };

function Rename({ node, rename, close }: RenameProps) {
  const [name, setName] = useState(node.name);
  return (
    <ActionForm does="Rename" act={() => rename(name.trim())} close={close}>
      <label>
        Name
        <input
          value={name}
          maxLength={200}
          required
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
        />
        {node.host && <small>Its host calls itself {node.host}.</small>}
      </label>
    </ActionForm>
  );
}

type LabelsProps = { node: NodeDetail; save: (labels: Record<string, string>) => Promise<unknown>; close: () => void };

function Labels({ node, save, close }: LabelsProps) {
  const [text, setText] = useState(() => textOfLabels(node.operatorLabels));
  const saveIfRead = () => {
    const { labels, problem } = labelsOf(text);
    return problem === null ? save(labels) : Promise.reject(new Error(problem));
  };
  return (
    <ActionForm does="Save" act={saveIfRead} close={close}>
      <label>
        <span>
          One a line, as <code>key=value</code>
        </span>
        <textarea
          className="mono label-text"
          rows={8}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <small>
          They stand beside the labels that the agent tells, and win over those with the same key. Pipelines that are
          deployed by labels come and go with them at once.
        </small>
      </label>
    </ActionForm>
  );
}

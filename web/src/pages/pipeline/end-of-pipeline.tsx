// Taking a pipeline off its nodes, and deleting it. Both are asked about, and the second by its name.

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "../../api/client";
import type { PipelineDetail } from "../../api/types";
import { count } from "../../format/numbers";
import { ActionForm, Dialog } from "../../parts/dialog";
import { currentPlace, go } from "../../url/place";

export function EndOfPipeline({ pipeline }: { pipeline: PipelineDetail }) {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<"undeploy" | "delete" | null>(null);
  const [typed, setTyped] = useState("");
  const { id, name, deployedVersion, instances } = pipeline;
  const close = () => {
    setAsked(null);
    setTyped("");
  };
  const nodes = `${count(instances.total)} ${instances.total === 1 ? "node" : "nodes"}`;
  const undeploy = async () => {
    await send("POST", `/pipelines/${id}/undeploy`);
    for (const queryKey of [["pipeline", id], ["deployment", id], ["pipelines"]]) {
      void queries.invalidateQueries({ queryKey });
    }
  };
  const remove = async () => {
    if (typed !== name) throw new Error("That is not the name of the pipeline.");
    await send("DELETE", `/pipelines/${id}`);
    go({ page: "pipelines", environment: currentPlace().environment, text: "" });
    void queries.invalidateQueries({ queryKey: ["pipelines"] });
  };
  return (
    <section className="ending" aria-label="Taking it away">
      {deployedVersion !== null && (
        <button type="button" onClick={() => setAsked("undeploy")}>
          Undeploy…
        </button>
      )}
      <button type="button" onClick={() => setAsked("delete")}>
        Delete the pipeline…
      </button>
      <Dialog title={`Undeploy ${name}?`} isOpen={asked === "undeploy"} close={close}>
        <ActionForm does="Undeploy" isGrave act={undeploy} close={close}>
          <p>
            {nodes} will stop running it. What flows through it is not taken in any more. Its text and its versions
            stay, and it can be deployed again.
          </p>
        </ActionForm>
      </Dialog>
      <Dialog title={`Delete ${name}?`} isOpen={asked === "delete"} close={close}>
        <ActionForm does="Delete the pipeline" isGrave act={remove} close={close}>
          <p>
            {instances.total > 0 ? `${nodes} will stop running it. ` : ""}Its text, all of its versions and its metrics
            are gone for good.
          </p>
          <label>
            <span>
              Type <code>{name}</code> to say that you mean it
            </span>
            <input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
          </label>
        </ActionForm>
      </Dialog>
    </section>
  );
}

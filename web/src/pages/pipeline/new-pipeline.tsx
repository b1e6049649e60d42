// Makes a pipeline that works as it is, and goes to where it is written.

import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { send } from "../../api/client";
import type { Environment } from "../../api/types";
import { ActionForm, Dialog } from "../../parts/dialog";
import { go } from "../../url/place";

/** Small, valid, and harmless wherever it is deployed. */
const STARTING_CONFIG = `# Made-up log lines, read as JSON and thrown away: replace each part with your own.
sources:
  lines:
    type: demo_logs
    format: json

transforms:
  parse:
    type: remap
    inputs: [lines]
    source: . = parse_json!(.message)

sinks:
  nowhere:
    type: blackhole
    inputs: [parse]
`;

type Props = { environment: string; environments: Environment[]; close: () => void };

export function NewPipeline({ environment, environments, close }: Props) {
  return (
    <Dialog title="New pipeline" isOpen close={close}>
      <Form environment={environment} environments={environments} close={close} />
    </Dialog>
  );
}

function Form({ environment, environments, close }: Props) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [picked, setPicked] = useState(
    environments.some(({ id }) => id === environment) ? environment : (environments[0]?.id ?? ""),
  );
  const hint = useId();
  const make = async () => {
    const body = { environmentId: picked, name: name.trim(), config: STARTING_CONFIG };
    const { id } = await send<{ id: string }>("POST", "/pipelines", body);
    void queries.invalidateQueries({ queryKey: ["pipelines"] });
    go({ page: "pipeline", environment, pipelineId: id, tab: "configuration", nodeId: "" });
  };
  return (
    <ActionForm does="Create it" act={make} close={close}>
      <label>
        Name
        <input
          required
          maxLength={200}
          placeholder="web-access-logs"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <label>
        Environment
        <select value={picked} onChange={(event) => setPicked(event.target.value)} aria-describedby={hint}>
          {environments.map(({ id, name: title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <p className="muted" id={hint}>
        It begins with a small configuration that works. No node runs it until it is deployed.
      </p>
    </ActionForm>
  );
}

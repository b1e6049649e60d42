// What a pipeline has said on its nodes, and says from now on.

import { useState } from "react";
import type { LogQuery } from "../../logs/source";
import { useLogLines } from "../../parts/log-lines";
import { LogView } from "../../parts/log-view";
import { useNames } from "../../shell/queries";
import { Link } from "../../url/place";
import { noLogFilter } from "../../url/url";
import type { TabProps } from "./page";

export function LogsTab({ pipeline, place }: TabProps) {
  const { environment, nodeId, pipelineId } = place;
  const query: LogQuery = { environment: "", nodeId, pipelineId, level: null, text: "", range: null };
  const lines = useLogLines(query);
  const names = useNames(pipeline.environmentId);
  const [isWrapped, setIsWrapped] = useState(false);
  return (
    <section className="card pipeline-log" aria-labelledby="log">
      <div className="head-line">
        <h2 id="log">Log</h2>
        <span className="space" />
        <label className="check">
          <input type="checkbox" checked={isWrapped} onChange={() => setIsWrapped(!isWrapped)} /> Wrap
        </label>
        <Link to={{ page: "logs", environment, filter: { ...noLogFilter, nodeId, pipelineId } }}>Search all</Link>
      </div>
      <LogView
        name="Log lines of this pipeline, oldest first"
        lines={lines}
        environment={environment}
        names={names}
        sources={nodeId ? [] : ["node"]}
        isWrapped={isWrapped}
        none="No line yet. Lines appear as nodes that run it send them."
      />
    </section>
  );
}

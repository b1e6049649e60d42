// All there is of one line: where it is from, exactly when, and its structure.

import { useState } from "react";
import { exact } from "../format/times";
import type { LogLine } from "../logs/buffer";
import { structureOf } from "../logs/structure";
import { Link } from "../url/place";
import { usualRange } from "../url/url";
import { Dialog } from "./dialog";
import type { LogNames } from "./log-view";

type Props = { line: LogLine; environment: string; names: LogNames; close: () => void };

export function LogDetail({ line, environment, names, close }: Props) {
  const { level, timestamp, nodeId, pipelineId, raw } = line;
  const { json, fields } = structureOf(raw);
  return (
    <Dialog title="Log line" isOpen close={close} isWide>
      <div className="log-detail">
        <dl className="facts">
          <div>
            <dt>Level</dt>
            <dd className={`level ${level}`}>{level}</dd>
          </div>
          <div>
            <dt>Time</dt>
            <dd>
              {exact(timestamp)} <code>{new Date(timestamp).toISOString()}</code>
            </dd>
          </div>
          <div>
            <dt>Node</dt>
            <dd>
              <Link to={{ page: "node", environment, nodeId, range: usualRange }}>{names.ofNode(nodeId)}</Link>
            </dd>
          </div>
          <div>
            <dt>Pipeline</dt>
            <dd>
              <Link to={{ page: "pipeline", environment, pipelineId, tab: "graph", nodeId }}>
                {names.ofPipeline(pipelineId)}
              </Link>
            </dd>
          </div>
        </dl>
        <h3>As it was sent</h3>
        <pre>{raw}</pre>
        {json && (
          <>
            <h3>Its fields</h3>
            <pre>{json}</pre>
          </>
        )}
        {fields.length > 0 && (
          <>
            <h3>Its fields</h3>
            <dl className="fields">
              {fields.map(([key, value], index) => (
                <div key={index}>
                  <dt>{key}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </>
        )}
        <div className="answers">
          <Copy text={raw} />
        </div>
      </div>
    </Dialog>
  );
}

function Copy({ text }: { text: string }) {
  const [said, setSaid] = useState("Copy the line");
  const copy = () =>
    // Without TLS a browser lends no clipboard.
    (navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"))).then(
      () => setSaid("Copied"),
      () => setSaid("The browser does not allow it"),
    );
  return (
    <button type="button" onClick={() => void copy()}>
      <span role="status">{said}</span>
    </button>
  );
}

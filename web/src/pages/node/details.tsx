// What is known of a node that does not change by the second.

import type { NodeDetail } from "../../api/types";

export function Details({ node }: { node: NodeDetail }) {
  const facts: [string, string | null][] = [
    ["Id", node.id],
    ["Host", node.host],
    ["Agent", node.agentVersion],
    ["Vector", node.vectorVersion],
    ["System", node.os],
    ["Runs as", node.runningAs],
    ["Mode", node.deploymentMode],
    ["Update", node.updateError],
  ];
  return (
    <section className="card" aria-labelledby="details">
      <h2 id="details">Details</h2>
      <dl className="facts">
        {facts.map(
          ([name, text]) =>
            text && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{name === "Id" ? <code>{text}</code> : text}</dd>
              </div>
            ),
        )}
        {Object.keys(node.labels).length > 0 && (
          <div>
            <dt>Labels</dt>
            <dd className="labels">
              {Object.entries(node.labels).map(([key, value]) => (
                <code key={key}>
                  {key}={value}
                </code>
              ))}
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

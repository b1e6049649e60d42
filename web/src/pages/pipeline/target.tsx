// Which nodes a deploy is for: labels to pick them by, and whom that reaches.

import "./target.css";

import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useState } from "react";
import { get } from "../../api/client";
import type { List, NodeItem, PipelineDetail } from "../../api/types";
import { count } from "../../format/numbers";
import { Icon } from "../../parts/icons";
import { useSummary } from "../../shell/queries";
import { bothOf, labelsOf, selectorOf, withLabel } from "./selector";

/** As many nodes as the server tells at once. */
const NODES_MAX = 500;
const NAMES_MAX = 5;

type Props = { pipeline: PipelineDetail; labels: string[]; change: (labels: string[]) => void };

export function Target({ pipeline, labels, change }: Props) {
  return (
    <fieldset className="target">
      <legend>Nodes</legend>
      <LabelField environment={pipeline.environmentId} labels={labels} change={change} />
      <Reach pipeline={pipeline} labels={labels} />
    </fieldset>
  );
}

function useNodesWith(environment: string, labels: string[], limit: number, isAsked = true) {
  return useQuery({
    queryKey: ["nodes", environment, "with", labels, limit],
    queryFn: ({ signal }) =>
      get<List<NodeItem>>("/nodes", { environmentId: environment, label: labels, sort: "name", limit }, signal),
    enabled: isAsked,
  });
}

function LabelField({
  environment,
  labels,
  change,
}: {
  environment: string;
  labels: string[];
  change: Props["change"];
}) {
  const [typed, setTyped] = useState("");
  const [isWrong, setIsWrong] = useState(false);
  const list = useId();
  const known = useNodesWith(environment, [], NODES_MAX);
  const suggested = [...new Set(known.data?.items.flatMap((node) => labelsOf(node.labels)))].sort();
  const add = () => {
    if (typed.trim() === "") return;
    const next = withLabel(labels, typed);
    setIsWrong(next === null);
    if (next === null) return;
    change(next);
    setTyped("");
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter" || event.key === ",") {
      // The form around it is not to be sent yet.
      event.preventDefault();
      add();
    }
    if (event.key === "Backspace" && typed === "") change(labels.slice(0, -1));
  };
  return (
    <div className="label-line">
      {labels.map((label) => (
        <button
          key={label}
          type="button"
          className="chip"
          aria-label={`Remove the label ${label}`}
          onClick={() => change(labels.filter((other) => other !== label))}
        >
          <code>{label}</code>
          <Icon name="close" />
        </button>
      ))}
      <input
        className="label-field"
        list={list}
        placeholder="label=value"
        aria-label="Label that a node has to have, as key=value"
        aria-invalid={isWrong}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setIsWrong(false);
        }}
        onKeyDown={press}
        onBlur={add}
      />
      <datalist id={list}>
        {suggested.map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
      {isWrong && (
        <span className="problem" role="alert">
          A label is written as key=value.
        </span>
      )}
    </div>
  );
}

function Reach({ pipeline, labels }: { pipeline: PipelineDetail; labels: string[] }) {
  const { environmentId, nodeSelector, deployedVersion } = pipeline;
  const all = useSummary(environmentId).data?.nodes.total ?? null;
  const reached = useNodesWith(environmentId, labels, NODES_MAX);
  const left = useLeft(environmentId, deployedVersion === null ? null : nodeSelector, labels);
  if (reached.isPending) return <p className="reach muted">Looking for the nodes…</p>;
  if (!reached.data) return <p className="reach problem">Its nodes could not be looked up. {reached.error.message}</p>;
  const { items, total } = reached.data;
  const known = total ?? items.length;
  const names = items.slice(0, NAMES_MAX).map(({ name }) => name);
  const resting = items.filter(({ maintenance }) => maintenance).length;
  const silent = items.filter(({ status }) => status !== "HEALTHY" && status !== "DEGRADED").length;
  return (
    <div className="reach" role="status">
      <p>
        <b>{sentenceOf(known, all, labels.length > 0)}</b>
        {names.length > 0 && (
          <span className="muted">
            {" "}
            {names.join(", ")}
            {known > names.length && ` and ${count(known - names.length)} more`}
          </span>
        )}
      </p>
      {silent > 0 && (
        <p className="muted">
          {count(silent)} of them {silent === 1 ? "is" : "are"} silent now, and {silent === 1 ? "gets" : "get"} it when
          heard again.
        </p>
      )}
      {resting > 0 && (
        <p className="muted">
          {count(resting)} {resting === 1 ? "is" : "are"} in maintenance and {resting === 1 ? "runs" : "run"} nothing
          until that ends.
        </p>
      )}
      {left !== null && left > 0 && (
        <p className="warns">
          {count(left)} {left === 1 ? "node that has it now loses" : "nodes that have it now lose"} it.
        </p>
      )}
    </div>
  );
}

function sentenceOf(reached: number, all: number | null, isNarrow: boolean): string {
  if (reached === 0) return isNarrow ? "No node has these labels; nothing would run it." : "There is no node yet.";
  const nodes = `${count(reached)} ${reached === 1 ? "node" : "nodes"}`;
  if (!isNarrow) return `Reaches every node: ${nodes}.`;
  return all === null ? `Reaches ${nodes}.` : `Reaches ${count(reached)} of ${count(all)} nodes.`;
}

/** How many nodes are picked now and would be no more; null while that is not known. */
function useLeft(environment: string, picked: Record<string, string> | null, labels: string[]): number | null {
  const before = useNodesWith(environment, labelsOf(picked ?? {}), 1, picked !== null);
  const both = bothOf(picked ?? {}, selectorOf(labels));
  const after = useNodesWith(environment, labelsOf(both ?? {}), 1, picked !== null && both !== null);
  const had = before.data?.total ?? null;
  const stay = both === null ? 0 : (after.data?.total ?? null);
  return picked === null || had === null || stay === null ? null : had - stay;
}

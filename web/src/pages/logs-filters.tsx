// Which lines are shown: words, levels, one node, one pipeline, and how far back.

import { useState } from "react";
import { problemOf } from "../logs/words";
import { useFoundNodes } from "../parts/found-nodes";
import { Icon } from "../parts/icons";
import type { LogNames } from "../parts/log-view";
import { Choices, Menu } from "../parts/menu";
import { Picker } from "../parts/picker";
import { Ranges } from "../parts/ranges";
import { SearchField } from "../parts/search-field";
import { StatusMark, wordOf } from "../parts/status";
import { usePipelines } from "../shell/queries";
import { LEVELS, LONG_RANGES, type LogFilter } from "../url/url";

const FOUND_NODES = 12;
const SHOWN_PIPELINES = 50;

const levelNames: Record<string, string> = {
  "": "All levels",
  ERROR: "Errors",
  WARN: "Warnings and worse",
  INFO: "Info and worse",
  DEBUG: "Debug and worse",
};

type Props = {
  environment: string;
  filter: LogFilter;
  names: LogNames;
  change: (part: Partial<LogFilter>) => void;
};

export function LogFilters({ environment, filter, names, change }: Props) {
  const { text, level, nodeId, pipelineId, range } = filter;
  const [picking, setPicking] = useState<"node" | "pipeline" | null>(null);
  const problem = problemOf(text);
  const done = () => setPicking(null);
  return (
    <div>
      <search className="filters">
        <SearchField label="Search for words" text={text} search={(words) => change({ text: words })} />
        <Menu
          name={`Level: ${levelNames[level ?? ""]}`}
          button={
            <>
              {levelNames[level ?? ""]}
              <Icon name="chevron" />
            </>
          }
        >
          <Choices
            value={level ?? ""}
            choices={Object.entries(levelNames).map(([value, label]) => ({ value, label }))}
            pick={(value) => change({ level: LEVELS.find((one) => one === value) ?? null })}
          />
        </Menu>
        <Pick
          name="node"
          picked={nodeId && names.ofNode(nodeId)}
          pick={() => setPicking("node")}
          clear={() => change({ nodeId: "" })}
        />
        <Pick
          name="pipeline"
          picked={pipelineId && names.ofPipeline(pipelineId)}
          pick={() => setPicking("pipeline")}
          clear={() => change({ pipelineId: "" })}
        />
        <Ranges ranges={LONG_RANGES} range={range} pick={(picked) => change({ range: picked })} />
      </search>
      {problem ? (
        <p className="hint problem" role="alert">
          {problem}
        </p>
      ) : (
        text.trim() !== "" && (
          <p className="hint">
            Lines that hold every word, in any order. Words are whole: <code>time*</code> also finds timeout. Signs
            separate words, and case makes no difference.
          </p>
        )
      )}
      {picking === "node" && <PickNode environment={environment} pick={(id) => change({ nodeId: id })} close={done} />}
      {picking === "pipeline" && (
        <PickPipeline environment={environment} pick={(id) => change({ pipelineId: id })} close={done} />
      )}
    </div>
  );
}

type PickProps = { name: string; picked: string; pick: () => void; clear: () => void };

function Pick({ name, picked, pick, clear }: PickProps) {
  if (picked === "") {
    return (
      <button type="button" className="quiet" onClick={pick}>
        All {name}s
        <Icon name="chevron" />
      </button>
    );
  }
  return (
    <button
      type="button"
      className="chip"
      aria-pressed="true"
      aria-label={`Remove the ${name} filter ${picked}`}
      onClick={clear}
    >
      <span className="cut">{picked}</span>
      <Icon name="close" />
    </button>
  );
}

type PickerProps = { environment: string; pick: (id: string) => void; close: () => void };

function PickNode({ environment, pick, close }: PickerProps) {
  const [text, setText] = useState("");
  const { nodes, isSearching } = useFoundNodes(environment, text, FOUND_NODES);
  const choices = nodes.map(({ id, name, status }) => ({
    id,
    label: name,
    mark: <StatusMark status={status} />,
    hint: wordOf(status),
    take: () => pick(id),
  }));
  return (
    <Picker
      title="Lines of one node"
      placeholder="Name of a node"
      text={text}
      setText={setText}
      groups={[{ name: "Nodes", choices }]}
      isSearching={isSearching}
      close={close}
    />
  );
}

function PickPipeline({ environment, pick, close }: PickerProps) {
  const [text, setText] = useState("");
  const { data, isPending } = usePipelines(environment);
  const choices = (data?.items ?? [])
    .filter(({ name }) => name.toLowerCase().includes(text.trim().toLowerCase()))
    .slice(0, SHOWN_PIPELINES)
    .map(({ id, name }) => ({ id, label: name, take: () => pick(id) }));
  return (
    <Picker
      title="Lines of one pipeline"
      placeholder="Name of a pipeline"
      text={text}
      setText={setText}
      groups={[{ name: "Pipelines", choices }]}
      isSearching={isPending}
      close={close}
    />
  );
}

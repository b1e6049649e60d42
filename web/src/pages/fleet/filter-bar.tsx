// Which nodes are shown, and how: as a table or as a wall.

import { type FormEvent, useState } from "react";
import type { Summary } from "../../api/types";
import { count, NONE } from "../../format/numbers";
import { Icon } from "../../parts/icons";
import { Choices, Menu } from "../../parts/menu";
import { SearchField } from "../../parts/search-field";
import { StatusMark, wordOf } from "../../parts/status";
import { FLEET_VIEWS, type FleetFilter, isLabel, STATUSES } from "../../url/url";

type Props = {
  filter: FleetFilter;
  counts: Summary["nodes"] | undefined;
  groupKeys: string[];
  change: (part: Partial<FleetFilter>) => void;
};

const viewNames = { table: "Table", wall: "Wall" };

export function FilterBar({ filter, counts, groupKeys, change }: Props) {
  const [label, setLabel] = useState("");
  const addLabel = (event: FormEvent) => {
    event.preventDefault();
    if (!isLabel(label)) return;
    change({ labels: [...new Set([...filter.labels, label])] });
    setLabel("");
  };
  return (
    <search className="filters">
      <SearchField label="Search nodes" text={filter.text} search={(text) => change({ text })} />
      {STATUSES.map((status) => (
        <button
          key={status}
          type="button"
          className="chip"
          aria-pressed={filter.status === status}
          onClick={() => change({ status: filter.status === status ? null : status })}
        >
          <StatusMark status={status} />
          {wordOf(status)}
          <span className="count">
            {counts ? count(counts[status.toLowerCase() as Lowercase<typeof status>]) : NONE}
          </span>
        </button>
      ))}
      {filter.labels.map((one) => (
        <button
          key={one}
          type="button"
          className="chip"
          aria-pressed="true"
          aria-label={`Remove the label filter ${one}`}
          onClick={() => change({ labels: filter.labels.filter((other) => other !== one) })}
        >
          <code>{one}</code>
          <Icon name="close" />
        </button>
      ))}
      <form onSubmit={addLabel}>
        <input
          className="label-field"
          placeholder="label=value"
          aria-label="Label filter, as key=value"
          value={label}
          onChange={(event) => setLabel(event.target.value)}
        />
      </form>
      <span className="space" />
      {filter.view === "wall" && (
        <GroupMenu group={filter.group} keys={groupKeys} pick={(group) => change({ group })} />
      )}
      <fieldset className="ranges">
        <legend className="unseen">Shown as</legend>
        {FLEET_VIEWS.map((view) => (
          <button key={view} type="button" aria-pressed={filter.view === view} onClick={() => change({ view })}>
            {viewNames[view]}
          </button>
        ))}
      </fieldset>
    </search>
  );
}

function GroupMenu({ group, keys, pick }: { group: string; keys: string[]; pick: (key: string) => void }) {
  const name = group === "" ? "Not grouped" : `By ${group}`;
  // A key that no node has any more can still be left.
  const known = group === "" || keys.includes(group) ? keys : [group, ...keys];
  return (
    <Menu
      name={`Groups: ${name}`}
      button={
        <>
          {name}
          <Icon name="chevron" />
        </>
      }
    >
      <Choices
        value={group}
        choices={[{ value: "", label: "Not grouped" }, ...known.map((key) => ({ value: key, label: key }))]}
        pick={pick}
      />
    </Menu>
  );
}

// One field for everything: pages, environments, nodes, pipelines, and what can be done from anywhere.

import { useState } from "react";
import { send } from "../api/client";
import type { Session } from "../api/types";
import { ranked } from "../palette/rank";
import { useFoundNodes } from "../parts/found-nodes";
import { Icon } from "../parts/icons";
import { type Choice, type ChoiceGroup, Picker } from "../parts/picker";
import { StatusMark, wordOf } from "../parts/status";
import { go } from "../url/place";
import { noFilter, noLogFilter, type Place, usualRange } from "../url/url";
import { PAGES } from "./pages";
import { usePipelines } from "./queries";
import { applyTheme, storedTheme, THEMES, themeNames } from "./theme";

const FOUND_NODES = 8;
const FOUND_OTHERS = 8;

type Props = {
  place: Place;
  session: Session;
  signedOut: () => void;
  showKeys: () => void;
  close: () => void;
};

export default function Palette({ place, session, signedOut, showKeys, close }: Props) {
  const { environment } = place;
  const [text, setText] = useState("");
  const { nodes, isSearching } = useFoundNodes(environment, text, FOUND_NODES);
  const pipelines = usePipelines(environment).data?.items ?? [];
  const isTyped = text.trim() !== "";
  const among = (name: string, choices: Choice[], most = FOUND_OTHERS): ChoiceGroup => ({
    name,
    choices: ranked(choices, text, ({ label, hint }) => `${label} ${hint ?? ""}`.trim(), most),
  });
  const groups: ChoiceGroup[] = [
    among("Pages", pagesOf(environment), PAGES.length),
    {
      name: isTyped ? "Nodes" : "Nodes, the worst first",
      choices: nodes.slice(0, isTyped ? FOUND_NODES : 4).map(({ id, name, status }) => ({
        id: `node-${id}`,
        label: name,
        mark: <StatusMark status={status} />,
        hint: wordOf(status),
        take: () => go({ page: "node", environment, nodeId: id, range: usualRange }),
      })),
    },
    among(
      "Pipelines",
      isTyped
        ? pipelines.map(({ id, name, instances }) => ({
            id: `pipeline-${id}`,
            label: name,
            mark: <StatusMark status={instances.crashed > 0 ? "CRASHED" : instances.running > 0 ? "RUNNING" : null} />,
            take: () => go({ page: "pipeline", environment, pipelineId: id, tab: "graph", nodeId: "" }),
          }))
        : [],
    ),
    among("Environments", environmentsOf(session, environment)),
    among("Actions", [
      ...THEMES.filter((theme) => theme !== storedTheme()).map((theme) => ({
        id: `theme-${theme}`,
        label: `Theme: ${themeNames[theme].toLowerCase()}`,
        mark: <Icon name="sun" />,
        take: () => applyTheme(theme),
      })),
      { id: "keys", label: "Show the keys", mark: <Icon name="keys" />, keys: "?", take: showKeys },
      {
        id: "sign-out",
        label: "Sign out",
        mark: <Icon name="user" />,
        hint: session.user.email,
        // As in the menu of the account: the session is over here whatever the server says.
        take: () => void send("DELETE", "/session").then(signedOut, signedOut),
      },
    ]),
    { name: "Search", choices: isTyped ? searchesOf(text.trim(), environment) : [] },
  ];
  return (
    <Picker
      title="Go to anything, or do something"
      placeholder="Node, pipeline, page or action"
      text={text}
      setText={setText}
      groups={groups}
      isSearching={isSearching}
      close={close}
    />
  );
}

const pagesOf = (environment: string): Choice[] =>
  PAGES.map(({ name, key, icon, of }) => ({
    id: `page-${key}`,
    label: name,
    mark: <Icon name={icon} />,
    keys: `g ${key}`,
    take: () => go(of(environment)),
  }));

function environmentsOf({ environments }: Session, current: string): Choice[] {
  if (environments.length < 2) return [];
  return [{ id: "", name: "All environments" }, ...environments]
    .filter(({ id }) => id !== current)
    .map(({ id, name }) => ({
      id: `environment-${id}`,
      label: name,
      hint: "Environment",
      take: () => go({ page: "overview", environment: id }),
    }));
}

/** What is typed may be meant for a list. */
const searchesOf = (text: string, environment: string): Choice[] => [
  {
    id: "search-nodes",
    label: `Nodes with “${text}”`,
    mark: <Icon name="search" />,
    take: () => go({ page: "fleet", environment, filter: { ...noFilter, text } }),
  },
  {
    id: "search-logs",
    label: `Log lines with “${text}”`,
    mark: <Icon name="search" />,
    take: () => go({ page: "logs", environment, filter: { ...noLogFilter, text } }),
  },
];

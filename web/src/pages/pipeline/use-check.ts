// What the server says about a text while it is typed. The answer about the newest text wins, in whatever order they
// come.

import { useEffect, useRef, useState } from "react";
import { send } from "../../api/client";
import type { Graph } from "../../api/types";

const TYPING_MILLIS = 300;

export type Check = {
  /** Of the text as it was when it was checked last. */
  graph: Graph | null;
  /** The newest that could be read; the same as `graph` unless the text is broken. */
  readable: Graph | null;
  /** The text has changed since. */
  isBehind: boolean;
  /** Why it could not be checked. */
  failure: string;
};

type Answer = { text: string | null } & Omit<Check, "isBehind">;

/** A text in which nothing was found and something is wrong is broken. */
const isReadable = ({ components, problems }: Graph) =>
  components.length > 0 || !problems.some(({ severity }) => severity === "error");

export function useCheck(text: string): Check {
  const [answer, setAnswer] = useState<Answer>({ text: null, graph: null, readable: null, failure: "" });
  const isFirst = useRef(true);
  useEffect(() => {
    let isNewest = true;
    const ask = () =>
      send<Graph>("POST", "/configurations/check", { config: text }).then(
        (graph) => {
          if (!isNewest) return;
          setAnswer((last) => ({ text, graph, readable: isReadable(graph) ? graph : last.readable, failure: "" }));
        },
        (problem: Error) => isNewest && setAnswer((last) => ({ ...last, text, failure: problem.message })),
      );
    const timer = setTimeout(() => void ask(), isFirst.current ? 0 : TYPING_MILLIS);
    isFirst.current = false;
    return () => {
      isNewest = false;
      clearTimeout(timer);
    };
  }, [text]);
  const { graph, readable, failure } = answer;
  return { graph, readable, failure, isBehind: answer.text !== text };
}

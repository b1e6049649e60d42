// The text of a pipeline: written at the left, drawn at the right, and what is wrong with it below.

import "./configuration.css";

import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { toast } from "sonner";
import { get, send } from "../../api/client";
import type { PipelineDetail } from "../../api/types";
import { count } from "../../format/numbers";
import { LeaveGuard } from "../../parts/leave-guard";
import { Skeleton } from "../../parts/states";
import { useRights } from "../../shell/rights";
import { useEnvironment } from "../../shell/session";
import { DeployDialog } from "./deploy-dialog";
import { isChanged, isContested, withStored } from "./draft";
import type { Spot } from "./editor";
import type { TabProps } from "./page";
import { Problems } from "./problems";
import { type Check, useCheck } from "./use-check";

const Editor = lazy(() => import("./editor"));
const GraphView = lazy(() => import("./graph-view").then(({ GraphView: View }) => ({ default: View })));

const noProblems: never[] = [];

export function ConfigurationTab({ pipeline }: TabProps) {
  const queries = useQueryClient();
  const { mayEdit } = useRights(pipeline.environmentId);
  const [draft, setDraft] = useState({ text: pipeline.config, base: pipeline.config });
  const [spot, setSpot] = useState<Spot | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const [problem, setProblem] = useState("");
  const [isDeploying, setIsDeploying] = useState(false);
  const check = useCheck(draft.text);
  useEffect(() => setDraft((last) => withStored(last, pipeline.config)), [pipeline.config]);

  const isDirty = isChanged(draft);
  const contested = isContested(draft, pipeline.config);
  const errors = check.graph?.problems.filter(({ severity }) => severity === "error").length ?? 0;

  /** Answers whether the server keeps the text now. */
  const save = async (over: string): Promise<boolean> => {
    if (!mayEdit || isSaving) return false;
    if (!isDirty) return true;
    const { text } = draft;
    setIsSaving(true);
    setProblem("");
    try {
      // The server takes whatever text comes last, so what it keeps is looked at first.
      const now = await get<PipelineDetail>(`/pipelines/${pipeline.id}`);
      if (now.config !== over && now.config !== text) {
        queries.setQueryData(["pipeline", pipeline.id], now);
        return false;
      }
      const kept = await send<Partial<PipelineDetail>>("PUT", `/pipelines/${pipeline.id}`, { config: text });
      queries.setQueryData(["pipeline", pipeline.id], { ...now, ...kept });
      setDraft((last) => ({ ...last, base: text }));
      return true;
    } catch (failure) {
      setProblem(failure instanceof Error ? failure.message : String(failure));
      return false;
    } finally {
      setIsSaving(false);
    }
  };
  const saveDraft = () =>
    void save(draft.base).then((isKept) => isKept && isDirty && toast.success("The draft is saved"));
  const deploy = () => void save(draft.base).then((isKept) => isKept && setIsDeploying(true));
  const discard = () => setDraft({ text: pipeline.config, base: pipeline.config });

  return (
    <div className="configuration">
      <section className="card editing" aria-label="Configuration">
        <Bar pipeline={pipeline} check={check} text={draft.text} isDirty={isDirty} mayEdit={mayEdit}>
          {isDirty && (
            <button type="button" className="quiet" onClick={discard}>
              Discard
            </button>
          )}
          <button type="button" disabled={!isDirty || isSaving} onClick={saveDraft} title="Ctrl S">
            Save draft
          </button>
          <button
            type="button"
            className="primary"
            disabled={errors > 0 || check.isBehind || isSaving}
            onClick={deploy}
          >
            Deploy…
          </button>
        </Bar>
        {contested && (
          <div className="contest" role="alert">
            <p>
              Somebody else saved another draft since you began. The server keeps one draft and cannot merge two:
              whichever is saved last stays.
            </p>
            <button type="button" onClick={discard}>
              Take theirs
            </button>
            <button type="button" onClick={() => void save(pipeline.config)}>
              Save mine over theirs
            </button>
          </div>
        )}
        {problem && (
          <p className="contest" role="alert">
            The draft was not saved. {problem}
          </p>
        )}
        <div className="editor-place">
          <Suspense fallback={<Skeleton rows={10} />}>
            <Editor
              label={`Configuration of ${pipeline.name}`}
              text={draft.text}
              format={check.graph?.format ?? "yaml"}
              problems={check.isBehind || !check.graph ? noProblems : check.graph.problems}
              spot={spot}
              isReadOnly={!mayEdit}
              change={(text) => setDraft((last) => ({ ...last, text }))}
              save={saveDraft}
            />
          </Suspense>
        </div>
        <Problems check={check} show={setSpot} />
      </section>
      <Preview check={check} />
      <LeaveGuard isOn={isDirty}>
        The changes to this configuration were not saved. They are gone when you leave.
      </LeaveGuard>
      {isDeploying && <DeployDialog pipeline={pipeline} close={() => setIsDeploying(false)} />}
    </div>
  );
}

type BarProps = {
  pipeline: PipelineDetail;
  check: Check;
  text: string;
  isDirty: boolean;
  mayEdit: boolean;
  children: React.ReactNode;
};

function Bar({ pipeline, check, text, isDirty, mayEdit, children }: BarProps) {
  const environment = useEnvironment(pipeline.environmentId);
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const state = isDirty
    ? "Not saved"
    : pipeline.hasUndeployedChanges
      ? "Draft saved, not deployed"
      : `Deployed as version ${pipeline.deployedVersion}`;
  return (
    <div className="bar-line">
      <b>{state}</b>
      <span className="muted">
        {check.graph ? check.graph.format.toUpperCase() : ""} {count(lines)} {lines === 1 ? "line" : "lines"}
      </span>
      <span className="space" />
      {mayEdit ? (
        children
      ) : (
        <span className="muted">Only editors of {environment?.name ?? "this environment"} may change it.</span>
      )}
    </div>
  );
}

/** The newest graph that could be read; dimmed when it is not of the text as it is now. */
function Preview({ check: { graph, readable } }: { check: Check }) {
  const isOld = graph !== readable;
  return (
    <section className="card preview" aria-label="Preview of the graph">
      <div className="head-line">
        <h2>Preview</h2>
        <span className="muted">{isOld ? "of the text before it broke" : ""}</span>
      </div>
      <div className="preview-place" inert={isOld}>
        {readable && readable.components.length > 0 ? (
          <Suspense fallback={<Skeleton rows={6} />}>
            <GraphView components={readable.components} edges={readable.edges} problems={readable.problems} />
          </Suspense>
        ) : (
          <p className="muted no-preview">
            {graph ? "Components show here as soon as the text has some." : "Reading the text…"}
          </p>
        )}
      </div>
    </section>
  );
}

// What passes through the fleet now, how that went lately, and how it stands to the hour before.

import { useState } from "react";
import { serverNow } from "../../api/clock";
import type { Period, Summary, Volume } from "../../api/types";
import { withGaps } from "../../cache/gaps";
import { type Change, changeOf, pointsOf } from "../../format/change";
import { count, percent, quantity } from "../../format/numbers";
import { millisOf } from "../../format/times";
import { Delta } from "../../parts/delta";
import { type Point, Sparkline } from "../../parts/sparkline";
import { StatusMark } from "../../parts/status";
import { Value } from "../../parts/value";
import { useVolume } from "../../shell/queries";
import { reductionOf } from "../analytics-series";

const HISTORY_MILLIS = 3_600_000;

type RateName = "eventsIn" | "eventsOut" | "errors" | "reduction";
type Rate = { at: number } & Record<RateName, number | null>;

type Props = { environment: string; summary: Summary; askedAt: number };

export function Figures({ environment, summary, askedAt }: Props) {
  const volume = useVolume(environment, "1h").data;
  const history = useRateHistory(environment, summary, askedAt, volume);
  const { rates, pipelines } = summary;
  const series = (name: RateName): Point[] => history.map((rate) => ({ at: rate.at, value: rate[name] }));
  const changeBy = (change: typeof changeOf, name: keyof Period) =>
    // Where nothing was counted before there is nothing to compare with.
    volume && (volume.previous.eventsIn ?? 0) > 0 ? change(volume.current[name], volume.previous[name]) : null;
  return (
    <dl className="figures">
      <Figure
        title="Events in"
        unit="/s"
        text={quantity(rates?.eventsIn ?? null)}
        points={series("eventsIn")}
        change={changeBy(changeOf, "eventsIn")}
      />
      <Figure
        title="Events out"
        unit="/s"
        text={quantity(rates?.eventsOut ?? null)}
        points={series("eventsOut")}
        change={changeBy(changeOf, "eventsOut")}
      />
      <Figure
        title="Errors"
        unit="/s"
        text={quantity(rates?.errors ?? null)}
        points={series("errors")}
        change={changeBy(changeOf, "errorsTotal")}
        isBad={(rates?.errors ?? 0) > 0}
        isMoreBad
      />
      <Figure
        title="Fewer events"
        text={percent(rates ? reductionOf(rates.eventsIn, rates.eventsOut) : null)}
        points={series("reduction")}
        change={changeBy(pointsOf, "eventReductionPercent")}
      />
      <div className="figure">
        <dt>Pipelines running</dt>
        <dd>
          <Value text={count(pipelines.running)} /> <small>of {count(pipelines.total)}</small>
        </dd>
        <dd className="note-line">
          <Parts pipelines={pipelines} />
        </dd>
      </div>
    </dl>
  );
}

const parts: [keyof Summary["pipelines"], string | null][] = [
  ["crashed", "CRASHED"],
  ["starting", "STARTING"],
  ["stopped", "STOPPED"],
  ["unknown", null],
];

/** Those that do not run, by why. */
function Parts({ pipelines }: { pipelines: Summary["pipelines"] }) {
  const shown = parts.filter(([name]) => pipelines[name] > 0);
  return (
    <ul className="parts">
      {shown.map(([name, status]) => (
        <li key={name} className={name === "crashed" ? "short" : ""}>
          <StatusMark status={status} />
          {count(pipelines[name])} {name === "unknown" ? "without data" : name}
        </li>
      ))}
      {shown.length === 0 && <li>All that are deployed run.</li>}
    </ul>
  );
}

type FigureProps = {
  title: string;
  unit?: string;
  text: string;
  points: Point[];
  change: Change | null;
  isBad?: boolean;
  isMoreBad?: boolean;
};

function Figure({ title, unit = "", text, points, change, isBad = false, isMoreBad = false }: FigureProps) {
  return (
    <div className={isBad ? "figure bad" : "figure"}>
      <dt>{title}</dt>
      <dd>
        <Value text={text} /> <small>{unit}</small>
      </dd>
      <dd className="note-line">
        {change && <Delta change={change} than="on the hour before" isMoreBad={isMoreBad} />}
      </dd>
      <dd className="trail">
        <Sparkline points={points} label={`${title}, lately`} />
      </dd>
    </div>
  );
}

/** The last hour by minutes, and what was seen since the page is open. */
function useRateHistory(environment: string, { rates }: Summary, askedAt: number, volume: Volume | undefined): Rate[] {
  const [seen, setSeen] = useState<{ environment: string; askedAt: number; rates: Rate[] }>({
    environment,
    askedAt: 0,
    rates: [],
  });
  if (seen.environment !== environment || seen.askedAt !== askedAt) {
    const at = serverNow();
    const last = {
      at,
      eventsIn: rates?.eventsIn ?? null,
      eventsOut: rates?.eventsOut ?? null,
      errors: rates?.errors ?? null,
      reduction: rates ? reductionOf(rates.eventsIn, rates.eventsOut) : null,
    };
    const before = seen.environment === environment ? seen.rates.filter((rate) => at - rate.at < HISTORY_MILLIS) : [];
    setSeen({ environment, askedAt, rates: [...before, last] });
  }
  const first = seen.rates[0]?.at ?? Number.POSITIVE_INFINITY;
  const bucketSeconds = volume?.bucketSeconds ?? 60;
  const perSecond = (total: number | null) => (total === null ? null : total / bucketSeconds);
  const told = (volume?.series ?? []).map((row) => ({
    at: millisOf(row.timestamp) ?? 0,
    eventsIn: perSecond(row.eventsIn),
    eventsOut: perSecond(row.eventsOut),
    errors: perSecond(row.errorsTotal),
    reduction: reductionOf(row.eventsIn, row.eventsOut),
  }));
  // The minute that is still being counted would look like a fall.
  const width = bucketSeconds * 1_000;
  const whole = told.filter(({ at }) => at + width <= first);
  const gap = (at: number) => ({ at, eventsIn: null, eventsOut: null, errors: null, reduction: null });
  // What was seen may begin a minute after what was told, without anything missing.
  const seam = withGaps([...whole.slice(-1), ...seen.rates], 2 * width, gap);
  return [...withGaps(whole, width, gap).slice(0, -1), ...seam];
}

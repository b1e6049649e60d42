// The one chart: thin lines over time, gaps left open, one crosshair for all charts of a page.

import "uplot/dist/uPlot.min.css";
import "../styles/chart.css";

import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { tickTexts } from "../format/ticks";
import { clock, shortTime } from "../format/times";
import { colourOf, listenColours } from "./colour";

export type Series = { name: string; values: (number | null)[] };

type Props = {
  title: string;
  unit: string;
  /** Milliseconds. */
  times: number[];
  series: Series[];
  format: (value: number | null) => string;
  /** The whole of the time shown, also where there is no data. */
  from: number;
  to: number;
  /** The top of the scale when it is known. */
  top?: number;
  /** The scale is divided by powers of two. */
  isBinary?: boolean;
  /** What is said when there is nothing to draw. */
  none?: string;
};

const HEIGHT_PIXELS = 132;
const DAY_MILLIS = 86_400_000;
const sync = uPlot.sync("page");

export function Chart({
  title,
  unit,
  times,
  series,
  format,
  from,
  to,
  top,
  isBinary = false,
  none = "No data in this time",
}: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [times.map((time) => time / 1_000), ...series.map(({ values }) => values)];
  const span = useRef({ from, to });
  span.current = { from, to };
  const formatting = useRef(format);
  formatting.current = format;
  const names = series.map(({ name }) => name).join("\n");
  // What the crosshair points at, in this chart or another one of the page.
  const [pointed, setPointed] = useState<number | null>(null);

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(
        optionsOf(element, names.split("\n"), { top, isBinary, span, format: formatting, point: setPointed }),
        data.current,
        element,
      );
      sync.sub(plot.current);
    };
    draw();
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT_PIXELS }),
    );
    resized.observe(element);
    const deaf = listenColours(draw);
    return () => {
      resized.disconnect();
      deaf();
      if (plot.current) sync.unsub(plot.current);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [names, top, isBinary]);

  useEffect(() => plot.current?.setData(data.current), [times, series, from, to]);

  const at = pointed === null ? undefined : times[pointed];
  const isPointed = at !== undefined;
  const shown = (values: (number | null)[]) => format((isPointed ? values[pointed ?? 0] : values.at(-1)) ?? null);
  const last = series.map(({ name, values }) => `${name} ${format(values.at(-1) ?? null)}`).join(", ");
  return (
    <figure className="card chart">
      <figcaption className="head-line">
        <h2>{title}</h2>
        <span className="muted">
          {isPointed ? (to - from > DAY_MILLIS ? shortTime(at, 0) : clock(at).slice(0, 5)) : unit}
        </span>
        <span className="space" />
        {series.map(({ name, values }, index) => (
          <span key={name} className={`legend series-${index + 1}`}>
            <i aria-hidden="true" />
            {series.length > 1 && <span className="muted">{name}</span>} {shown(values)}
          </span>
        ))}
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${last}`} />
      {!series.some(({ values }) => values.some((value) => value !== null)) && <p className="no-data">{none}</p>}
    </figure>
  );
}

type Scale = {
  top: number | undefined;
  isBinary: boolean;
  span: { current: { from: number; to: number } };
  format: { current: Props["format"] };
  point: (index: number | null) => void;
};

const powersOfTwo = Array.from({ length: 51 }, (_, exponent) => 2 ** exponent);

const hasData = (plot: uPlot) => plot.data.slice(1).some((values) => values.some((value) => typeof value === "number"));

/** Points without a neighbour, which a line alone would not show. */
function lonely(plot: uPlot, index: number): number[] {
  const values = plot.data[index] ?? [];
  const isKnown = (at: number) => typeof values[at] === "number";
  return [...values.keys()].filter((at) => isKnown(at) && !isKnown(at - 1) && !isKnown(at + 1));
}

function optionsOf(
  element: HTMLElement,
  names: string[],
  { top, isBinary, span, format, point }: Scale,
): uPlot.Options {
  const muted = colourOf("--muted");
  const line = colourOf("--line");
  const axis = { stroke: muted, font: '11px "Inter Variable", sans-serif', ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT_PIXELS,
    padding: [12, 20, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: "page" }, y: false, drag: { setScale: false }, points: { size: 6 } },
    hooks: { setCursor: [({ cursor }) => point(cursor.idx ?? null)] },
    scales: {
      x: { time: true, range: () => [span.current.from / 1_000, span.current.to / 1_000] },
      y: { range: (_, __, highest) => [0, top ?? (highest > 0 ? highest * 1.1 : 1)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        grid: { show: false },
        space: 70,
        values: (_, ticks, __, ___, step) => tickTexts(ticks, step),
      },
      {
        ...axis,
        size: 72,
        space: 36,
        ...(isBinary && { incrs: powersOfTwo }),
        grid: { stroke: line, width: 1 },
        values: (plot, splits) => splits.map((split) => (hasData(plot) ? format.current(split) : "")),
      },
    ],
    series: [
      {},
      ...names.map((name, index) => ({
        label: name,
        stroke: colourOf(`--series-${(index % 2) + 1}`),
        width: 1.5,
        spanGaps: false,
        points: { show: true, size: 4, filter: lonely },
      })),
    ],
  };
}

// The one chart: thin lines over time, gaps left open, one crosshair for all charts of a page.

import "uplot/dist/uPlot.min.css";

import { useEffect, useRef } from "react";
import uPlot from "uplot";

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
};

const HEIGHT_PIXELS = 132;
const sync = uPlot.sync("page");

export function Chart({ title, unit, times, series, format, from, to, top, isBinary = false }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [times.map((time) => time / 1_000), ...series.map(({ values }) => values)];
  const span = useRef({ from, to });
  span.current = { from, to };
  const formatting = useRef(format);
  formatting.current = format;
  const names = series.map(({ name }) => name).join("\n");

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(
        optionsOf(element, names.split("\n"), { top, isBinary, span, format: formatting }),
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
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    window.addEventListener("themechange", draw);
    system.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      window.removeEventListener("themechange", draw);
      system.removeEventListener("change", draw);
      if (plot.current) sync.unsub(plot.current);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [names, top, isBinary]);

  useEffect(() => plot.current?.setData(data.current), [times, series, from, to]);

  const last = series.map(({ name, values }) => `${name} ${format(values.at(-1) ?? null)}`).join(", ");
  return (
    <figure className="card chart">
      <figcaption className="head-line">
        <h2>{title}</h2>
        <span className="muted">{unit}</span>
        <span className="space" />
        {series.map(({ name, values }, index) => (
          <span key={name} className={`legend series-${index + 1}`}>
            <i aria-hidden="true" />
            {series.length > 1 && <span className="muted">{name}</span>} {format(values.at(-1) ?? null)}
          </span>
        ))}
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${last}`} />
      {!series.some(({ values }) => values.some((value) => value !== null)) && (
        <p className="no-data">No data in this time</p>
      )}
    </figure>
  );
}

/** A canvas takes no variables, so colours are read from an element that uses them. */
function colourOf(variable: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

type Scale = {
  top: number | undefined;
  isBinary: boolean;
  span: { current: { from: number; to: number } };
  format: { current: Props["format"] };
};

const powersOfTwo = Array.from({ length: 51 }, (_, exponent) => 2 ** exponent);

const hasData = (plot: uPlot) => plot.data.slice(1).some((values) => values.some((value) => typeof value === "number"));

/** Points without a neighbour, which a line alone would not show. */
function lonely(plot: uPlot, index: number): number[] {
  const values = plot.data[index] ?? [];
  const isKnown = (at: number) => typeof values[at] === "number";
  return [...values.keys()].filter((at) => isKnown(at) && !isKnown(at - 1) && !isKnown(at + 1));
}

function optionsOf(element: HTMLElement, names: string[], { top, isBinary, span, format }: Scale): uPlot.Options {
  const muted = colourOf("--muted");
  const line = colourOf("--line");
  const axis = { stroke: muted, font: '11px "Inter Variable", sans-serif', ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT_PIXELS,
    padding: [12, 16, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: "page" }, y: false, drag: { setScale: false }, points: { size: 6 } },
    scales: {
      x: { time: true, range: () => [span.current.from / 1_000, span.current.to / 1_000] },
      y: { range: (_, __, highest) => [0, top ?? (highest > 0 ? highest * 1.1 : 1)] },
    },
    axes: [
      { ...axis, size: 26, grid: { show: false }, values: "{HH}:{mm}", space: 70 },
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

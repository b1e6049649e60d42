// A line without axes. A gap in the data is a gap in the line.

export type Point = { at: number; value: number | null };

const WIDTH = 160;
const HEIGHT = 32;

type Props = {
  points: readonly Point[];
  label: string;
  /** The whole of the time shown, also where there is no data; else it ends with the data. */
  span?: { from: number; to: number };
};

export function Sparkline({ points, label, span }: Props) {
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path
        d={pathOf(points, span)}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

function pathOf(points: readonly Point[], span: Props["span"]): string {
  const known = points.filter((point): point is { at: number; value: number } => point.value !== null);
  const first = known[0];
  const last = known.at(-1);
  if (!first || !last) return "";
  const { from, to } = span ?? { from: first.at, to: last.at };
  if (from === to) return "";
  const highest = Math.max(...known.map(({ value }) => value), Number.EPSILON);
  let pen = "M";
  return points
    .map(({ at, value }) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const x = ((at - from) / (to - from)) * WIDTH;
      const y = HEIGHT - 2 - (value / highest) * (HEIGHT - 4);
      const step = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
      return step;
    })
    .join("");
}

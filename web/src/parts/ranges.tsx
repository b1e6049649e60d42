// The one picker of a time range.

type Props<R extends string> = { ranges: readonly R[]; range: R; pick: (range: R) => void };

export function Ranges<R extends string>({ ranges, range, pick }: Props<R>) {
  return (
    <fieldset className="ranges">
      <legend className="unseen">Time shown</legend>
      {ranges.map((one) => (
        <button key={one} type="button" aria-pressed={range === one} onClick={() => pick(one)}>
          {one}
        </button>
      ))}
    </fieldset>
  );
}

// The one picker of a time range, and of other things of which there are few.

type Props<R extends string> = { name?: string; ranges: readonly R[]; range: R; pick: (range: R) => void };

export function Ranges<R extends string>({ name = "Time shown", ranges, range, pick }: Props<R>) {
  return (
    <fieldset className="ranges">
      <legend className="unseen">{name}</legend>
      {ranges.map((one) => (
        <button key={one} type="button" aria-pressed={range === one} onClick={() => pick(one)}>
          {one}
        </button>
      ))}
    </fieldset>
  );
}

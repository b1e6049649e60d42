// Numbers for people: three figures at most where they change, and a dash where nothing is known.

export const NONE = "—";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A number that is to be exact, as of nodes. */
export const count = (value: number | null) => (value === null ? NONE : whole.format(value));

/** A number of events, or of events per second. */
export function quantity(value: number | null): string {
  if (value === null) return NONE;
  if (Math.abs(value) < 10) return trimmed(value, 1);
  // 999.5 k is a million to the eye, so a unit begins where rounding reaches it.
  for (const [unit, size] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const) {
    if (Math.abs(value) >= size * 0.9995) return `${scaled(value / size)} ${unit}`;
  }
  return whole.format(value);
}

export function bytes(value: number | null): string {
  if (value === null) return NONE;
  for (const [unit, size] of [
    ["TiB", 2 ** 40],
    ["GiB", 2 ** 30],
    ["MiB", 2 ** 20],
    ["KiB", 2 ** 10],
  ] as const) {
    if (value >= size * 0.9995) return `${scaled(value / size)} ${unit}`;
  }
  return `${whole.format(value)} B`;
}

export const bytesPerSecond = (value: number | null) => (value === null ? NONE : `${bytes(value)}/s`);

export function latency(millis: number | null): string {
  if (millis === null) return NONE;
  if (millis >= 999.5) return `${(millis / 1_000).toFixed(2)} s`;
  if (millis >= 0.9995) return `${millis.toFixed(1)} ms`;
  return millis === 0 ? "0 ms" : `${Math.max(1, Math.round(millis * 1_000))} µs`;
}

export const percent = (value: number | null) => (value === null ? NONE : `${trimmed(value, 1)} %`);

const scaled = (value: number) => (Math.abs(value) >= 99.95 ? whole.format(value) : value.toFixed(1));
const trimmed = (value: number, digits: number) => value.toFixed(digits).replace(/\.0$/, "").replace(/^-0$/, "0");

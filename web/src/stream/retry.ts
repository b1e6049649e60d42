// How long to wait before a stream is opened again: a second, doubling to half a minute, each between half and all of
// it so that the browsers of a fleet do not come back together. What the server asks for is the least.

const FIRST_MILLIS = 1_000;
const LONGEST_MILLIS = 30_000;

export function retryMillis(failures: number, random: number, askedMillis: number | null): number {
  const full = Math.min(LONGEST_MILLIS, FIRST_MILLIS * 2 ** Math.max(0, failures - 1));
  return Math.max(askedMillis ?? 0, Math.round(full * (0.5 + random / 2)));
}

/** `Retry-After` in milliseconds; dates are not read, as the server sends seconds. */
export function askedMillis(header: string | null): number | null {
  return header !== null && /^\d{1,5}$/.test(header.trim()) ? Number(header) * 1_000 : null;
}

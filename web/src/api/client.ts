// Calls to the server. A failure is a `Problem` with a sentence for people; no answer at all has the status 0.

import { parseExact } from "../json/exact";
import { noteServerTime } from "./clock";

export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

type Watcher = { answered: () => void; unanswered: () => void; signedOut: () => void };

let watcher: Watcher = { answered: () => undefined, unanswered: () => undefined, signedOut: () => undefined };

/** Tells how calls go to whoever shows it. */
export function watchCalls(next: Watcher) {
  watcher = next;
}

/** What is null or empty is left out; a list is a field as often as it has entries. */
type Fields = Record<string, string | number | string[] | null | undefined>;

export const get = <T>(path: string, fields: Fields = {}, signal?: AbortSignal) =>
  call<T>("GET", path + queryOf(fields), undefined, signal);

/** As `get`, for answers with events in them: their numbers stay as they were written. */
export const getExact = <T>(path: string, fields: Fields = {}, signal?: AbortSignal) =>
  call<T>("GET", path + queryOf(fields), undefined, signal, parseExact);

export const send = <T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown) => call<T>(method, path, body);

async function call<T>(
  method: string,
  path: string,
  body: unknown,
  signal?: AbortSignal,
  parse: (text: string) => unknown = JSON.parse,
): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      cache: "no-store",
      ...(signal && { signal }),
      ...(body !== undefined && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") throw problem;
    watcher.unanswered();
    throw new Problem(0, "The server does not answer.");
  }
  // A proxy answers for a server that is gone, and one that starts or stops has nothing true to tell.
  if (answer.status < 500) watcher.answered();
  else watcher.unanswered();
  noteServerTime(Date.parse(answer.headers.get("Date") ?? ""));
  if (answer.status === 401 && path !== "/session") watcher.signedOut();
  const value = answer.status === 204 ? null : await bodyOf(answer, parse);
  if (!answer.ok) {
    const told = (value as { error?: string } | null)?.error;
    throw new Problem(answer.status, sentence(told ?? `The server answered ${answer.status}`));
  }
  return value as T;
}

/** Null where a refusal is not of the server's own words. An answer that is cut off is no answer. */
async function bodyOf(answer: Response, parse: (text: string) => unknown): Promise<unknown> {
  try {
    return parse(await answer.text());
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") throw problem;
    if (!answer.ok) return null;
    throw new Problem(0, "The answer of the server was cut off, or something between changed it.");
  }
}

function queryOf(fields: Fields): string {
  const set = Object.entries(fields).flatMap(([name, value]) =>
    [value ?? ""].flat().flatMap((one) => (one === "" ? [] : [[name, String(one)]])),
  );
  return set.length === 0 ? "" : `?${new URLSearchParams(set)}`;
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

// Times for people, in the zone of whoever reads. An age says how long ago, by the clock of the server.

import { NONE } from "./numbers";

/** How long, in its largest whole unit: `42 s`, `7 min`, `30 h`, `3 d`. */
export function age(millis: number | null): string {
  if (millis === null) return NONE;
  const seconds = Math.max(0, Math.floor(millis / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export const ago = (millis: number | null) => (millis === null ? "never" : `${age(millis)} ago`);

const two = (value: number) => String(value).padStart(2, "0");

export function clock(millis: number): string {
  const date = new Date(millis);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export const clockMillis = (millis: number) =>
  `${clock(millis)}.${String(new Date(millis).getMilliseconds()).padStart(3, "0")}`;

// Made once: making one takes longer than all else that a row of a table does.
const wholeTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** A time with its day, and with its zone, to be read without doubt. */
export const exact = (millis: number) => wholeTime.format(millis);

/** The time alone today, with the day before that. */
export function shortTime(millis: number, now: number): string {
  if (new Date(millis).toDateString() === new Date(now).toDateString()) return clock(millis);
  return `${dayOfYear.format(millis)} ${clock(millis).slice(0, 5)}`;
}

/** Milliseconds of a time in an answer; null for none. */
export function millisOf(text: string | null | undefined): number | null {
  const millis = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(millis) ? null : millis;
}

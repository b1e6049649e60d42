// Labels of a time axis: times within a day, days over more, and the day where one begins among times.

const DAY_SECONDS = 86_400;

const dayOf = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const two = (value: number) => String(value).padStart(2, "0");

/** The labels of ticks, in seconds, which are `stepSeconds` apart, in the zone of whoever reads. */
export function tickTexts(ticks: number[], stepSeconds: number): string[] {
  return ticks.map((tick) => {
    const date = new Date(tick * 1_000);
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
    if (stepSeconds >= DAY_SECONDS || isMidnight) return dayOf.format(date);
    return `${two(date.getHours())}:${two(date.getMinutes())}`;
  });
}

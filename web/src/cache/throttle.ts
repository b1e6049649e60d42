// Gathers calls: the action runs soon after the first, and while calls go on it runs again and again. A timer that
// every call sets back would never fire under a stream that does not pause.

export type Throttled<T> = { call: (subject: T) => void; cancel: () => void };

/** Runs `action` with all subjects gathered: after a pause of `quietMillis`, but `longestMillis` after the first at the latest. */
export function throttled<T>(
  quietMillis: number,
  longestMillis: number,
  action: (subjects: Set<T>) => void,
): Throttled<T> {
  let subjects = new Set<T>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let firstAt = 0;
  const run = () => {
    timer = undefined;
    const gathered = subjects;
    subjects = new Set();
    action(gathered);
  };
  return {
    call(subject) {
      if (subjects.size === 0) firstAt = Date.now();
      subjects.add(subject);
      clearTimeout(timer);
      const left = Math.max(0, firstAt + longestMillis - Date.now());
      timer = setTimeout(run, Math.min(quietMillis, left));
    },
    cancel() {
      clearTimeout(timer);
      subjects = new Set();
    },
  };
}

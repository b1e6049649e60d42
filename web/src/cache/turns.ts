// Lets a few of many requests run at once, so that what a page draws beside the point holds nothing up.

export class Turns {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** Runs `task` when it is its turn. One that nobody waits for any more gives its turn away. */
  async take<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.free === 0) await new Promise<void>((begin) => this.waiting.push(begin));
    else this.free -= 1;
    try {
      signal.throwIfAborted();
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}

// Names that no list has told, asked for one by one as they come into view: a fleet is too large to learn all of them
// for a few lines of its logs.

export class AskedNames {
  private readonly waiting = new Set<string>();
  private readonly asked = new Set<string>();
  private running = 0;

  /** `ask` learns a name and settles when it is known, or is known not to be had. */
  constructor(
    private readonly ask: (id: string) => Promise<unknown>,
    private readonly atOnce: number,
    private readonly most: number,
  ) {}

  /** Asks once for each id; what does not fit is asked for when it is wanted again. */
  want(id: string) {
    if (this.asked.has(id) || this.waiting.size >= this.most) return;
    this.waiting.add(id);
    queueMicrotask(() => this.next());
  }

  private next() {
    for (const id of this.waiting) {
      if (this.running >= this.atOnce) return;
      this.waiting.delete(id);
      // A node that is gone is not asked for again and again; those asked first may have come back.
      if (this.asked.size >= this.most * 100) this.asked.clear();
      this.asked.add(id);
      this.running++;
      const done = () => {
        this.running--;
        this.next();
      };
      this.ask(id).then(done, done);
    }
  }
}

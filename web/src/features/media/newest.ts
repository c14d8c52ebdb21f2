/** One call at a time, and of those that wait only the newest: for what changes as one drags. */
export class Newest<Wanted, Brought> {
  private waiting: { wanted: Wanted } | null = null;
  private busy = false;
  private generation = 0;

  constructor(
    private readonly call: (wanted: Wanted) => Promise<Brought>,
    private readonly brought: (brought: Brought) => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  ask(wanted: Wanted): void {
    this.waiting = { wanted };
    if (!this.busy) void this.run();
  }

  /** What is under way does not count any more. */
  drop(): void {
    this.waiting = null;
    this.generation += 1;
  }

  private async run(): Promise<void> {
    this.busy = true;
    try {
      while (this.waiting) {
        const { wanted } = this.waiting;
        this.waiting = null;
        const generation = this.generation;
        try {
          const brought = await this.call(wanted);
          if (generation === this.generation) this.brought(brought);
        } catch (error) {
          if (generation === this.generation) this.failed(error);
        }
      }
    } finally {
      this.busy = false;
    }
  }
}

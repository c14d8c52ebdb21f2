/** What can be taken back by a key, the last thing first, as long as one is where it was done. */

interface Undo {
  name: string;
  run: () => void;
  /** Path of the page. */
  where: string;
}

const MOST = 50;

export class Undos {
  private done: readonly Undo[] = [];

  constructor(private readonly here: () => string = () => location.pathname) {}

  add(name: string, run: () => void): void {
    this.forget(name);
    this.done = [...this.done, { name, run, where: this.here() }].slice(-MOST);
  }

  forget(name: string): void {
    this.done = this.done.filter((one) => one.name !== name);
  }

  /**
   * The last that was done here, or elsewhere when it is still told (`isTold`): nothing that is out
   * of sight is changed by a key. It is given once.
   */
  take(isTold: (name: string) => boolean): Undo | null {
    const here = this.here();
    const last = this.done.findLast((one) => one.where === here || isTold(one.name));
    if (last) this.forget(last.name);
    return last ?? null;
  }
}

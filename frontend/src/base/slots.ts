/**
 * Slots: a lasting place for each of a changing set of things, so that nothing jumps when others come and go.
 *
 * A newcomer takes the lowest free slot. One that comes back, as when somebody goes back in time, gets its old slot if
 * that is free.
 */

const MOST_REMEMBERED = 5_000;

export class Slots {
  private readonly taken: (string | undefined)[] = [];
  private readonly slots = new Map<string, number>();
  private readonly remembered = new Map<string, number>();
  private lowestFree = 0;

  /** One more than the highest slot taken. */
  get extent(): number {
    return this.taken.length;
  }

  /** How many are in. */
  get size(): number {
    return this.slots.size;
  }

  /** Who is in each slot, with undefined for free ones. */
  get order(): readonly (string | undefined)[] {
    return this.taken;
  }

  has(id: string): boolean {
    return this.slots.has(id);
  }

  slotOf(id: string): number | undefined {
    return this.slots.get(id);
  }

  /** The slot of this one, from now until it is released. */
  take(id: string): number {
    const own = this.slots.get(id);
    if (own !== undefined) return own;
    const before = this.remembered.get(id);
    const slot = before !== undefined && this.taken[before] === undefined ? before : this.nextFree();
    while (this.taken.length < slot) this.taken.push(undefined);
    this.taken[slot] = id;
    this.slots.set(id, slot);
    return slot;
  }

  release(id: string): void {
    const slot = this.slots.get(id);
    if (slot === undefined) return;
    this.slots.delete(id);
    this.remember(id, slot);
    this.taken[slot] = undefined;
    this.lowestFree = Math.min(this.lowestFree, slot);
    while (this.taken.length > 0 && this.taken[this.taken.length - 1] === undefined) this.taken.pop();
  }

  private nextFree(): number {
    while (this.taken[this.lowestFree] !== undefined) this.lowestFree += 1;
    return this.lowestFree;
  }

  private remember(id: string, slot: number): void {
    this.remembered.delete(id);
    this.remembered.set(id, slot);
    if (this.remembered.size <= MOST_REMEMBERED) return;
    for (const oldest of this.remembered.keys()) {
      this.remembered.delete(oldest);
      return;
    }
  }
}

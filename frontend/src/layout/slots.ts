/** Slots: which place in a row each thing has. A thing keeps its place while others come and go. */

export type Slots = ReadonlyMap<string, number>;

/** The slots of these ids: known ids keep theirs, new ones take the lowest that are free. */
export function assignSlots(before: Slots, ids: readonly string[]): Slots {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  for (const id of ids) {
    const slot = before.get(id);
    if (slot === undefined) continue;
    slots.set(id, slot);
    taken.add(slot);
  }
  let free = 0;
  for (const id of ids) {
    if (slots.has(id)) continue;
    while (taken.has(free)) free++;
    slots.set(id, free);
    taken.add(free);
  }
  return slots;
}

/** Slots for several rows at once, such as nodes and their pods, remembered between pictures. */
export class SlotKeeper {
  private rows = new Map<string, Slots>();

  assign(groups: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, Slots> {
    const rows = new Map<string, Slots>();
    for (const [name, ids] of groups) rows.set(name, assignSlots(this.rows.get(name) ?? new Map(), ids));
    this.rows = rows;
    return rows;
  }
}

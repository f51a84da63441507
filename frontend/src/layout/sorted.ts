/** The ids of a table's rows in order, kept by what altered: to sort 150,000 anew at every frame would stop the picture. */

/** From so many alterations at once on, all are sorted anew. */
const MANY = 500;

export class SortedIds {
  private ids: string[] = [];
  private version = -1;

  /** The ids in order. `alteredSince` tells which altered after a version, or undefined where that is not known. */
  follow<Row extends { readonly id: string }>(
    version: number,
    alteredSince: (version: number) => ReadonlySet<string> | undefined,
    table: ReadonlyMap<string, Row>,
    isHere: (row: Row) => boolean,
  ): readonly string[] {
    if (version === this.version) return this.ids;
    const altered = this.version < 0 ? undefined : alteredSince(this.version);
    this.version = version;
    if (!altered || altered.size > MANY) {
      this.ids = [];
      for (const row of table.values()) if (isHere(row)) this.ids.push(row.id);
      this.ids.sort();
      return this.ids;
    }
    for (const id of altered) {
      const row = table.get(id);
      const at = this.find(id);
      const isIn = this.ids[at] === id;
      const isWanted = row !== undefined && isHere(row);
      if (isIn && !isWanted) this.ids.splice(at, 1);
      else if (!isIn && isWanted) this.ids.splice(at, 0, id);
    }
    return this.ids;
  }

  /** Where the id is, or would be. */
  private find(id: string): number {
    let [low, high] = [0, this.ids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ids[middle] ?? "") < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

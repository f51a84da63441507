/** Places: where in its group each tray stands. It keeps its place while others come and go; a newcomer takes a gap. */

import { type GroupNeeds, type MapLayout, roomOf, type TileNeeds } from "./map";
import type { Tray } from "./seats";

interface Place {
  id: string;
  own: number;
  apart: number;
}

export class Places {
  private readonly groups = new Map<string, Place[]>();
  private readonly groupOf = new Map<string, string>();
  /** The groups that may have a gap. */
  private readonly gaps = new Set<string>();

  /** Stand these trays in these groups; newcomers in order of name. False where nothing altered. */
  assign(wanted: ReadonlyMap<string, string>): boolean {
    let isAltered = false;
    for (const [id, group] of this.groupOf) {
      if (wanted.get(id) === group) continue;
      this.leave(id, group);
      isAltered = true;
    }
    for (const id of [...wanted.keys()].filter((each) => !this.groupOf.has(each)).sort()) {
      this.join(id, wanted.get(id) ?? "");
      isAltered = true;
    }
    return isAltered;
  }

  /** The trays of each group by name, in their places. */
  trays(): [group: string, ids: string[]][] {
    return this.sorted().map(([group, places]) => [group, places.map(({ id }) => id).filter((id) => id)]);
  }

  /** What the map is laid out from. A tray that has outgrown its room needs what it has by now, and no other more. */
  needs(trays: ReadonlyMap<string, Tray>, layout: MapLayout | undefined): GroupNeeds[] {
    for (const places of this.groups.values()) {
      for (const place of places) {
        const tray = trays.get(place.id);
        if (!tray) continue;
        const tile = layout?.tiles.get(place.id);
        const room = tile ? roomOf(tile) : { own: 0, apart: 0 };
        if (tray.own.seats.length > room.own) place.own = Math.max(place.own, tray.own.seats.length);
        if (tray.apart.seats.length > room.apart)
          place.apart = Math.max(place.apart, tray.apart.seats.length);
      }
    }
    return this.sorted().map(([name, places]) => ({
      name,
      tiles: places.map((place): TileNeeds => ({ ...place })),
    }));
  }

  private sorted(): [string, Place[]][] {
    return [...this.groups].sort(([a], [b]) => compareGroups(a, b));
  }

  private join(id: string, group: string): void {
    const places = this.groups.get(group) ?? [];
    const gap = this.gaps.has(group) ? places.find((place) => place.id === "") : undefined;
    if (gap) gap.id = id;
    else {
      this.gaps.delete(group);
      places.push({ id, own: 0, apart: 0 });
    }
    this.groups.set(group, places);
    this.groupOf.set(id, group);
  }

  private leave(id: string, group: string): void {
    this.groupOf.delete(id);
    const places = this.groups.get(group);
    const place = places?.find((each) => each.id === id);
    if (place) place.id = "";
    this.gaps.add(group);
    if (places?.every((each) => each.id === "")) this.groups.delete(group);
  }
}

/** The tray, and the group, of the pods that are on no node yet. No node can be called so. */
export const WAITING = "no node yet";
/** The group of the trays whose node is no more, or not in the log. */
export const GONE = "no such Node";
export const NO_ZONE = "no zone";
export const NO_POOL = "no node pool";

const LAST: readonly string[] = [NO_ZONE, NO_POOL, GONE, WAITING];

/** By name; those of what is missing last. */
function compareGroups(a: string, b: string): number {
  return LAST.indexOf(a) - LAST.indexOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

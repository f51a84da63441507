/**
 * Seats: which place of which tray each pod has. A pod keeps its seat while others come and go; a seat that becomes free
 * goes to the next newcomer. A tray is a node, or a namespace; on a node, the pods that belong to it rather than to an
 * application (of DaemonSets, and static ones) sit apart.
 *
 * It is kept by what alters: to take in one pod costs one seat, however many pods there are.
 */

import type { PodRow } from "../wire";

export interface Seat {
  readonly tray: string;
  readonly isApart: boolean;
  readonly index: number;
  pod: PodRow;
  /** The entry of the legend that it comes under, or UNCOUNTED, and the number of its paint. */
  key: string;
  paint: number;
  isFaded: boolean;
}

/** Not under any entry of the legend: nobody looked yet, or the pod left. No entry is called so. */
export const UNCOUNTED = "\u0000";

export interface Tray {
  readonly id: string;
  /** By place; a place that is free is undefined. */
  readonly own: Bench;
  readonly apart: Bench;
}

/** Who sits in a row of places. It never gets shorter, so that nothing has to move together. */
export class Bench {
  readonly seats: (Seat | undefined)[] = [];
  count = 0;
  private free = 0;

  /** The lowest free place, which is now taken. */
  take(make: (index: number) => Seat): Seat {
    while (this.seats[this.free]) this.free++;
    const seat = make(this.free);
    this.seats[this.free] = seat;
    this.count++;
    return seat;
  }

  leave(index: number): void {
    this.seats[index] = undefined;
    this.count--;
    this.free = Math.min(this.free, index);
  }

  *[Symbol.iterator](): Iterator<Seat> {
    for (const seat of this.seats) if (seat) yield seat;
  }
}

/** Where a pod belongs. */
export type PlaceOf = (pod: PodRow) => { readonly tray: string; readonly isApart: boolean };

export class Seats {
  readonly trays = new Map<string, Tray>();
  private readonly byPod = new Map<string, Seat>();
  private readonly placeOf: PlaceOf;

  constructor(placeOf: PlaceOf) {
    this.placeOf = placeOf;
  }

  get size(): number {
    return this.byPod.size;
  }

  find(pod: string): Seat | undefined {
    return this.byPod.get(pod);
  }

  all(): IterableIterator<Seat> {
    return this.byPod.values();
  }

  tray(id: string): Tray {
    let tray = this.trays.get(id);
    if (!tray) {
      tray = { id, own: new Bench(), apart: new Bench() };
      this.trays.set(id, tray);
    }
    return tray;
  }

  /** Seat exactly these pods: in each tray, newcomers in order of id. Gives the seats that were left or altered. */
  replace(pods: ReadonlyMap<string, PodRow>, isShown: (pod: PodRow) => boolean): Seat[] {
    const altered: Seat[] = [];
    for (const [id, seat] of this.byPod) {
      const pod = pods.get(id);
      if (pod === seat.pod && isShown(pod)) continue;
      altered.push(...this.update(id, pod !== undefined && isShown(pod) ? pod : undefined));
    }
    const newcomers = new Map<string, PodRow[]>();
    for (const pod of pods.values()) {
      if (this.byPod.has(pod.id) || !isShown(pod)) continue;
      const { tray } = this.placeOf(pod);
      const together = newcomers.get(tray);
      if (together) together.push(pod);
      else newcomers.set(tray, [pod]);
    }
    for (const together of newcomers.values()) {
      together.sort((a, b) => (a.id < b.id ? -1 : 1));
      for (const pod of together) altered.push(...this.update(pod.id, pod));
    }
    return altered;
  }

  /** Take in one pod as it is now, or that it is gone. Gives the seats that were left, taken or altered. */
  update(id: string, pod: PodRow | undefined): Seat[] {
    const seat = this.byPod.get(id);
    if (!pod) {
      if (!seat) return [];
      this.leave(seat);
      return [seat];
    }
    const place = this.placeOf(pod);
    if (seat && seat.tray === place.tray && seat.isApart === place.isApart) {
      seat.pod = pod;
      return [seat];
    }
    if (seat) this.leave(seat);
    const tray = this.tray(place.tray);
    const taken = (place.isApart ? tray.apart : tray.own).take((index) => ({
      ...place,
      index,
      pod,
      key: UNCOUNTED,
      paint: 0,
      isFaded: false,
    }));
    this.byPod.set(id, taken);
    return seat ? [seat, taken] : [taken];
  }

  /** Whether somebody sits here by now, and it is this one. */
  isTaken(seat: Seat): boolean {
    return this.byPod.get(seat.pod.id) === seat;
  }

  private leave(seat: Seat): void {
    this.byPod.delete(seat.pod.id);
    const tray = this.trays.get(seat.tray);
    (seat.isApart ? tray?.apart : tray?.own)?.leave(seat.index);
  }
}

/** Whether a pod belongs to its node: a DaemonSet's, or static, so that the Node itself is its owner. */
export function belongsToNode(pod: PodRow): "DaemonSet" | "static" | undefined {
  const resource = pod.owner.slice(0, pod.owner.indexOf(":"));
  if (resource === "v1/nodes" || resource === "v1/Node") return "static";
  return resource.endsWith("/daemonsets") ? "DaemonSet" : undefined;
}

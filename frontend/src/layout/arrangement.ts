/**
 * The arrangement of the Nodes diagram: who sits where, in which colour, and which trays stand together.
 *
 * It follows the picture by what altered. Only a new way of looking (another group, colour, namespace or filter) goes over
 * all pods. What was altered is told to whoever draws, as seats.
 */

import type { Look } from "../model/look";
import type { Matches } from "../model/matches";
import type { Picture } from "../model/picture";
import type { NodeRow, OwnerRow, PodRow } from "../wire";
import { type Colouring, type Entry, madeBy, makeColouring, type Paint } from "./paints";
import { GONE, NO_POOL, NO_ZONE, Places, WAITING } from "./places";
import { belongsToNode, type Seat, Seats, UNCOUNTED } from "./seats";

export interface Sight {
  readonly picture: Picture;
  readonly look: Look;
  /** Only this namespace; empty: all. */
  readonly namespace: string;
  readonly matches: Matches | undefined;
  /** What is inspected: where it made pods, these stand out. */
  readonly selected: string;
  /** The moment that is looked at, in unix seconds. */
  readonly now: number;
}

/** What altered: all, or these seats (some of which were left); and whether trays came, went or moved. */
export interface Altered {
  readonly all: boolean;
  readonly seats: readonly Seat[];
  readonly trays: boolean;
  /** The version of the picture. */
  readonly version: number;
}

/** The entries of the legend beside their numbers. */
export interface Legend {
  readonly entries: readonly (Entry & { readonly pods: number })[];
  /** How many more entries there are. */
  readonly more: number;
}

const ENTRIES_AT_MOST = 12;
/** How often pods that only got older are looked at again. */
const AGEING_SECONDS = 1;

export class Arrangement {
  readonly places = new Places();
  /** By number: what `Seat.paint` means. */
  readonly paints: Paint[] = [];
  /** Grows whenever there are other paints. */
  paintsVersion = 0;
  readonly seats: Seats;
  /** The pods of the owner that is inspected. */
  readonly kin = new Set<Seat>();
  readonly isByNamespace: boolean;
  private readonly paintNumbers = new Map<string, number>();
  private readonly numbers = new Map<string, number>();
  private counts = new Map<string, number>();
  private colouring: Colouring | undefined;
  private traysKnown = -1;
  /** The owner whose pods stand out, empty for none; and it with all that it made. */
  private owner = "";
  private made: ReadonlySet<string> | undefined;
  private ownersAbove = new Map<string, string>();
  private before:
    | (Sight & { readonly version: number; readonly matchesVersion: number | undefined })
    | undefined;

  constructor(look: Look) {
    this.isByNamespace = look.group === "namespace";
    this.seats = new Seats((pod) => this.placeOf(pod));
  }

  /** Whether it goes on for this way of looking; else a new one is to be made. */
  suits(look: Look): boolean {
    return this.isByNamespace === (look.group === "namespace");
  }

  /** Take in what altered. */
  follow(sight: Sight): Altered {
    const { picture, look, namespace, matches, now } = sight;
    const known = this.before;
    const isShown = (pod: PodRow) => !namespace || pod.namespace === namespace;
    const pods = picture.table("pods");
    const ids =
      known?.picture === picture && known.namespace === namespace
        ? picture.alteredSince(known.version, "pods")
        : undefined;
    const isRefaded =
      known?.look.only.join() !== look.only.join() ||
      this.owner !== ownerIn(sight) ||
      known.matches !== matches ||
      known.matchesVersion !== matches?.version;
    this.owner = ownerIn(sight);
    const isOlder = this.colouring?.isOfTime === true && Math.abs(now - (known?.now ?? 0)) >= AGEING_SECONDS;
    const isRepainted = this.refreshColouring(sight, known?.look.colour) || isOlder;
    let seats: Seat[] = [];
    if (ids === undefined) seats = this.seats.replace(pods, isShown);
    else
      for (const id of ids) {
        const pod = pods.get(id);
        seats.push(...this.seats.update(id, pod && isShown(pod) ? pod : undefined));
      }
    const isAnew = ids === undefined || isRepainted;
    const all = isAnew || isRefaded;
    this.paint(isAnew, seats, sight);
    this.fade(all, seats, sight);
    const trays = this.refreshTrays(sight, known, seats);
    this.before = {
      ...sight,
      now: isAnew || !known ? now : known.now,
      version: picture.version,
      matchesVersion: matches?.version,
    };
    return { all, seats, trays, version: picture.version };
  }

  /** Whether this tray stands for a Node, which may be gone. */
  isNode(tray: string): boolean {
    return !this.isByNamespace && tray !== WAITING;
  }

  /** The legend as it is now; the entries that were chosen are in it, also where nothing comes under them. */
  legend(only: readonly string[]): Legend {
    const colouring = this.colouring;
    if (!colouring) return { entries: [], more: 0 };
    const keys = colouring.fixed
      ? colouring.fixed.filter((key) => this.counts.has(key) || only.includes(key))
      : [...this.counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([key]) => key);
    const shown = keys.filter((key, index) => index < ENTRIES_AT_MOST || only.includes(key));
    for (const key of only) if (!shown.includes(key)) shown.push(key);
    return {
      entries: shown.map((key) => ({ ...colouring.entryOf(key), pods: this.counts.get(key) ?? 0 })),
      more: Math.max(0, keys.length - shown.length),
    };
  }

  private placeOf(pod: PodRow): { tray: string; isApart: boolean } {
    if (this.isByNamespace) return { tray: pod.namespace, isApart: false };
    if (!pod.node) return { tray: WAITING, isApart: false };
    return { tray: pod.node, isApart: belongsToNode(pod) !== undefined };
  }

  /** The colouring of this look. True where pods whose rows did not alter may come under another entry. */
  private refreshColouring({ picture, look }: Sight, before: Look["colour"] | undefined): boolean {
    const owners = picture.table("owners");
    if (before !== look.colour || !this.colouring) {
      this.colouring = makeColouring(look.colour, owners);
      this.numbers.clear();
      this.paintNumbers.clear();
      this.paints.length = 0;
      this.paintsVersion++;
      this.ownersAbove = aboveOf(owners);
      return true;
    }
    if (look.colour !== "kind" && look.colour !== "owner") return false;
    const ids = picture.alteredSince(this.before?.version ?? -1, "owners");
    if (ids?.size === 0) return false;
    this.colouring = makeColouring(look.colour, owners);
    if (ids === undefined) {
      this.ownersAbove = aboveOf(owners);
      return true;
    }
    let isMoved = false;
    for (const id of ids) {
      const above = owners.get(id)?.owner;
      if (this.ownersAbove.has(id) && above !== undefined && this.ownersAbove.get(id) !== above)
        isMoved = true;
      if (above === undefined) this.ownersAbove.delete(id);
      else this.ownersAbove.set(id, above);
    }
    return isMoved;
  }

  /** Put these seats, or all, under their entries of the legend. */
  private paint(all: boolean, seats: readonly Seat[], { now }: Sight): void {
    const touched = all ? this.seats.all() : new Set(seats);
    if (all) this.counts = new Map();
    for (const seat of touched) {
      if (!all && seat.key !== UNCOUNTED) this.count(seat.key, -1);
      if (!all && !this.seats.isTaken(seat)) {
        seat.key = UNCOUNTED;
        continue;
      }
      seat.key = this.colouring?.keyOf(seat.pod, now) ?? "";
      seat.paint = this.numberOf(seat.key);
      this.count(seat.key, 1);
    }
  }

  /** Let these seats, or all, stand out or not. */
  private fade(all: boolean, seats: readonly Seat[], { picture, look, matches }: Sight): void {
    const only = new Set(look.only);
    const found = matches?.of("v1/pods");
    if (all) {
      this.made = this.owner ? madeBy(this.owner, picture.table("owners")) : undefined;
      this.kin.clear();
    }
    const { made } = this;
    for (const seat of all ? this.seats.all() : seats) {
      const isKin = made?.has(seat.pod.owner) === true && (all || this.seats.isTaken(seat));
      if (isKin) this.kin.add(seat);
      else if (!all) this.kin.delete(seat);
      seat.isFaded =
        (only.size > 0 && !only.has(seat.key)) ||
        found?.has(seat.pod.id) === false ||
        (made !== undefined && !isKin);
    }
  }

  private count(key: string, by: number): void {
    const pods = (this.counts.get(key) ?? 0) + by;
    if (pods > 0) this.counts.set(key, pods);
    else this.counts.delete(key);
  }

  private numberOf(key: string): number {
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const paint = this.colouring?.entryOf(key).paint ?? { colour: "var(--unknown)", text: "" };
    const name = `${paint.state ?? paint.colour} ${paint.text}`;
    let number = this.paintNumbers.get(name);
    if (number === undefined) {
      number = this.paints.push(paint) - 1;
      this.paintsVersion++;
    }
    this.paintNumbers.set(name, number);
    this.numbers.set(key, number);
    return number;
  }

  private refreshTrays(
    { picture, look }: Sight,
    known: (Sight & { readonly version: number }) | undefined,
    seats: readonly Seat[],
  ): boolean {
    const nodes = picture.table("nodes");
    const isKnown = known?.picture === picture && known.look.group === look.group;
    const isSame =
      isKnown &&
      picture.alteredSince(known.version, "nodes")?.size === 0 &&
      this.seats.trays.size === this.traysKnown &&
      !seats.some(({ tray }) => !nodes.has(tray) && this.isEmpty(tray));
    if (isSame) return false;
    const wanted = new Map<string, string>();
    if (!this.isByNamespace) for (const node of nodes.values()) wanted.set(node.id, groupOf(node, look));
    for (const tray of [...this.seats.trays.values()]) {
      if (wanted.has(tray.id)) continue;
      if (this.isEmpty(tray.id)) this.seats.trays.delete(tray.id);
      else if (this.isByNamespace) wanted.set(tray.id, "");
      else wanted.set(tray.id, tray.id === WAITING ? WAITING : GONE);
    }
    for (const id of wanted.keys()) this.seats.tray(id);
    this.traysKnown = this.seats.trays.size;
    return this.places.assign(wanted);
  }

  private isEmpty(id: string): boolean {
    const tray = this.seats.trays.get(id);
    return tray !== undefined && tray.own.count + tray.apart.count === 0;
  }
}

function groupOf(node: NodeRow, look: Look): string {
  if (look.group === "zone") return node.zone || NO_ZONE;
  if (look.group === "pool") {
    const isGuess = node.pool_label.endsWith("/instance-type");
    return isGuess ? `${node.pool} (instance type)` : node.pool || NO_POOL;
  }
  return "";
}

/** What is inspected, if it made pods here. A Node does not count, though it owns its static pods. */
function ownerIn({ picture, selected }: Sight): string {
  return !selected.startsWith("v1/nodes:") && picture.table("owners").has(selected) ? selected : "";
}

function aboveOf(owners: ReadonlyMap<string, OwnerRow>): Map<string, string> {
  return new Map([...owners.values()].map((owner) => [owner.id, owner.owner]));
}

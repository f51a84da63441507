/** In which order the cards of the RBAC diagram stand in their columns, and where. Pure, but for what a keeper keeps. */

import type { Card, Link } from "./rbac";
import { assignSlots, type Slots } from "./slots";

/** Lit cards first, folds last; in between, near what they are linked to (barycentres, some sweeps to and fro). */
export function order(cards: readonly Card[], links: readonly Link[]): Card[][] {
  const columns: Card[][] = [[], [], [], []];
  for (const card of cards) columns[card.column]?.push(card);
  const near = new Map<string, string[]>();
  const lit = new Set(cards.filter((card) => card.isLit).map((card) => card.id));
  for (const { from, to, isLit } of links) {
    if (!isLit && (lit.has(from) || lit.has(to))) continue; // what is lit stands where its lit links lead
    near.set(from, [...(near.get(from) ?? []), to]);
    near.set(to, [...(near.get(to) ?? []), from]);
  }
  const rank = (card: Card) =>
    card.isLit
      ? card.name.startsWith("system:")
        ? 0.5
        : 0
      : card.fold && card.column !== 3
        ? 3
        : card.isBroken
          ? 2
          : 1;
  for (const column of columns) column.sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  for (const sweep of [1, 2, 3, 2, 1, 0, 1, 2, 3]) {
    const column = columns[sweep];
    const other = columns[sweep === 0 ? 1 : sweep - 1];
    if (!column || !other) continue;
    const index = new Map(other.map((card, place) => [card.id, place]));
    const middle = new Map(
      column.map((card) => {
        const places = (near.get(card.id) ?? []).flatMap((id) => index.get(id) ?? []);
        return [card.id, places.length ? places.reduce((sum, place) => sum + place, 0) / places.length : 1e9];
      }),
    );
    column.sort(
      (a, b) =>
        rank(a) - rank(b) || (middle.get(a.id) ?? 0) - (middle.get(b.id) ?? 0) || (a.id < b.id ? -1 : 1),
    );
  }
  return columns;
}

/** Where each card stands in its column. Cards keep their places while others come and go, until `key` alters. */
export class PlaceKeeper {
  private key = "";
  private columns: Slots[] = [];

  assign(columns: readonly (readonly Card[])[], key: string): readonly Slots[] {
    const before = key === this.key ? this.columns : [];
    this.key = key;
    this.columns = columns.map((cards, index) =>
      assignSlots(
        before[index] ?? new Map(),
        cards.map((card) => card.id),
      ),
    );
    return this.columns;
  }
}

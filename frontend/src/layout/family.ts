/** A family as it is read: what is above, the object, what is below; then who selects, who is used, and by whom. */

import type { FamilyTree, Fate, Member } from "../wire";

export type Group = Member["group"];

/** A member with what hangs on it. */
export interface Branch {
  readonly member: Member;
  readonly below: readonly Bunch[];
}

/** Members of one kind beside each other, with how many more there are than are told. */
export interface Bunch {
  readonly kind: string;
  readonly branches: readonly Branch[];
  readonly more: number;
}

export interface Shape {
  /** From the top down, each with how deep it stands; the object itself stands one deeper than the last. */
  readonly above: readonly { readonly member: Member; readonly depth: number }[];
  readonly depth: number;
  readonly groups: ReadonlyMap<Group, readonly Bunch[]>;
}

/** The groups that stand below the object, in their order. */
export const GROUPS: readonly Group[] = ["owned", "selects", "selected", "uses", "used"];

export const GROUP_WORDS: Readonly<Record<Group, string>> = {
  owners: "Above",
  owned: "Below: owned by it",
  selects: "Selects",
  selected: "Selected by",
  uses: "Uses",
  used: "Used by",
};

export function shapeFamily(family: FamilyTree): Shape {
  const depths = new Map<number, number>([[0, 0]]);
  const owners = family.members.filter((member) => member.group === "owners");
  for (const { id, parent } of owners) depths.set(id, (depths.get(parent) ?? 0) + 1);
  const deepest = Math.max(0, ...owners.map(({ id }) => depths.get(id) ?? 0));
  const above = owners
    .map((member) => ({ member, depth: deepest - (depths.get(member.id) ?? 0) }))
    .sort((a, b) => a.depth - b.depth || a.member.id - b.member.id);
  const groups = new Map<Group, readonly Bunch[]>();
  for (const group of GROUPS) {
    const bunches = bunch(family, 0, group);
    if (bunches.length > 0) groups.set(group, bunches);
  }
  return { above, depth: deepest, groups };
}

/** What hangs on one member, of one group or (below the first) of any. */
function bunch(family: FamilyTree, parent: number, group: Group | undefined): Bunch[] {
  const own = family.members.filter(
    (member) =>
      member.parent === parent &&
      member.group !== "owners" &&
      (group === undefined || member.group === group),
  );
  const more = family.more.filter(
    (each) => each.parent === parent && (group === undefined || each.group === group),
  );
  const kinds = [...new Set([...own.map(({ kind }) => kind), ...more.map(({ kind }) => kind)])];
  return kinds.map((kind) => ({
    kind,
    branches: own
      .filter((member) => member.kind === kind)
      .map((member) => ({ member, below: bunch(family, member.id, undefined) })),
    more: more.filter((each) => each.kind === kind).reduce((sum, each) => sum + each.count, 0),
  }));
}

export interface Sign {
  readonly mark: string;
  readonly words: string;
  readonly tone: "gone" | "kept" | "bad" | "quiet";
}

/** How an outcome is drawn: a mark, so that it is not told by colour alone, and a word. */
export const SIGNS: Readonly<Record<Fate["outcome"], Sign>> = {
  first: { mark: "−", words: "first", tone: "gone" },
  along: { mark: "−", words: "too", tone: "gone" },
  after: { mark: "−", words: "after", tone: "gone" },
  freed: { mark: "○", words: "freed", tone: "kept" },
  stays: { mark: "○", words: "stays", tone: "quiet" },
  breaks: { mark: "▲", words: "lacks it", tone: "bad" },
  unknown: { mark: "?", words: "unknown", tone: "quiet" },
};

/** What one way of deleting comes to, in a line: `3 go, 2 stay, 4 lack it`. */
export function tally(fates: readonly Fate[]): string {
  const counts = new Map<Sign["tone"], number>();
  for (const { outcome } of fates) {
    const { tone } = SIGNS[outcome];
    counts.set(tone, (counts.get(tone) ?? 0) + 1);
  }
  const gone = counts.get("gone") ?? 0;
  const bad = counts.get("bad") ?? 0;
  const freed = counts.get("kept") ?? 0;
  const words = [
    gone > 0 ? `${gone} ${gone === 1 ? "goes" : "go"} too` : "nothing else goes",
    freed > 0 ? `${freed} ${freed === 1 ? "stays and loses its owner" : "stay and lose their owner"}` : "",
    bad > 0 ? `${bad} lack${bad === 1 ? "s" : ""} what ${bad === 1 ? "it names" : "they name"}` : "",
  ];
  return words.filter(Boolean).join(", ");
}

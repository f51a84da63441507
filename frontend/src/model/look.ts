/** How the Nodes diagram is looked at: what pods stand by, what their colour tells, and which of them stand out. */

/** What trays are put together by; by namespace, pods stand with their namespace instead of their node. */
export const GROUPS = ["none", "zone", "pool", "namespace"] as const;
export type Group = (typeof GROUPS)[number];

export const COLOURS = ["phase", "readiness", "kind", "owner", "age", "restarts"] as const;
export type Colour = (typeof COLOURS)[number];

export interface Look {
  readonly group: Group;
  readonly colour: Colour;
  /** The entries of the legend that stand out, all others faded; empty: none does. */
  readonly only: readonly string[];
}

export const NO_LOOK: Look = { group: "none", colour: "phase", only: [] };

export function readLook(fields: URLSearchParams): Look {
  return {
    group: GROUPS.find((group) => group === fields.get("group")) ?? "none",
    colour: COLOURS.find((colour) => colour === fields.get("colour")) ?? "phase",
    only: fields.getAll("only"),
  };
}

export function writeLook(look: Look, fields: URLSearchParams): void {
  if (look.group !== "none") fields.set("group", look.group);
  if (look.colour !== "phase") fields.set("colour", look.colour);
  for (const key of look.only) fields.append("only", key);
}

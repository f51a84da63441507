/** What a choice makes of the address: in the bar, in a diagram, beside it. What is no choice of what to show has no entry. */

import type { Address, Deletion, PartName, View } from "../model/address";
import type { Look } from "../model/look";
import type { Route } from "../model/routing";

type Choice = (address: Address, value: unknown) => Address;

/** Nothing is inspected: what is asked stands in the inspector's place. */
const NOTHING = { selected: "", version: undefined } as const;

const CHOICES: Readonly<Record<string, Choice>> = {
  view: (address, value) => ({ ...address, view: value as View }),
  namespace: (address, value) => ({ ...address, namespace: String(value) }),
  filter: (address, value) => ({ ...address, filter: String(value) }),
  table: (address, value) => ({ ...address, table: value === true }),
  part: (address, value) => ({ ...address, part: value as PartName }),
  deletion: (address, value) => ({ ...address, deletion: value as Deletion }),
  look: (address, value) => ({ ...address, look: value as Look }),
  matrix: (address, value) => ({ ...address, matrix: value === true }),
  since: (address, value) => ({ ...address, since: value as number | undefined }),
  ask: (address, value) => ({ ...address, ask: String(value), ...NOTHING }),
  who: (address, value) => ({ ...address, view: "rbac", ask: String(value), ...NOTHING }),
  route: (address, value) => ({
    ...address,
    route: { ...address.route, ...(value as Partial<Route>) },
    ...NOTHING,
  }),
};

/** The address after this choice; undefined where the name is of none. */
export function chosen(address: Address, name: string, value: unknown): Address | undefined {
  return Object.hasOwn(CHOICES, name) ? CHOICES[name]?.(address, value) : undefined;
}

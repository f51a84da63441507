import { describe, expect, it } from "vitest";
import { shapeFamily, tally } from "../src/layout/family";
import type { FamilyTree, Fate, Member } from "../src/wire";

const member = (id: number, parent: number, group: Member["group"], kind: string, name: string): Member => ({
  id,
  parent,
  group,
  ref: `${kind}:${name}`,
  kind,
  namespace: "shop",
  name,
  relation: "",
  how: "",
  certainty: "observed",
});

const family = (members: Member[], more: FamilyTree["more"] = []): FamilyTree => ({
  members,
  more,
  prospects: [],
  holds: [],
  isGoing: false,
});

const fate = (number: number, outcome: Fate["outcome"]): Fate => ({ member: number, outcome, words: "" });

describe("the shape of a family", () => {
  it("stands owners from the top down, and the object below the last", () => {
    const shape = shapeFamily(
      family([
        member(1, 0, "owners", "ReplicaSet", "web-1"),
        member(2, 1, "owners", "Deployment", "web"),
        member(3, 0, "owners", "Widget", "w"),
      ]),
    );
    expect(shape.above.map(({ member: each, depth }) => [each.name, depth])).toEqual([
      ["web", 0],
      ["web-1", 1],
      ["w", 1],
    ]);
    expect(shape.depth).toBe(2);
  });

  it("bunches what is alike, with what hangs on it and how many more there are", () => {
    const shape = shapeFamily(
      family(
        [
          member(1, 0, "owned", "ReplicaSet", "web-1"),
          member(2, 1, "owned", "Pod", "a"),
          member(3, 1, "owned", "Pod", "b"),
          member(4, 0, "selected", "Service", "web"),
          member(5, 4, "used", "Ingress", "shop"),
        ],
        [{ parent: 1, group: "owned", kind: "Pod", count: 7 }],
      ),
    );
    const [sets] = shape.groups.get("owned") ?? [];
    const [pods] = sets?.branches[0]?.below ?? [];
    expect([sets?.kind, pods?.kind, pods?.branches.length, pods?.more]).toEqual(["ReplicaSet", "Pod", 2, 7]);
    expect(shape.groups.get("selected")?.[0]?.branches[0]?.below[0]?.kind).toBe("Ingress");
    expect([...shape.groups.keys()]).toEqual(["owned", "selected"]);
  });
});

it("says what a deletion comes to", () => {
  expect(tally([])).toBe("nothing else goes");
  expect(tally([fate(1, "first"), fate(2, "along"), fate(3, "freed"), fate(4, "breaks")])).toBe(
    "2 go too, 1 stays and loses its owner, 1 lacks what it names",
  );
});

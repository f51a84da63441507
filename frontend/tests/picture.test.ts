import { describe, expect, it } from "vitest";
import { Picture } from "../src/model/picture";
import type { DeltaMessage, SnapshotMessage } from "../src/wire";

const pods = (ids: string[], node: string[]) => ({ ids, columns: { node }, removed: [] });
const snapshot = (seq: number, ids: string[], node: string[]): SnapshotMessage => ({
  op: "snapshot",
  diagram: "nodes",
  seq,
  ts: seq,
  tables: { pods: pods(ids, node) },
});
const delta = (
  base: number,
  seq: number,
  ids: string[],
  node: string[],
  removed: string[] = [],
): DeltaMessage => ({
  op: "delta",
  diagram: "nodes",
  base,
  seq,
  ts: seq,
  tables: { pods: { ...pods(ids, node), removed } },
});

describe("a picture", () => {
  it("is a snapshot's rows, and then follows deltas", () => {
    const picture = new Picture();
    expect(picture.isEmpty).toBe(true);
    picture.applySnapshot(snapshot(5, ["a", "b"], ["n1", "n2"]));
    expect(picture.applyDelta(delta(5, 7, ["c"], ["n3"], ["a"]))).toBe(true);
    expect([...picture.table("pods").keys()]).toEqual(["b", "c"]);
    expect(picture.seq).toBe(7);
  });

  it("refuses a delta that does not follow on it, and stays as it was", () => {
    const picture = new Picture();
    picture.applySnapshot(snapshot(5, ["a"], ["n1"]));
    expect(picture.applyDelta(delta(6, 7, ["b"], ["n2"]))).toBe(false);
    expect([...picture.table("pods").keys()]).toEqual(["a"]);
    expect(picture.seq).toBe(5);
  });

  it("keeps the identity of rows that a new snapshot does not alter", () => {
    const picture = new Picture();
    picture.applySnapshot(snapshot(5, ["a", "b"], ["n1", "n2"]));
    const before = picture.table("pods").get("a");
    picture.applySnapshot(snapshot(9, ["a", "b"], ["n1", "n3"]));
    expect(picture.table("pods").get("a")).toBe(before);
    expect(picture.table("pods").get("b")?.node).toBe("n3");
  });

  it("reads namespace and name from the id, where they are not sent", () => {
    const picture = new Picture();
    picture.applySnapshot(snapshot(5, ["shop/web-1"], ["n1"]));
    expect(picture.table("pods").get("shop/web-1")).toMatchObject({
      namespace: "shop",
      name: "web-1",
      node: "n1",
    });
  });
});

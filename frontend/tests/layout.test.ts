import { describe, expect, it } from "vitest";
import { layOutFlow, NO_PLACES, placeComponents } from "../src/layout/flow";
import { assignSlots, SlotKeeper } from "../src/layout/slots";
import { lanesOf, pillsOf, ratesOf, toldSeconds, wokenBy } from "../src/layout/writes";
import type { ComponentRow, NodeRow, WriteRow } from "../src/wire";

const component = (id: string, actor: ComponentRow["actor"], last_seq = 1, node = ""): ComponentRow => ({
  id,
  actor,
  name: id,
  node,
  writes: 1,
  last_seq,
  last_ts: 10,
  last_text: "created Pod a",
});
const node = (id: string): NodeRow => ({
  id,
  ready: "True",
  reason: "",
  ready_since: "",
  zone: "",
  pool: "",
  pool_label: "",
  roles: [],
  unschedulable: false,
  troubles: [],
  taints: [],
  kubelet_version: "v1.36.2",
  cpu: 1000,
  memory: 2 ** 30,
  pods: 110,
  cpu_capacity: 1000,
  memory_capacity: 2 ** 30,
  pods_capacity: 110,
  created: "",
});
const write = (seq: number, ts: number, who: string, kind = "Pod", routine = false): WriteRow => ({
  id: String(seq),
  seq,
  ts,
  since: 0,
  component: who,
  certainty: "observed",
  rule: "creation",
  verb: "created",
  resource: "v1/pods",
  kind,
  subresource: "",
  ref: `v1/pods:shop/${seq}`,
  routine,
  text: `created ${kind} ${seq}`,
  parent: 0,
  trace: seq,
  cause_certainty: "unknown",
  cause_rule: "no-cause",
  lag_s: 0,
  wakes: [],
});

const AT_TEN = { now: 10, showQuiet: false };

describe("slots", () => {
  it("are kept while others come and go, and the free ones are filled from the left", () => {
    const first = assignSlots(new Map(), ["a", "b", "c"]);
    const second = assignSlots(first, ["a", "c", "d"]);
    expect([...second]).toEqual([
      ["a", 0],
      ["c", 2],
      ["d", 1],
    ]);
  });

  it("are a thing's own on each node", () => {
    const keeper = new SlotKeeper();
    keeper.assign(new Map([["n1", ["a", "b"]]]));
    const moved = keeper.assign(
      new Map([
        ["n1", ["b"]],
        ["n2", ["a"]],
      ]),
    );
    expect(moved.get("n1")?.get("b")).toBe(1);
    expect(moved.get("n2")?.get("a")).toBe(0);
  });
});

describe("the flow's layout", () => {
  const size = { width: 964, height: 440 };

  it("gives every component at work its place and its line to the API server", () => {
    const rows = [
      component("kubectl", "client"),
      component("kcm", "controller"),
      component("kubelet:n1", "kubelet", 1, "n1"),
    ];
    const places = placeComponents(rows, NO_PLACES, size.height, AT_TEN);
    const layout = layOutFlow(rows, [node("n1")], size, places);
    expect(layout.clients.map((box) => box.id)).toEqual(["kubectl"]);
    expect(layout.controllers.map((box) => box.id)).toEqual(["kcm"]);
    expect(layout.nodes.map((box) => box.id)).toEqual(["n1"]);
    expect([...layout.edges.keys()].sort()).toEqual(["kcm", "kubectl", "kubelet:n1"]);
  });

  it("moves nobody when a component appears", () => {
    const first = [component("m", "controller"), component("z", "controller")];
    const places = placeComponents(first, NO_PLACES, size.height, AT_TEN);
    const later = placeComponents([...first, component("a", "controller")], places, size.height, AT_TEN);
    for (const [id, slot] of places.controllers) expect(later.controllers.get(id)).toBe(slot);
  });

  it("shows those that worked last when there is no room for all", () => {
    const rows = Array.from({ length: 30 }, (_, index) => component(`c${index}`, "controller", index));
    const places = placeComponents(rows, NO_PLACES, size.height, AT_TEN);
    expect(places.controllers.has("c29")).toBe(true);
    expect(places.controllers.has("c0")).toBe(false);
    expect(layOutFlow(rows, [], size, places).hiddenControllers).toBe(30 - places.controllers.size);
  });

  it("folds controllers that were quiet for a while, and keeps the scheduler", () => {
    const rows = [
      component("busy", "controller"),
      component("never", "controller", 0),
      component("scheduler", "scheduler", 0),
    ];
    const later = { now: 1000, showQuiet: false };
    const folded = placeComponents(rows, NO_PLACES, size.height, later);
    expect([...folded.controllers.keys()]).toEqual(["scheduler"]);
    expect(layOutFlow(rows, [], size, folded).hiddenControllers).toBe(2);
    const shown = placeComponents(rows, folded, size.height, { ...later, showQuiet: true });
    expect(shown.controllers.size).toBe(3);
    expect(shown.controllers.get("scheduler")).toBe(folded.controllers.get("scheduler"));
  });

  it("draws one card for a crowd of nodes", () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => node(`n${index}`));
    const layout = layOutFlow([], nodes, size, NO_PLACES);
    expect(layout.nodes).toEqual([]);
    expect(layout.crowd).toBeDefined();
  });
});

describe("the latest writes", () => {
  it("are counted together in pills, without routine ones and without the future", () => {
    const writes = [
      write(1, 8, "a"),
      write(2, 9.5, "a"),
      write(3, 9.8, "a"),
      write(4, 9.9, "a", "Lease", true),
      write(5, 11, "a"),
    ];
    expect(pillsOf(writes, 10, 1, 8).map((pill) => pill.text)).toEqual(["+ Pod ×2"]);
  });

  it("of kubelets come together, whichever node they are on", () => {
    const writes = [write(1, 9.9, "kubelet:a"), write(2, 9.9, "kubelet:b")];
    expect(pillsOf(writes, 10, 1, 8).map((pill) => pill.text)).toEqual(["+ Pod ×2"]);
    expect([...ratesOf(writes, 10, 2)]).toEqual([
      ["kubelet:a", 0.5],
      ["kubelet:b", 0.5],
    ]);
  });

  it("are counted over the time for which all of them are told", () => {
    const many = Array.from({ length: 200 }, (_, index) => write(index, 9 + index / 200, "a"));
    const table = new Map(many.map((row) => [row.id, row]));
    expect(toldSeconds(table, 10, 2)).toBe(1);
    expect(toldSeconds(new Map([...table].slice(0, 5)), 10, 2)).toBe(2);
  });

  it("wake who watches them, for a moment", () => {
    const wakes = { ...write(1, 9.9, "a"), wakes: ["scheduler:kube-scheduler"] };
    expect([...wokenBy([wakes], 10, 0.4)]).toEqual(["scheduler:kube-scheduler"]);
    expect(wokenBy([wakes], 11, 0.4).size).toBe(0);
  });

  it("stand in lanes at their time", () => {
    const components = new Map([["a", component("a", "client")]]);
    const lanes = lanesOf(components, [write(1, 5, "a"), write(2, 10, "a")], 10, 10, 7);
    expect(lanes[0]?.marks.map((mark) => mark.x)).toEqual([0.5, 1]);
  });
});

import { describe, expect, it } from "vitest";
import { Arrangement } from "../src/layout/arrangement";
import { barsOf, heartbeat, standingOf, taintsOf, troublesOf } from "../src/layout/nodefacts";
import { GONE, WAITING } from "../src/layout/places";
import { belongsToNode, type Seat } from "../src/layout/seats";
import { SortedIds } from "../src/layout/sorted";
import { type Look, NO_LOOK } from "../src/model/look";
import { Picture } from "../src/model/picture";
import type { LeaseRow, LoadRow, NodeRow, OwnerRow, PodRow } from "../src/wire";
import { tablesOf } from "./tables";

const pod = (id: string, node: string, more: Partial<PodRow> = {}): PodRow => ({
  id,
  namespace: id.split("/")[0] ?? "",
  name: id.split("/")[1] ?? "",
  node,
  phase: "Running",
  status: "Running",
  is_ready: true,
  is_terminating: false,
  ready: 1,
  containers: 1,
  restarts: 0,
  owner: "",
  ip: "",
  created: "2026-11-23T10:11:14Z",
  ...more,
});

const node = (id: string, more: Partial<NodeRow> = {}): NodeRow => ({
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
  ...more,
});

const owner = (id: string, above = ""): OwnerRow => ({
  id,
  kind: id.includes("deployments") ? "Deployment" : "ReplicaSet",
  namespace: "shop",
  name: id.slice(id.indexOf("/", id.indexOf(":")) + 1),
  owner: above,
  wanted: 1,
  ready: 1,
  created: "",
});

/** A picture that is told of rows as the server tells of them. */
class Told {
  readonly picture = new Picture();
  private seq = 1;

  constructor(nodes: readonly NodeRow[], pods: readonly PodRow[], owners: readonly OwnerRow[] = []) {
    this.anew(nodes, pods, owners);
  }

  anew(nodes: readonly NodeRow[], pods: readonly PodRow[], owners: readonly OwnerRow[] = []): void {
    const tables = tablesOf({ nodes, pods, owners, loads: [], leases: [] });
    this.picture.applySnapshot({ op: "snapshot", diagram: "nodes", seq: this.seq, ts: 0, tables });
  }

  alter(
    rows: { pods?: readonly PodRow[]; nodes?: readonly NodeRow[]; owners?: readonly OwnerRow[] },
    removed: Record<string, string[]> = {},
  ): void {
    const tables = tablesOf(rows, removed);
    this.picture.applyDelta({
      op: "delta",
      diagram: "nodes",
      base: this.seq,
      seq: ++this.seq,
      ts: 0,
      tables,
    });
  }
}

function follow(
  arrangement: Arrangement,
  told: Told,
  look: Partial<Look> = {},
  more: { namespace?: string; selected?: string; now?: number } = {},
) {
  return arrangement.follow({
    picture: told.picture,
    look: { ...NO_LOOK, ...look },
    namespace: more.namespace ?? "",
    matches: undefined,
    selected: more.selected ?? "",
    now: more.now ?? 0,
  });
}

const seatsOf = (arrangement: Arrangement) =>
  new Map(
    [...arrangement.seats.all()].map((seat) => [seat.pod.id, `${seat.tray} ${seat.isApart} ${seat.index}`]),
  );

describe("seats", () => {
  it("are kept while others come and go, and those that are free go to newcomers", () => {
    const told = new Told([node("n1")], [pod("a/1", "n1"), pod("a/2", "n1"), pod("a/3", "n1")]);
    const arrangement = new Arrangement(NO_LOOK);
    follow(arrangement, told);
    const before = seatsOf(arrangement);
    told.alter({ pods: [] }, { pods: ["a/1"] });
    const left = follow(arrangement, told);
    expect(left.all).toBe(false);
    expect(left.seats.map((seat) => seat.pod.id)).toEqual(["a/1"]);
    told.alter({ pods: [pod("a/0", "n1")] });
    follow(arrangement, told);
    expect(seatsOf(arrangement)).toEqual(
      new Map([
        ["a/2", before.get("a/2")],
        ["a/3", before.get("a/3")],
        ["a/0", before.get("a/1")],
      ]),
    );
  });

  it("set apart what belongs to the node itself", () => {
    const daemon = pod("a/d", "n1", { owner: "apps/v1/daemonsets:a/agent" });
    const fixed = pod("a/etcd", "n1", { owner: "v1/nodes:n1" });
    expect([daemon, fixed, pod("a/1", "n1")].map(belongsToNode)).toEqual(["DaemonSet", "static", undefined]);
    const arrangement = new Arrangement(NO_LOOK);
    follow(arrangement, new Told([node("n1")], [pod("a/1", "n1"), daemon, fixed]));
    const tray = arrangement.seats.tray("n1");
    expect([tray.own.count, tray.apart.count]).toEqual([1, 2]);
  });

  it("are where the picture says, however much happens", () => {
    let dice = 7;
    const roll = (sides: number) => {
      dice = (dice * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((dice / 2 ** 31) * sides);
    };
    const nodes = ["n1", "n2", "n3"].map((id) => node(id, { zone: id === "n1" ? "a" : "b" }));
    const told = new Told(nodes, []);
    const look: Look = { ...NO_LOOK, group: "zone", only: ["failed"] };
    const arrangement = new Arrangement(look);
    for (let turn = 0; turn < 400; turn++) {
      const id = `a/${roll(30)}`;
      const isThere = told.picture.table("pods").has(id);
      const phase = ["Running", "Failed", "Pending"][roll(3)] ?? "";
      const next = pod(id, ["", "n1", "n2", "gone"][roll(4)] ?? "", { phase, is_ready: phase === "Running" });
      if (roll(12) === 0)
        told.anew(nodes.slice(roll(2)), [...told.picture.table("pods").values()].slice(roll(4)));
      else
        told.alter(
          { pods: isThere && roll(2) === 0 ? [] : [next] },
          { pods: isThere && roll(2) === 0 ? [id] : [] },
        );
      if (roll(3) === 0) continue; // two alterations at once
      const before = seatsOf(arrangement);
      follow(arrangement, told, look);
      const pods = told.picture.table("pods");
      const seats = [...arrangement.seats.all()];
      expect(seats.length).toBe(pods.size);
      expect(new Set(seatsOf(arrangement).values()).size).toBe(pods.size);
      for (const seat of seats) {
        expect(seat.pod).toBe(pods.get(seat.pod.id));
        expect(seat.tray).toBe(seat.pod.node || WAITING);
        expect(seat.isFaded).toBe(seat.pod.phase !== "Failed");
        const was = before.get(seat.pod.id);
        if (was?.startsWith(`${seat.tray} `)) expect(seatsOf(arrangement).get(seat.pod.id)).toBe(was);
      }
      const counted = arrangement.legend([]).entries.reduce((sum, entry) => sum + entry.pods, 0);
      expect(counted).toBe(pods.size);
      const trays = arrangement.places.trays().flatMap(([, ids]) => ids);
      const wanted = new Set([
        ...told.picture.table("nodes").keys(),
        ...seats.map((seat: Seat) => seat.tray),
      ]);
      expect(new Set(trays)).toEqual(wanted);
    }
  });
});

describe("trays", () => {
  const nodes = [
    node("n1", { zone: "b", pool: "m5", pool_label: "node.kubernetes.io/instance-type" }),
    node("n2", { zone: "a", pool: "spot", pool_label: "karpenter.sh/nodepool" }),
    node("n3"),
  ];
  const pods = [pod("a/1", "n1"), pod("b/2", ""), pod("b/3", "n9")];
  const groups = (look: Partial<Look>) => {
    const arrangement = new Arrangement({ ...NO_LOOK, ...look });
    follow(arrangement, new Told(nodes, pods), look);
    return arrangement.places.trays();
  };

  it("stand by zone, by pool as its label says, or are namespaces", () => {
    expect(groups({})).toEqual([
      ["", ["n1", "n2", "n3"]],
      [GONE, ["n9"]],
      [WAITING, [WAITING]],
    ]);
    expect(groups({ group: "zone" }).map(([name]) => name)).toEqual(["a", "b", "no zone", GONE, WAITING]);
    expect(groups({ group: "pool" }).map(([name]) => name)).toEqual([
      "m5 (instance type)",
      "spot",
      "no node pool",
      GONE,
      WAITING,
    ]);
    expect(groups({ group: "namespace" })).toEqual([["", ["a", "b"]]]);
  });

  it("keep their place when a node leaves, and a newcomer takes its gap", () => {
    const told = new Told(nodes, []);
    const arrangement = new Arrangement(NO_LOOK);
    follow(arrangement, told);
    told.alter({ nodes: [] }, { nodes: ["n2"] });
    expect(follow(arrangement, told).trays).toBe(true);
    expect(
      arrangement.places.needs(arrangement.seats.trays, undefined)[0]?.tiles.map(({ id }) => id),
    ).toEqual(["n1", "", "n3"]);
    told.alter({ nodes: [node("n0")] });
    follow(arrangement, told);
    expect(arrangement.places.trays()).toEqual([["", ["n1", "n0", "n3"]]]);
  });
});

describe("colours", () => {
  const set = "apps/v1/replicasets:shop/web-1";
  const deployment = "apps/v1/deployments:shop/web";
  const owners = [owner(deployment), owner(set, deployment)];
  const pods = [
    pod("shop/1", "n1", { owner: set, restarts: 7 }),
    pod("shop/2", "n1", { is_ready: false }),
    pod("other/3", "n1", { phase: "Succeeded", is_ready: false, created: "" }),
  ];
  const legend = (look: Partial<Look>, more: { namespace?: string; now?: number } = {}) => {
    const arrangement = new Arrangement({ ...NO_LOOK, ...look });
    follow(arrangement, new Told([node("n1")], pods, owners), look, more);
    return arrangement.legend(look.only ?? []).entries.map((entry) => `${entry.pods} ${entry.label}`);
  };

  it("tell what was chosen", () => {
    expect(legend({})).toEqual(["1 ready", "1 not ready", "1 completed"]);
    expect(legend({ colour: "readiness" })).toEqual(["1 ready", "1 not ready", "1 ended, never ready again"]);
    expect(legend({ colour: "kind" })).toEqual(["2 no owner", "1 Deployment"]);
    expect(legend({ colour: "owner" })).toEqual(["2 no owner", "1 web · shop"]);
    expect(legend({ colour: "restarts" })).toEqual(["2 never restarted", "1 5 to 19"]);
    const tenMinutesLater = Date.parse("2026-11-23T10:21:14Z") / 1000;
    expect(legend({ colour: "age" }, { now: tenMinutesLater })).toEqual([
      "2 under an hour",
      "1 of unknown age",
    ]);
    expect(legend({}, { namespace: "shop" })).toEqual(["1 ready", "1 not ready"]);
  });

  it("keep what stands out in the legend, also where there is none of it", () => {
    expect(legend({ only: ["failed"] })).toEqual(["1 ready", "1 not ready", "0 failing", "1 completed"]);
  });

  it("grow older with the moment that is looked at", () => {
    const told = new Told([node("n1")], pods);
    const look: Partial<Look> = { colour: "age" };
    const arrangement = new Arrangement({ ...NO_LOOK, ...look });
    const born = Date.parse("2026-11-23T10:11:14Z") / 1000;
    follow(arrangement, told, look, { now: born + 30 });
    expect(follow(arrangement, told, look, { now: born + 30.5 }).all).toBe(false);
    expect(follow(arrangement, told, look, { now: born + 100 }).all).toBe(true);
    expect(arrangement.legend([]).entries[0]?.label).toBe("under an hour");
  });

  it("let the pods of an inspected owner stand out", () => {
    const arrangement = new Arrangement(NO_LOOK);
    const told = new Told([node("n1")], pods, owners);
    follow(arrangement, told, {}, { selected: deployment });
    const bright = () =>
      [...arrangement.seats.all()].filter((seat) => !seat.isFaded).map((seat) => seat.pod.id);
    expect(bright()).toEqual(["shop/1"]);
    follow(arrangement, told, {}, { selected: "v1/pods:shop/2" });
    expect(bright().length).toBe(3);
  });
});

describe("what is said of a node", () => {
  const now = Date.parse("2026-11-23T10:12:00Z") / 1000;
  const lease = (renewed: string): LeaseRow => ({ id: "n1", renewed, seconds: 40 });
  const words = (row: NodeRow, held?: LeaseRow) => troublesOf(row, held, now).map((fact) => fact.words);

  it("is the worst first", () => {
    const bad = node("n1", {
      ready: "Unknown",
      reason: "NodeStatusUnknown",
      troubles: ["DiskPressure"],
      unschedulable: true,
    });
    expect(words(bad)).toEqual(["NotReady, unknown", "DiskPressure", "cordoned"]);
    expect([bad, node("n1", { unschedulable: true }), node("n1"), undefined].map(standingOf)).toEqual([
      "broken",
      "cordoned",
      "ok",
      "broken",
    ]);
  });

  it("tells a lease that is late, and one that ran out", () => {
    expect(words(node("n1"), lease("2026-11-23T10:11:45Z"))).toEqual([]);
    expect(words(node("n1"), lease("2026-11-23T10:11:28Z"))).toEqual(["lease 32 s old"]);
    expect(words(node("n1"), lease("2026-11-23T10:11:00Z"))).toEqual(["lease ran out 20 s ago"]);
    expect(words(node("n1"), lease("no time"))).toEqual([]);
    expect(heartbeat(lease("2026-11-23T10:11:56Z"), now)?.words).toBe("4.0 s");
    expect(heartbeat(lease("2026-11-23T10:12:09Z"), now)?.words).toBe("now");
  });

  it("explains taints", () => {
    expect(taintsOf(node("n1", { taints: ["a=b:NoExecute"] }))[0]?.title).toBe(
      "Taint a=b:NoExecute: pods that do not tolerate it are evicted.",
    );
  });

  it("sums up how full it is", () => {
    const load: LoadRow = { id: "n1", pods: 3, cpu: 250, memory: 2 ** 28, cpu_limit: 2000, memory_limit: 0 };
    const [cpu, memory, pods] = barsOf(node("n1", { cpu: 500, memory: null, memory_capacity: null }), load);
    expect([cpu?.asked, cpu?.limited, cpu?.allocatable]).toEqual([0.25, 2, 0.5]);
    expect(cpu?.title).toBe("CPU: requests 250m (50%), limits 2 (400%); allocatable 500m, capacity 1");
    expect(memory?.words).toBe("256Mi of ?");
    expect(memory?.asked).toBe(0);
    expect(pods?.title).toBe("pods: 3 pods that have not ended (3%); allocatable 110, capacity 110");
  });
});

it("keeps ids in order by what altered", () => {
  const order = new SortedIds();
  const table = new Map<string, { id: string }>();
  let altered: Set<string> | undefined;
  let dice = 3;
  for (let version = 0; version < 300; version++) {
    altered = version % 50 === 0 ? undefined : new Set();
    for (let times = 0; times < 5; times++) {
      dice = (dice * 1_103_515_245 + 12_345) % 2 ** 31;
      const id = `row-${dice % 60}`;
      altered?.add(id);
      if (!table.delete(id)) table.set(id, { id });
    }
    const isHere = ({ id }: { id: string }) => !id.endsWith("7");
    const ids = order.follow(version, () => altered, table, isHere);
    expect(ids).toEqual([...table.keys()].filter((id) => !id.endsWith("7")).sort());
  }
});

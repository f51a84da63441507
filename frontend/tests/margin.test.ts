import { describe, expect, it } from "vitest";
import { foldLines, readLines } from "../src/layout/margin";
import type { Attribution, Inspection, Version } from "../src/wire";

const writer = (actor: Attribution["actor"], component: string): Attribution => ({
  actor,
  component,
  certainty: "observed",
  rule: "managed-fields",
  node: "",
  client: "",
});
const version = (
  seq: number,
  type: Version["type"],
  by: Attribution,
  changes: Version["changes"] = [],
): Version => ({
  seq,
  ts: seq,
  since: 0,
  type,
  resourceVersion: String(seq),
  writer: by,
  changes,
});
const owner = (manager: string, actor: Inspection["margin"]["owners"][number]["actor"]) => ({
  manager,
  operation: "Update",
  subresource: "",
  time: "2026-11-23T10:11:14Z",
  actor,
});

const YAML = ["kind: Pod", "metadata:", "  managedFields:", "  - manager: kubelet", "  name: web", "spec:"];
const SPEC = [
  "  a: 1",
  "  b: 2",
  "  c: 3",
  "  d: 4",
  "  e: 5",
  "  nodeName: node-1",
  "status:",
  "  phase: Running",
];

function pod(): Inspection {
  const lines = [...YAML, ...SPEC];
  const owned = lines.map((line) => (line.startsWith("  phase") ? 2 : /^ {2}[a-e]:/.test(line) ? 1 : 0));
  const setBy = lines.map((line) => (line.startsWith("  phase") ? 9 : line.startsWith("  nodeName") ? 5 : 3));
  return {
    op: "inspection",
    id: 1,
    ref: "v1/pods:shop/web",
    kind: "Pod",
    namespace: "shop",
    name: "web",
    seq: 9,
    ts: 9,
    exists: true,
    yaml: `${lines.join("\n")}\n`,
    margin: {
      owners: [owner("kube-controller-manager", "controller"), owner("kubelet", "kubelet")],
      groups: [[], [0], [0, 1]],
      owned,
      setBy,
      altered: [lines.length - 1],
      folded: [2, 4],
    },
    versions: [
      version(9, "MODIFIED", writer("kubelet", "kubelet"), [
        { path: "status.phase", old: "Pending", new: "Running" },
      ]),
      version(5, "MODIFIED", writer("scheduler", "kube-scheduler")),
      version(3, "ADDED", writer("controller", "replicaset-controller")),
    ],
    moreVersions: false,
    owners: [],
    owned: [],
    events: [],
    waiting: null,
  };
}

describe("the margin", () => {
  const lines = readLines(pod());
  const named = (text: string) => lines.find((line) => line.text === text);

  it("names the controller where the owner is only its program", () => {
    expect(named("  a: 1")).toMatchObject({ name: "replicaset", actor: "controller" });
  });

  it("names who wrote a field that nobody owns", () => {
    expect(named("  nodeName: node-1")).toMatchObject({ name: "scheduler", actor: "scheduler", owners: [] });
  });

  it("names the API server where it fills a field of metadata in", () => {
    const object = pod();
    const filled = {
      ...object,
      yaml: object.yaml.replace("  name: web", "  uid: 1").replace("  a: 1", "  uid: 1"),
    };
    const uids = readLines(filled).filter((line) => line.text === "  uid: 1");
    expect(uids.map((line) => line.name)).toEqual(["apiserver", "replicaset"]);
  });

  it("tells of several owners", () => {
    expect(named("  phase: Running")?.name).toMatch(/\+1$/);
  });

  it("marks what the last write set, with what stood there before", () => {
    expect(lines.filter((line) => line.isFresh).map((line) => line.text)).toEqual(["  phase: Running"]);
    expect(named("  phase: Running")?.before).toEqual(["phase: Pending"]);
  });
});

describe("the folds", () => {
  it("leave what was altered, what is around it and the names above it", () => {
    const object = pod();
    const stretches = foldLines(readLines(object), object.margin.folded, new Set());
    const shown = stretches.flatMap((stretch) => (stretch.kind === "lines" ? stretch.lines : []));
    expect(shown.map((line) => line.text.trim())).toEqual([
      "kind: Pod",
      "metadata:",
      "nodeName: node-1",
      "status:",
      "phase: Running",
    ]);
    expect(stretches.filter((stretch) => stretch.kind === "fold").map((fold) => fold.count)).toEqual([2, 7]);
  });

  it("open where a person opens them", () => {
    const object = pod();
    const stretches = foldLines(readLines(object), object.margin.folded, new Set([2, 4]));
    expect(stretches.every((stretch) => stretch.kind === "lines")).toBe(true);
  });

  it("of an object that was just made are only managedFields", () => {
    const object = pod();
    const made = { ...object, versions: object.versions.slice(2) };
    const folds = foldLines(readLines(made), made.margin.folded, new Set()).filter(
      ({ kind }) => kind === "fold",
    );
    expect(folds).toMatchObject([{ isManagedFields: true }]);
  });
});

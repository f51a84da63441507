import { expect, it } from "vitest";
import { tallyOf } from "../src/layout/writes";
import { tracesMet } from "../src/model/traces";
import type { TraceRow, WriteRow } from "../src/wire";

const write = (seq: number, ref: string, more: Partial<WriteRow> = {}): WriteRow =>
  ({
    id: String(seq),
    seq,
    ts: seq,
    ref,
    component: "client:kubectl",
    routine: false,
    trace: 0,
    ...more,
  }) as WriteRow;

const trace = (seq: number, ref: string): TraceRow => ({ id: String(seq), seq, ref }) as TraceRow;

it("counts what each component wrote, and how much of it meets the filter", () => {
  const tallies = tallyOf(
    [
      write(1, "v1/pods:shop/a"),
      write(2, "v1/pods:shop/b"),
      write(3, "v1/pods:shop/a", { component: "scheduler:kube-scheduler" }),
      write(4, "leases:x", { routine: true }),
    ],
    ({ ref }) => ref.endsWith("/a"),
  );
  expect(tallies.get("client:kubectl")).toEqual({ all: 2, met: 1, lastTs: 1 });
  expect(tallies.get("scheduler:kube-scheduler")).toEqual({ all: 1, met: 1, lastTs: 3 });
});

it("keeps the traces whose root or whose writes meet the filter", () => {
  const matches = { has: (ref: string) => ref === "v1/pods:shop/a" };
  const rows = [trace(1, "apps/v1/deployments:shop/web"), trace(5, "v1/pods:shop/a"), trace(7, "v1/nodes:n")];
  const writes = [write(3, "v1/pods:shop/a", { trace: 1 }), write(8, "v1/pods:shop/b", { trace: 7 })];
  expect(tracesMet(rows, writes, matches).map((row) => row.seq)).toEqual([1, 5]);
});

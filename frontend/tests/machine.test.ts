import { describe, expect, it } from "vitest";
import { layMachine, layStrip, nameOf, WIDTH } from "../src/layout/machine";
import type { ProbeFacts } from "../src/wire";

function probe(
  kind: ProbeFacts["kind"],
  state: ProbeFacts["state"],
  more: Partial<ProbeFacts> = {},
): ProbeFacts {
  return {
    kind,
    state,
    handler: "HTTP GET :8080/",
    settings: [],
    period: 10,
    initialDelay: 0,
    successThreshold: 1,
    failureThreshold: 3,
    words: "",
    failures: 0,
    isAtLeast: false,
    certainty: "observed",
    source: "",
    outcome: "",
    ...more,
  };
}

const lit = (found: ProbeFacts): string[] =>
  layMachine(found)
    .boxes.filter(({ isLit }) => isLit)
    .map(({ label, tone }) => `${label} ${tone}`);

describe("a probe's machine", () => {
  it("lights the state that the probe is in, and no other", () => {
    expect(lit(probe("startup", "waits"))).toEqual(["waits idle"]);
    expect(lit(probe("startup", "probing"))).toEqual(["probing idle"]);
    expect(lit(probe("startup", "failed"))).toEqual(["probing bad"]);
    expect(lit(probe("startup", "passing"))).toEqual(["passed ok"]);
    expect(lit(probe("liveness", "held"))).toEqual(["held back idle"]);
    expect(lit(probe("liveness", "passing"))).toEqual(["passing ok"]);
    expect(lit(probe("liveness", "failing"))).toEqual(["passing warn"]);
    expect(lit(probe("liveness", "failed"))).toEqual(["failed bad"]);
    expect(lit(probe("readiness", "failed"))).toEqual(["not ready bad"]);
    expect(lit(probe("readiness", "failing"))).toEqual(["ready warn"]);
    expect(lit(probe("liveness", "over"))).toEqual([]);
    expect(lit(probe("liveness", "unknown"))).toEqual([]);
  });

  it("writes thresholds and periods on the ways", () => {
    const labels = (found: ProbeFacts) => layMachine(found).ways.map(({ label }) => label);
    expect(labels(probe("startup", "probing", { failureThreshold: 30, period: 1, initialDelay: 5 }))).toEqual(
      ["after 5 s", "✓ once", "✕ 30 × 1 s: ends the container"],
    );
    expect(labels(probe("liveness", "passing"))).toEqual(["runs", "✕ 3 × 10 s", "ends the container"]);
    expect(labels(probe("readiness", "passing", { successThreshold: 2 }))).toEqual([
      "runs",
      "✓ 2 × 10 s",
      "✕ 3 × 10 s",
    ]);
  });

  it("keeps its places, whatever the state", () => {
    const places = (found: ProbeFacts) => layMachine(found).boxes.map(({ x, y, width }) => [x, y, width]);
    const failing = probe("liveness", "failing", { failures: 2 });
    expect(places(failing)).toEqual(places(probe("liveness", "waits")));
    expect(Math.max(...layMachine(failing).boxes.map(({ x, width }) => x + width))).toBe(WIDTH);
    expect(layMachine(failing).boxes.map(({ dots }) => dots)).toEqual([
      undefined,
      { known: 2, of: 3 },
      undefined,
    ]);
  });

  it("has a name for every state", () => {
    expect(nameOf("readiness", "failed")).toBe("not ready");
    expect(nameOf("startup", "failed")).toBe("failed");
    expect(nameOf("liveness", "over")).toBe("not probed any more");
    expect(nameOf("liveness", "unknown")).toBe("not known");
  });
});

describe("the strip", () => {
  const spell = (state: ProbeFacts["state"], begin: number, end: number) => ({ state, begin, end });

  it("is as wide as it may be, in proportion to time, and leaves nothing too narrow to see", () => {
    const strip = layStrip([spell("waits", 0, 0), spell("passing", 0, 75), spell("failed", 75, 100)], 200);
    expect(strip.map(({ width }) => width)).toEqual([2, 147.5, 50.5]);
    expect(strip.map(({ x }) => x)).toEqual([0, 2, 149.5]);
    expect(strip.map(({ tone }) => tone)).toEqual(["idle", "ok", "bad"]);
  });

  it("is there also where no time has passed, and is empty where nothing is known", () => {
    expect(layStrip([spell("waits", 5, 5)], 200).map(({ width }) => width)).toEqual([200]);
    expect(layStrip([], 200)).toEqual([]);
  });
});

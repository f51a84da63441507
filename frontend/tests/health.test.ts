import { describe, expect, it } from "vitest";
import { KEPT, Rates, sparkline } from "../src/home/rates";
import type { Cluster } from "../src/model/clusters";
import { healthWords, standing } from "../src/model/clusters";
import { type Polled, shownState, wordsOf } from "../src/model/health";
import { withGaps } from "../src/stage/chart";
import { bytes } from "../src/stage/panels";

const NOW = 1_000_000;

function polled(of: Partial<Polled<unknown>>): Polled<unknown> {
  const asked = { state: "ok", problem: "", asked_ts: NOW - 10, seconds: 0.1, period_seconds: 30 } as const;
  return { ...asked, next_ts: NOW + 20, result: {}, result_ts: NOW - 10, recent: [], ...of };
}

describe("a poll", () => {
  it("says when it is due, before it was ever asked", () => {
    const never = polled({ state: "waiting", asked_ts: null, result: null, result_ts: null });
    expect(shownState(never, NOW)).toBe("waiting");
    expect(wordsOf(never, NOW)).toBe("It was not asked yet; it is due in 20 s.");
    expect(wordsOf({ ...never, next_ts: null }, NOW)).toBe("This is not asked of this cluster.");
  });

  it("is old after three of its periods, whatever it said", () => {
    expect(shownState(polled({ asked_ts: NOW - 90 }), NOW)).toBe("ok");
    expect(shownState(polled({ asked_ts: NOW - 91, state: "failing" }), NOW)).toBe("stale");
    expect(wordsOf(polled({ asked_ts: NOW - 600 }), NOW)).toContain("The last answer is 10 min old");
    expect(wordsOf(polled({ asked_ts: NOW - 600 }), NOW)).toContain("orrery worker");
  });

  it("has its own words for what is wrong", () => {
    const refused = polled({ state: "refused", problem: "It may not be asked." });
    expect([shownState(refused, NOW), wordsOf(refused, NOW)]).toEqual(["refused", "It may not be asked."]);
  });
});

function cluster(of: Partial<Cluster>): Cluster {
  return {
    slug: "lab",
    name: "lab",
    server: "https://lab",
    is_insecure: false,
    is_followed: true,
    is_polled: false,
    poll_seconds: 30,
    keep_seconds: null,
    keep_bytes: null,
    is_synchronised: true,
    server_version: "v1.36.2",
    problem: "",
    log: "lab",
    missing: {},
    resource_count: 2,
    resources: [],
    cost: null,
    objects: null,
    polled: null,
    ...of,
  };
}

describe("a cluster in a line", () => {
  const down = { resource: "v1/pods", phase: "waiting", problem: "", events: 0, silent_seconds: 9 } as const;

  it("stands as what of it is read", () => {
    expect(standing(cluster({}))).toBe("live");
    expect(standing(cluster({ resources: [down] }))).toBe("partly");
    expect(standing(cluster({ resources: [down, down] }))).toBe("broken");
    expect(standing(cluster({ is_synchronised: false }))).toBe("beginning");
    expect(standing(cluster({ is_followed: false }))).toBe("broken");
  });

  it("tells its health with a sign", () => {
    expect(healthWords(cluster({}))).toBe("not polled yet");
    expect(healthWords(cluster({ polled: { state: "ok", problem: "" } }))).toBe("✓ healthy");
    expect(healthWords(cluster({ polled: { state: "failing", problem: "etcd fails." } }))).toBe(
      "✕ etcd fails.",
    );
  });
});

describe("a line of rates", () => {
  it("has the latest at its right edge, and forgets what is two minutes old", () => {
    const rates = new Rates();
    for (let index = 0; index < KEPT + 5; index++) rates.note([cluster({})]);
    expect(rates.of("lab")).toHaveLength(KEPT);
    expect(rates.of("other")).toEqual([]);
    expect(sparkline([0, 4, 2], 118, 26)).toBe("M114.0 25.0L116.0 1.0L118.0 13.0");
    expect(sparkline([1], 118, 26)).toBe("");
  });
});

it("bytes read as a person says them", () => {
  expect([0, 512, 1_500, 34_200_000, 2e12].map(bytes)).toEqual([
    "0 B",
    "512 B",
    "1.5 kB",
    "34.2 MB",
    "2.0 TB",
  ]);
});

it("no line is drawn over a time when nothing was asked", () => {
  const points = [0, 30, 60, 400].map((ts) => ({ ts, value: 1 }));
  expect(withGaps(points, 90).map(({ ts, value }) => [ts, value])).toEqual([
    [0, 1],
    [30, 1],
    [60, 1],
    [230, null],
    [400, 1],
  ]);
  expect(withGaps([], 90)).toEqual([]);
});

/** A recording in a file says what a server would: the same messages, in the same order. */

import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Listener, Status } from "../src/model/connection";
import type { Answers, Carried, Pictures, Start } from "../src/offline/carried";
import { Replay } from "../src/offline/replay";
import { keyOf, NOT_CARRIED, Tapes } from "../src/offline/tapes";
import stageStyle from "../src/stage/style.ts?raw";
import type { ClientMessage, ServerMessage, TableData } from "../src/wire";

const table = (rows: Readonly<Record<string, string>>, removed: string[] = []): TableData => ({
  ids: Object.keys(rows),
  columns: { phase: Object.values(rows) },
  removed,
});

const START: Start = {
  hello: {
    op: "hello",
    protocol: 1,
    slug: "shop",
    title: "Shop",
    serverVersion: "v1.36.2",
    firstSeq: 10,
    lastSeq: 15,
    firstTs: 99,
    lastTs: 105.5,
    isLive: false,
  },
  openingTs: 100,
  timeline: { begin_ts: 99, first_ts: 99, last_ts: 105.5, opening_ts: 100, counts: [1], notes: [] },
  intro: "",
  lesson: null,
};

const MATCHES = { "v1/pods": { ids: ["a"], columns: {} } };

// Frames 11 to 15, a second each: 11 and 14 are writes, 12 is routine, 13 is a note, 15 is routine.
const PICTURES: Pictures = {
  opening: {
    nodes: { pods: table({ a: "Pending" }) },
    flow: { kinds: table({}) },
    "matches ready:no": MATCHES,
  },
  frames: [
    [101, 2, { nodes: { pods: table({ b: "Pending" }) } }],
    [102, 3, {}],
    [103, 0, {}],
    [
      104,
      2,
      {
        nodes: { pods: table({ a: "Running" }, ["b"]) },
        flow: { kinds: table({ pods: "2" }) },
        "matches ready:no": { "v1/pods": { ids: [], columns: {}, removed: ["a"] } },
      },
    ],
    [105, 3, {}],
  ],
  filters: { "ready:no": [], "colour:red": ["There is no field “colour”."] },
};

const ANSWERS: Answers = {
  pool: [
    "a text that several answers share",
    { op: "rules", seq: -1, words: { $: 0 }, $$: { $$name: [{ $: 0 }] } },
    { op: "rules", seq: -1, words: "later" },
  ],
  tapes: {
    '{"mode":"iptables","node":"n1","op":"ask_rules","service":"s/w"}': { places: [11, 14], answers: [1, 2] },
  },
};

const ASK: ClientMessage = { op: "ask_rules", id: 7, service: "s/w", node: "n1", mode: "iptables" };

class Page implements Listener {
  heard: ServerMessage[] = [];
  statuses: Status[] = [];
  readonly replay: Replay;

  constructor() {
    const carried: Carried = {
      start: () => Promise.resolve(START),
      pictures: () => Promise.resolve(PICTURES),
      answers: () => Promise.resolve(ANSWERS),
    };
    this.replay = new Replay(carried, this);
  }

  onMessage(message: ServerMessage): void {
    this.heard.push(message);
  }

  onStatus(status: Status): void {
    this.statuses.push(status);
  }

  /** Say these, and give what is heard of it. */
  async say(...messages: ClientMessage[]): Promise<ServerMessage[]> {
    this.heard = [];
    for (const message of messages) this.replay.send(message);
    await vi.advanceTimersByTimeAsync(0);
    return this.heard;
  }
}

async function opened(...diagrams: ("nodes" | "flow")[]): Promise<Page> {
  const page = new Page();
  page.replay.open();
  await vi.advanceTimersByTimeAsync(0);
  await page.say(...diagrams.map((diagram) => ({ op: "subscribe", diagram }) as const));
  return page;
}

const moved = (seq: number, ts: number, mode: "paused" | "playing" = "paused", speed = 1) => ({
  op: "moved",
  seq,
  ts,
  mode,
  speed,
  lastSeq: 15,
  lastTs: 105.5,
});

beforeEach(() => {
  vi.useFakeTimers();
});

describe("a recording in a file", () => {
  it("greets, and stands paused where the recording opens", async () => {
    const page = new Page();
    page.replay.open();
    page.replay.send({ op: "subscribe", diagram: "nodes" }); // not yet open: as with a socket, nobody hears it
    await vi.advanceTimersByTimeAsync(0);
    expect(page.statuses).toEqual(["connecting", "open"]);
    expect(page.heard).toEqual([START.hello, moved(10, 100)]);
  });

  it("tells a diagram whole, then what alters in it", async () => {
    const page = await opened();
    expect(await page.say({ op: "subscribe", diagram: "nodes" })).toEqual([
      {
        op: "snapshot",
        diagram: "nodes",
        seq: 10,
        ts: 100,
        tables: { pods: { ids: ["a"], columns: { phase: ["Pending"] } } },
      },
    ]);
    expect(await page.say({ op: "step", direction: 1 })).toEqual([
      moved(10, 100),
      {
        op: "delta",
        diagram: "nodes",
        base: 10,
        seq: 11,
        ts: 101,
        tables: { pods: table({ b: "Pending" }) },
      },
      moved(11, 101),
    ]);
  });

  it("passes over what is routine, unless every write is wanted", async () => {
    const page = await opened("nodes", "flow");
    const places = async (...messages: ClientMessage[]) =>
      (await page.say(...messages)).flatMap((told) => (told.op === "moved" ? [told.seq] : [])).at(-1);
    expect(await places({ op: "step", direction: 1 })).toBe(11);
    expect(await places({ op: "step", direction: 1 })).toBe(14);
    expect(await places({ op: "step", direction: -1 })).toBe(11);
    expect(await places({ op: "step", direction: 1, every: true })).toBe(12);
    expect(await places({ op: "step", direction: 1 }, { op: "step", direction: 1 })).toBe(15); // none is left: the end
    expect(await places({ op: "step", direction: -1, every: true })).toBe(14);
    expect(await places({ op: "step", direction: -1 }, { op: "step", direction: -1 })).toBe(10);
  });

  it("gives every diagram one delta to its new place, also where nothing of it altered", async () => {
    const page = await opened("nodes", "flow");
    await page.say({ op: "step", direction: 1 });
    const deltas = (await page.say({ op: "step", direction: 1 })).filter((told) => told.op === "delta");
    expect(deltas.map(({ diagram, base, seq }) => [diagram, base, seq])).toEqual([
      ["nodes", 11, 14],
      ["flow", 11, 14],
    ]);
    const last = (await page.say({ op: "seek", seq: 14 }, { op: "step", direction: 1 })).slice(-3);
    expect(last).toMatchObject([
      { op: "delta", diagram: "nodes", base: 14, seq: 15, tables: {} },
      { op: "delta", diagram: "flow", base: 14, seq: 15, tables: {} },
      { op: "moved", seq: 15 },
    ]);
  });

  it("has the same picture at a place by whatever way", async () => {
    const page = await opened("nodes");
    const snapshot = async (seq: number) =>
      (await page.say({ op: "seek", seq })).find((told) => told.op === "snapshot");
    const ends = await snapshot(15);
    expect(ends).toMatchObject({
      seq: 15,
      ts: 105,
      tables: { pods: { ids: ["a"], columns: { phase: ["Running"] } } },
    });
    expect(await snapshot(12)).toMatchObject({ seq: 12, tables: { pods: { ids: ["a", "b"] } } });
    expect(await snapshot(99)).toEqual(ends);
    expect(await snapshot(0)).toMatchObject({ seq: 10, ts: 100, tables: { pods: { ids: ["a"] } } });
  });

  it("seeks a time, whose clock then stands between two frames", async () => {
    const page = await opened();
    expect(await page.say({ op: "seek", ts: 102.4 })).toEqual([moved(12, 102.4)]);
    expect(await page.say({ op: "seek", ts: 1 })).toEqual([moved(10, 100)]);
    expect(await page.say({ op: "seek", ts: 1e6 })).toEqual([moved(15, 105.5)]);
    expect(await page.say({ op: "seek" })).toMatchObject([{ op: "problem" }]);
  });

  it("plays by the clock, at the speed that it is given, and pauses at the end", async () => {
    const page = await opened("nodes");
    expect(await page.say({ op: "play", speed: 2 })).toEqual([moved(10, 100, "playing", 2)]);
    await vi.advanceTimersByTimeAsync(1_050);
    const [place] = page.heard.slice(-1);
    expect(place).toMatchObject({ op: "moved", seq: 12, mode: "playing" });
    expect(place?.op === "moved" && place.ts).toBeCloseTo(102.1, 1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(page.heard.at(-1)).toEqual(moved(15, 105.5, "paused", 2));
    expect((await page.say({ op: "play", speed: 1 })).at(-1)).toEqual(moved(10, 100, "playing"));
    expect((await page.say({ op: "pause" })).at(-1)).toMatchObject({ mode: "paused" });
    const said = page.heard.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(page.heard.length).toBe(said);
    expect(await page.say({ op: "play", speed: 1000 })).toMatchObject([{ op: "problem" }]);
  });

  it("pauses after the frame that it is to stop at", async () => {
    const page = await opened("nodes");
    await page.say({ op: "play", speed: 10, until: 12 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(page.heard.at(-1)).toEqual(moved(12, 102, "paused", 10));
    await page.say({ op: "play", speed: 10 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(page.heard.at(-1)).toEqual(moved(15, 105.5, "paused", 10));
  });

  it("tells what meets a filter that its lesson uses, and whenever that alters", async () => {
    const page = await opened("nodes");
    expect(await page.say({ op: "filter", text: "ready:no" })).toEqual([
      { op: "filtered", text: "ready:no", problems: [] },
      { op: "snapshot", diagram: "matches", seq: 10, ts: 100, tables: MATCHES },
    ]);
    const isMatches = (told: ServerMessage) => told.op === "delta" && told.diagram === "matches";
    expect((await page.say({ op: "step", direction: 1 })).filter(isMatches)).toEqual([]);
    expect((await page.say({ op: "step", direction: 1 })).filter(isMatches)).toMatchObject([
      { base: 10, seq: 14, tables: { "v1/pods": { removed: ["a"] } } },
    ]);
    expect(await page.say({ op: "seek", seq: 11 })).toContainEqual({
      op: "snapshot",
      diagram: "matches",
      seq: 11,
      ts: 101,
      tables: MATCHES,
    });
    expect(await page.say({ op: "filter", text: "" })).toEqual([{ op: "filtered", text: "", problems: [] }]);
    expect((await page.say({ op: "seek", seq: 14 })).map((told) => told.op)).toEqual(["snapshot", "moved"]);
    expect(await page.say({ op: "filter", text: "colour:red" })).toEqual([
      { op: "filtered", text: "colour:red", problems: ["There is no field “colour”."] },
    ]);
  });

  it("has no live end", async () => {
    expect(await (await opened()).say({ op: "live" })).toMatchObject([{ op: "problem", text: /recording/ }]);
  });
});

describe("the style of a file", () => {
  it("is the whole stage's", () => {
    const sheets = Object.keys(import.meta.glob("../src/style/*.css")).map((path) =>
      path.replace("../src/", "../"),
    );
    const elsewhere = ["../style/home.css", "../style/offline.css"];
    for (const sheet of sheets.filter((path) => !elsewhere.includes(path)))
      expect(stageStyle).toContain(`import "${sheet}";`);
  });
});

describe("answers in a file", () => {
  it("are those of the place, put together from what they share", async () => {
    const page = await opened();
    expect(await page.say({ op: "seek", seq: 12 }, ASK)).toContainEqual({
      op: "rules",
      id: 7,
      seq: 12,
      words: "a text that several answers share",
      $: { $name: ["a text that several answers share"] },
    });
    expect(await page.say({ op: "seek", seq: 15 }, { ...ASK, id: 8 })).toContainEqual({
      op: "rules",
      id: 8,
      seq: 15,
      words: "later",
    });
  });

  it("are not made up: what is not carried says so", async () => {
    const page = await opened();
    const problem = { op: "problem", id: 7, text: NOT_CARRIED };
    expect(await page.say(ASK)).toEqual([problem]); // before the first place at which it was asked
    expect(await page.say({ op: "seek", seq: 15 }, { ...ASK, node: "n2" })).toContainEqual(problem);
    expect(await page.say({ op: "search", id: 7, text: "web" })).toEqual([problem]);
    expect(await page.say({ op: "filter", text: "app=web" })).toEqual([
      { op: "filtered", text: "app=web", problems: [NOT_CARRIED] },
    ]);
  });

  it("are named by their question, whatever its order and what it leaves open", () => {
    const one = keyOf({ op: "inspect", id: 1, ref: "v1/pods:shop/web", seq: null });
    expect(one).toBe('{"op":"inspect","ref":"v1/pods:shop/web"}');
    expect(
      keyOf({ via: "", to: "web.shop:80", sender: "outside", op: "follow_packet", mode: "iptables", id: 4 }),
    ).toBe('{"mode":"iptables","op":"follow_packet","sender":"outside","to":"web.shop:80"}');
  });

  it("are put together once", () => {
    const tapes = new Tapes(ANSWERS);
    const [first, second] = [11, 12].map((seq) => tapes.answer({ ...ASK, id: seq } as never, seq));
    expect((first as { readonly $?: unknown }).$).toBe((second as { readonly $?: unknown }).$);
  });
});

import { expect, it } from "vitest";
import { readAddress } from "../src/model/address";
import {
  addressOf,
  followLink,
  isElsewhere,
  isWithin,
  type Lesson,
  type LessonChapter,
  type LessonStage,
  nextStop,
} from "../src/model/lesson";
import { noProgress, progressOf, scoreOf } from "../src/model/progress";

const stage: LessonStage = {
  at: 10,
  until: 40,
  pauses: [
    { seq: 20, html: "" },
    { seq: 30, html: "" },
  ],
  speed: 0.5,
  fields: { view: "nodes", namespace: "shop", selected: "v1/pods:shop/web" },
};
const question = {
  kind: "choose",
  html: "?",
  told: "",
  stage: { ...stage, at: 40, until: 60, pauses: [] },
  answers: [
    { html: "a", explanation: "", isRight: false },
    { html: "b", explanation: "", isRight: true },
  ],
} as const;
const chapter: LessonChapter = { title: "One", html: "", stage, questions: [question, question] };
const lesson: Lesson = { title: "", subject: "", minutes: 1, summary: "", intro: "", chapters: [chapter] };

it("sets the whole stage for a chapter, and keeps what is about the reader", () => {
  const before = readAddress("?view=rbac&filter=app=web&ask=who&presenter=yes&lesson=1");
  expect(addressOf(stage, 2, before)).toEqual(
    readAddress("?view=nodes&namespace=shop&selected=v1/pods:shop/web&at=10&lesson=2&presenter=yes"),
  );
});

it("follows a link by the fields it names alone", () => {
  const before = readAddress("?view=nodes&namespace=shop&selected=v1/pods:shop/a&version=7&at=10&lesson=2");
  expect(followLink("?selected=v1/pods:shop/b", before)).toEqual(
    readAddress("?view=nodes&namespace=shop&selected=v1/pods:shop/b&at=10&lesson=2"),
  );
  expect(followLink("?at=33&lesson=9", before)).toEqual({ ...before, at: 33 });
});

it("stops at each pause and at the end, and nowhere after it", () => {
  expect([5, 10, 20, 29, 30, 39].map((seq) => nextStop(stage, seq))).toEqual([20, 20, 30, 30, 40, 40]);
  expect(nextStop(stage, 40)).toBeUndefined();
});

it("knows when a reader has wandered off, and that looking closer is not that", () => {
  const its = addressOf(stage, 1, readAddress(""));
  expect(isElsewhere(chapter, 1, its)).toBe(false);
  expect(isElsewhere(chapter, 1, { ...its, at: 99, selected: "v1/nodes:node-1", version: 3, trace: 3 })).toBe(
    false,
  );
  expect(isElsewhere(chapter, 1, { ...its, view: "flow" })).toBe(true);
  expect(isElsewhere(chapter, 1, { ...its, filter: "web" })).toBe(true);
  expect([9, 10, 60, 61].map((seq) => isWithin(chapter, seq))).toEqual([false, true, true, false]);
});

it("counts what was right at first try", () => {
  const tried = { "1.1": { answers: [0, 1], isTold: false }, "1.2": { answers: [1], isTold: true } };
  expect(scoreOf(lesson, noProgress(1))).toEqual({ asked: 2, answered: 0, first: 0 });
  expect(scoreOf(lesson, { ...noProgress(1), tried })).toEqual({ asked: 2, answered: 2, first: 1 });
});

it("takes nothing for granted of what a browser remembers", () => {
  const good = { ...noProgress(3), chapter: 2, tried: { "1.1": { answers: [0], isTold: true } } };
  expect(progressOf(JSON.parse(JSON.stringify(good)))).toEqual(good);
  for (const bad of [
    null,
    7,
    "x",
    [],
    {},
    { ...good, chapter: -1 },
    { ...good, tried: [] },
    { ...good, version: "3" },
  ])
    expect(progressOf(bad)).toBeUndefined();
  expect(progressOf({ ...good, tried: { "1.1": { answers: ["x", -1, 2] }, "1.2": 5 } })?.tried).toEqual({
    "1.1": { answers: [2], isTold: false },
  });
});

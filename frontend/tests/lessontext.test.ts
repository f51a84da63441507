import { expect, it } from "vitest";
import { readAddress } from "../src/model/address";
import { chapterAt, lineAt, lineOf, stageBlock } from "../src/model/lessontext";

it("writes the moment on the stage as a block that reads back", () => {
  const address = readAddress(
    "?view=nodes&namespace=shop&selected=v1/pods:shop/web-1&at=7&lesson=2&presenter=yes",
  );
  expect(stageBlock(address, 130)).toBe(
    "```stage\nat: 130\nview: nodes\nnamespace: shop\nselected: v1/pods:shop/web-1\n```",
  );
  expect(stageBlock(readAddress("?filter=-a: b"), 1)).toContain('filter: "-a: b"');
  expect(stageBlock(readAddress("?filter=app=web restarts>3"), 1)).toContain("filter: app=web restarts>3");
  expect(stageBlock(readAddress(""), 1)).toContain("view: flow");
});

it("knows the chapter in which the cursor stands, and takes no heading out of code", () => {
  const text = "---\ntitle: x\n---\nIntro\n\n## One\ntext\n```\n## code\n```\n## Two\n";
  expect(chapterAt(text, text.indexOf("Intro"))).toBe(0);
  expect(chapterAt(text, text.indexOf("text"))).toBe(1);
  expect(chapterAt(text, text.indexOf("## code") + 5)).toBe(1);
  expect(chapterAt(text, text.length)).toBe(2);
  expect([0, 1, 2, 3].map((chapter) => lineOf(text, chapter))).toEqual([1, 6, 11, 1]);
});

it("finds where a line stands", () => {
  expect([1, 2, 3].map((line) => lineAt("ab\nc\n", line))).toEqual([
    [0, 2],
    [3, 4],
    [5, 5],
  ]);
});

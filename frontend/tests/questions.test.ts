import { describe, expect, it } from "vitest";
import { Questions } from "../src/model/questions";
import type { ResourcesAnswer } from "../src/wire";

const ANSWER: ResourcesAnswer = { op: "resources", id: 1, seq: 7, resources: [] };

function made(): { readonly questions: Questions; readonly sent: number[] } {
  const sent: number[] = [];
  return { questions: new Questions(({ id }) => sent.push(id)), sent };
}

describe("a question", () => {
  it("waits until the server has greeted, and is answered by its number", async () => {
    const { questions, sent } = made();
    const one = questions.ask({ op: "ask_resources" });
    const other = questions.ask({ op: "ask_resources" });
    expect([sent, questions.size]).toEqual([[], 2]);
    questions.open();
    expect(sent).toEqual([1, 2]);
    questions.answer(2, { problem: "no" });
    questions.answer(1, ANSWER);
    expect([await one, await other, questions.size]).toEqual([ANSWER, { problem: "no" }, 0]);
  });

  it("is asked again where the connection is lost before its answer, once", async () => {
    const { questions, sent } = made();
    questions.open();
    const reply = questions.ask({ op: "ask_resources" });
    questions.lose();
    questions.lose(); // it could not be connected: nothing was asked meanwhile
    questions.open();
    expect([sent, questions.size]).toEqual([[1, 1], 1]);
    questions.lose();
    expect(await reply).toHaveProperty("problem");
    questions.open();
    expect(sent).toEqual([1, 1]);
  });

  it("is refused where there is no connection to be had, then and later", async () => {
    const { questions, sent } = made();
    const early = questions.ask({ op: "ask_resources" });
    questions.close("gone");
    expect([await early, await questions.ask({ op: "ask_resources" })]).toEqual([
      { problem: "gone" },
      { problem: "gone" },
    ]);
    expect([sent, questions.size]).toEqual([[], 0]);
  });
});

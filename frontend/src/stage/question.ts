/** A question of a lesson: choose one, or say what will come before it is played. */

import { html, nothing, type TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import type { LessonAnswer, LessonQuestion } from "../model/lesson";
import type { Tried } from "../model/progress";

export interface Asked {
  readonly question: LessonQuestion;
  readonly tried: Tried;
  readonly isPlaying: boolean;
  readonly answer: (answer: number) => void;
  readonly play: () => void;
  readonly skip: () => void;
}

export function drawQuestion(asked: Asked): TemplateResult {
  const { question, tried } = asked;
  const isPrediction = question.kind === "predict";
  const isRight = tried.answers.some((answer) => question.answers[answer]?.isRight);
  const isOver = isPrediction ? tried.isTold : isRight;
  return html`<section class="question ${isOver ? "over" : ""}" aria-label="Question">
    <div class="lesson-eyebrow">${isPrediction ? "Predict, then play" : "Question"}</div>
    <div class="prose asked">${unsafeHTML(question.html)}</div>
    <ul>${question.answers.map((answer, index) => drawAnswer(asked, answer, index, isOver))}</ul>
    ${isPrediction && tried.answers.length > 0 && !tried.isTold ? drawWaiting(asked) : nothing}
    <div role="status">${isOver ? drawVerdict(question, tried) : nothing}</div>
  </section>`;
}

function drawAnswer(asked: Asked, answer: LessonAnswer, index: number, isOver: boolean): TemplateResult {
  const { question, tried } = asked;
  const isPrediction = question.kind === "predict";
  const isChosen = tried.answers.includes(index);
  const isJudged = isPrediction ? tried.isTold : isChosen;
  const isShown = isJudged && (isChosen || (isPrediction && answer.isRight));
  const isClosed = isOver || isChosen || (isPrediction && tried.answers.length > 0);
  const state = isShown ? (answer.isRight ? "right" : "wrong") : isChosen ? "chosen" : "";
  const sign = { right: "✓", wrong: "✗", chosen: "●", "": "○" }[state];
  const words = { right: "Right: ", wrong: isChosen ? "Not so: " : "", chosen: "Your prediction: ", "": "" }[
    state
  ];
  return html`<li class=${state}>
    <button ?disabled=${isClosed} @click=${() => asked.answer(index)}>
      <span class="sign" aria-hidden="true">${sign}</span><span>${words ? html`<span class="visually-hidden">${words}</span>` : nothing}${unsafeHTML(answer.html)}</span></button>
    ${isShown && answer.explanation ? html`<div class="why prose">${unsafeHTML(answer.explanation)}</div>` : nothing}
  </li>`;
}

function drawWaiting({ isPlaying, play, skip }: Asked): TemplateResult {
  if (isPlaying) return html`<p class="hint" role="status">Watch: the picture tells.</p>`;
  return html`<div class="lesson-play"><button class="button primary" @click=${play}><span aria-hidden="true">▶</span> Play on and see</button>
    <button class="link" @click=${skip}>skip to its end</button></div>`;
}

function drawVerdict(question: LessonQuestion, tried: Tried): TemplateResult {
  const isFirst = question.answers[tried.answers[0] ?? -1]?.isRight === true;
  const words =
    question.kind === "predict"
      ? isFirst
        ? "As you said."
        : "It went otherwise."
      : isFirst
        ? "Right at first try."
        : "That is it.";
  return html`<p class="verdict">${words}</p>
    ${question.told ? html`<div class="prose">${unsafeHTML(question.told)}</div>` : nothing}`;
}

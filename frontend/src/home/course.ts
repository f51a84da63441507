/** The course on the first page: how far this browser's reader is in each lesson, and where to go on. */

import { readProgress } from "../model/progress";

interface Item {
  readonly element: HTMLElement;
  readonly log: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly chapters: number;
  /** The chapter that was last open; 0 where it was not begun. */
  readonly chapter: number;
  readonly isDone: boolean;
}

export class CourseElement extends HTMLElement {
  private readonly onShow = () => this.tell();

  connectedCallback(): void {
    this.tell();
    window.addEventListener("pageshow", this.onShow); // coming back from a lesson
  }

  disconnectedCallback(): void {
    window.removeEventListener("pageshow", this.onShow);
  }

  private tell(): void {
    const items = [...this.querySelectorAll<HTMLElement>("[data-log]")].map(itemOf);
    for (const item of items) tellFar(item);
    const isBegun = items.some((item) => item.isDone || item.chapter > 0);
    const next = items.find((item) => !item.isDone && item.chapter > 0) ?? items.find((item) => !item.isDone);
    if (isBegun) this.tellNext(next);
  }

  /** Where to go on, in the place of the first lesson. */
  private tellNext(next: Item | undefined): void {
    const heading = this.querySelector<HTMLElement>("#start-here");
    if (heading) heading.textContent = next ? "Go on" : "All done";
    const words = {
      title: next?.title ?? "You have taken every lesson",
      summary: next?.summary ?? "Open any recording below and look around, or follow a cluster of your own.",
      go: next ? (next.chapter > 0 ? "Go on with this lesson" : "Start this lesson") : "Take the first again",
      facts: next ? factsOf(next) : "",
    };
    for (const [field, text] of Object.entries(words)) {
      const element = this.querySelector(`[data-field="${field}"]`);
      if (element) element.textContent = text;
    }
    const link = this.querySelector<HTMLAnchorElement>('[data-field="link"]');
    if (!link) return;
    link.setAttribute("aria-label", words.go);
    if (next) link.href = addressOf(next);
    const picture = document.querySelector(
      `[data-recording="${CSS.escape(next?.log ?? "")}"] .score-picture`,
    );
    if (picture) this.querySelector(".start-here .score-picture")?.replaceWith(picture.cloneNode(true));
  }
}

customElements.define("orrery-course", CourseElement);

function itemOf(element: HTMLElement): Item {
  const { log = "", title = "", summary = "", minutes, chapters, version } = element.dataset;
  const known = readProgress(log);
  const progress = known?.version === Number(version) ? known : undefined;
  return {
    element,
    log,
    title,
    summary,
    minutes: Number(minutes),
    chapters: Number(chapters),
    chapter: progress?.chapter ?? 0,
    isDone: known?.isDone ?? false,
  };
}

function addressOf({ log, chapter, isDone }: Item): string {
  return `/logs/${encodeURIComponent(log)}/?lesson=${isDone ? 0 : chapter}`;
}

function factsOf({ chapter, chapters, minutes }: Item): string {
  if (chapter > 0) return `chapter ${Math.min(chapter, chapters)} of ${chapters}`;
  return minutes ? `about ${minutes} minutes` : "";
}

function tellFar(item: Item): void {
  const { element, minutes, chapter, chapters, isDone } = item;
  const state = isDone ? "done" : chapter > 0 ? "begun" : "";
  element.dataset.state = state;
  const far = element.querySelector(".far");
  const plain = minutes ? `${minutes} min` : "";
  if (far)
    far.textContent = { done: "✓ done", begun: `${Math.min(chapter, chapters)} of ${chapters}`, "": plain }[
      state
    ];
  element.querySelector<HTMLAnchorElement>("a.open")?.setAttribute("href", addressOf(item));
}

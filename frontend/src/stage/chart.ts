/** A small chart of one figure over time. uPlot is loaded when the first is drawn. */

import { html, type PropertyValues, type TemplateResult } from "lit";
import type UPlot from "uplot";
import { StageElement } from "./element";

export interface Point {
  readonly ts: number;
  readonly value: number | null;
}

const HEIGHT = 84;

/** The points, with nothing between two that are further apart than `gap` seconds: no line is drawn over it. */
export function withGaps(points: readonly Point[], gap: number): readonly Point[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    const isFar = before !== undefined && point.ts - before.ts > gap;
    return isFar ? [{ ts: (before.ts + point.ts) / 2, value: null }, point] : [point];
  });
}

export class ChartElement extends StageElement {
  static override properties = {
    name: {},
    points: { attribute: false },
    words: { attribute: false },
  };
  declare name: string;
  declare points: readonly Point[];
  /** A value as a person reads it. */
  declare words: (value: number) => string;
  private plot: UPlot | undefined;
  private readonly observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width > 0) this.plot?.setSize({ width, height: HEIGHT });
  });

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    this.plot?.destroy();
    this.plot = undefined;
  }

  protected override render(): TemplateResult {
    const known = this.points.flatMap(({ value }) => (value === null ? [] : [value]));
    const latest = known.at(-1);
    const told =
      latest === undefined
        ? "nothing yet"
        : `${this.words(latest)} · at most ${this.words(Math.max(...known))}`;
    return html`<figure class="chart"><figcaption>${this.name} <span>${told}</span></figcaption>
      <div class="plot" aria-hidden="true"></div></figure>`;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("points")) void this.draw();
  }

  private async draw(): Promise<void> {
    const place = this.querySelector<HTMLElement>(".plot");
    if (!place || this.points.filter(({ value }) => value !== null).length < 2) return;
    const data: UPlot.AlignedData = [this.points.map(({ ts }) => ts), this.points.map(({ value }) => value)];
    if (this.plot) {
      this.plot.setData(data);
      return;
    }
    const [{ default: Plot }] = await Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]);
    if (this.plot || !this.isConnected) return;
    this.plot = new Plot(this.options(place.clientWidth), data, place);
    this.observer.observe(place);
  }

  private options(width: number): UPlot.Options {
    const style = getComputedStyle(this);
    const ink = style.getPropertyValue("--ink-3");
    const line = style.getPropertyValue("--line-soft");
    const axis = {
      stroke: ink,
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      font: "10px sans-serif",
    };
    return {
      width,
      height: HEIGHT,
      cursor: { show: false },
      legend: { show: false },
      scales: { y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.15 : 1] } },
      axes: [
        { ...axis, size: 18, space: 70, values: (_plot, times) => times.map(hourMinute) },
        { ...axis, size: 56, space: 26, values: (_plot, values) => values.map((value) => this.words(value)) },
      ],
      series: [{}, { stroke: style.getPropertyValue("--apiserver"), width: 1.4, points: { show: false } }],
    };
  }
}

function hourMinute(ts: number): string {
  return new Date(ts * 1000).toISOString().slice(11, 16);
}

customElements.define("orrery-chart", ChartElement);

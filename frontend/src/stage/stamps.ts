/** Pods as small pictures for the map: each paint drawn once for each size, and then only copied. */

import { PODS, paintOf, type Stamps } from "../layout/cells";
import type { Paint } from "../layout/paints";
import type { PodState } from "../layout/pods";
import type { Inks } from "./inks";
import { SIGNS } from "./pods";

/** How large stamps are, in pixels. A pod gets the largest that fits into its cell. */
const SIZES = [6, 7, 8, 9, 10, 12, 14, 16, 19, 22, 26, 30, 35, 41, 48];
/** The box in which a sign is drawn (stage/pods.ts). */
const BOX = 15;
const TEXT_FROM = 9;

export function faded(colour: string): string {
  return `color-mix(in srgb, ${colour} 20%, var(--panel))`;
}

/** The size for cells of this many pixels; undefined where they are too small for any. */
export function sizeFor(scale: number): number | undefined {
  return SIZES.findLast((size) => size + 1 <= scale);
}

export class StampSet implements Stamps {
  readonly size: number;
  private readonly stamps = new Map<number, Uint32Array>();
  private readonly paints: readonly Paint[];
  private readonly inks: Inks;
  private readonly context: CanvasRenderingContext2D | null;

  constructor(size: number, paints: readonly Paint[], inks: Inks) {
    this.size = size;
    this.paints = paints;
    this.inks = inks;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
  }

  readonly of = (code: number): Uint32Array | undefined => {
    const index = (code - PODS) >> 1; // whether it sits apart makes no difference
    const known = this.stamps.get(index);
    if (known) return known;
    const { paint, isFaded } = paintOf(code);
    const drawn = this.draw(this.paints[paint], isFaded);
    if (drawn) this.stamps.set(index, drawn);
    return drawn;
  };

  private draw(paint: Paint | undefined, isFaded: boolean): Uint32Array | undefined {
    const { context, size } = this;
    if (!context || !paint) return undefined;
    context.clearRect(0, 0, size, size);
    context.fillStyle = this.inks.text("var(--panel)");
    context.fillRect(0, 0, size, size);
    drawPaint(context, paint, size, (colour) => this.inks.text(isFaded ? faded(colour) : colour));
    const pixels = new Uint32Array(context.getImageData(0, 0, size, size).data.buffer);
    const ground = this.inks.pixel("var(--panel)");
    return pixels.map((pixel) => (pixel === ground ? 0 : pixel));
  }
}

interface Drawing {
  /** The colours of the filling (with how much of it there is) and of the outline; whether that is dashed. */
  readonly fill: readonly [string, number];
  readonly line: string;
  readonly isDashed?: boolean;
  readonly sign: string;
}

/** As the style sheet draws `.pod`. */
const DRAWINGS: Readonly<Record<PodState, Drawing>> = {
  ready: { fill: ["var(--kubelet)", 0.85], line: "var(--kubelet)", sign: "" },
  starting: { fill: ["var(--kubelet)", 0], line: "var(--kubelet)", isDashed: true, sign: "" },
  unready: { fill: ["var(--warn)", 0], line: "var(--warn)", sign: "var(--warn)" },
  failed: { fill: ["var(--bad)", 0], line: "var(--bad)", sign: "var(--bad)" },
  done: { fill: ["var(--ink-3)", 0.35], line: "var(--ink-3)", sign: "var(--ink)" },
  leaving: { fill: ["var(--kubelet)", 0.25], line: "var(--ink-3)", isDashed: true, sign: "var(--ink-2)" },
};

/** Draw a pod into a square of this size at the context's origin. */
export function drawPaint(
  context: CanvasRenderingContext2D,
  paint: Paint,
  size: number,
  ink: (colour: string) => string,
): void {
  const drawing = paint.state ? DRAWINGS[paint.state] : undefined;
  const weight = size >= 14 ? 1.2 : 1;
  context.save();
  context.beginPath();
  context.roundRect(weight / 2, weight / 2, size - weight, size - weight, size * 0.2);
  context.globalAlpha = drawing ? drawing.fill[1] : 0.88;
  context.fillStyle = ink(drawing ? drawing.fill[0] : paint.colour);
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = weight;
  context.strokeStyle = ink(drawing ? drawing.line : paint.colour);
  if (drawing?.isDashed) context.setLineDash(size >= 14 ? [2, 2] : [1.5, 1.5]);
  context.stroke();
  context.setLineDash([]);
  if (paint.state && drawing?.sign) {
    context.scale(size / BOX, size / BOX);
    context.lineWidth = Math.max(1.6, (1.2 * BOX) / size);
    context.strokeStyle = ink(drawing.sign);
    context.stroke(new Path2D(SIGNS[paint.state]));
  } else if (paint.text && size >= TEXT_FROM) {
    context.fillStyle = ink("var(--ground)");
    context.font = `600 ${Math.round(size * (paint.text.length > 1 ? 0.56 : 0.68))}px ${FONT}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(paint.text, size / 2, size / 2 + size * 0.05);
  }
  context.restore();
}

export const FONT = '"Inter", ui-sans-serif, system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

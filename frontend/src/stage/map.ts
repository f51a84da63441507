/** The map of a large cluster, painted into one pixel buffer, so that 150,000 pods cost one copy. */

import { html, type PropertyValues, type TemplateResult } from "lit";
import { blockAt, hit, layOutMap, type MapLayout } from "../layout/map";
import { describe, stateOf } from "../layout/pods";
import type { Slots } from "../layout/slots";
import type { NodeRow, PodRow } from "../wire";
import { StageElement } from "./element";

const COLOURS: Readonly<Record<string, string>> = {
  ready: "--kubelet",
  starting: "--scheduler",
  unready: "--warn",
  failed: "--bad",
  done: "--ink-3",
  leaving: "--proxy",
};

export class MapElement extends StageElement {
  static override properties = {
    nodes: { attribute: false },
    pods: { attribute: false },
    slots: { attribute: false },
    tip: { state: true },
  };
  declare nodes: readonly NodeRow[];
  declare pods: ReadonlyMap<string, readonly PodRow[]>;
  declare slots: ReadonlyMap<string, Slots>;
  declare tip: { readonly x: number; readonly y: number; readonly text: string } | undefined;
  private layout: MapLayout | undefined;

  override updated(changed: PropertyValues): void {
    if (this.tip) this.placeTip(this.tip);
    if (changed.has("pods") || changed.has("nodes")) this.paint();
  }

  protected override render(): TemplateResult {
    const label = `Map of ${this.nodes.length} nodes; the table has the same facts`;
    return html`<div class="map-wrap">
      <canvas role="img" aria-label=${label} @mousemove=${this.hover} @mouseleave=${this.leave} @click=${this.choose}></canvas>
      ${this.tip ? html`<div class="map-tip">${this.tip.text}</div>` : ""}
    </div>`;
  }

  private placeTip(place: { readonly x: number; readonly y: number }): void {
    const tip = this.querySelector<HTMLElement>(".map-tip");
    if (!tip) return;
    tip.style.left = `${place.x + 12}px`;
    tip.style.top = `${place.y + 12}px`;
  }

  private paint(): void {
    const canvas = this.querySelector("canvas");
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    let most = 1;
    for (const [node, pods] of this.pods) if (node) most = Math.max(most, pods.length);
    const width = Math.floor(this.clientWidth || 900) - 2;
    const layout = layOutMap(
      this.nodes.map((node) => node.id),
      most,
      width,
    );
    this.layout = layout;
    if (canvas.width !== layout.width || canvas.height !== layout.height) {
      canvas.width = layout.width;
      canvas.height = layout.height;
    }
    const image = context.createImageData(layout.width, layout.height);
    const pixels = new Uint32Array(image.data.buffer);
    const colours = readColours();
    this.nodes.forEach((node, index) => {
      const tile = layout.tiles[index];
      if (!tile) return;
      const ground = node.ready === "True" ? colours.tile : colours.broken;
      fill(pixels, layout, tile.x, tile.y, layout.tile, ground);
      const slots = this.slots.get(node.id);
      for (const pod of this.pods.get(node.id) ?? []) {
        const place = slots && blockAt(layout, slots, pod.id);
        if (place)
          fill(
            pixels,
            layout,
            tile.x + place.x,
            tile.y + place.y,
            layout.block - 1,
            colours.states[stateOf(pod)] ?? 0,
          );
      }
    });
    context.putImageData(image, 0, 0);
  }

  private find(event: MouseEvent): { node: string; pod: PodRow | undefined } | undefined {
    const found = this.layout && hit(this.layout, event.offsetX, event.offsetY);
    if (!found) return undefined;
    const slots = this.slots.get(found.node);
    return {
      node: found.node,
      pod: this.pods.get(found.node)?.find((pod) => slots?.get(pod.id) === found.slot),
    };
  }

  private hover(event: MouseEvent): void {
    const found = this.find(event);
    const text = found?.pod ? `${found.node}: ${describe(found.pod)}` : found?.node;
    this.tip = text === undefined ? undefined : { x: event.offsetX, y: event.offsetY, text };
  }

  private leave(): void {
    this.tip = undefined;
  }

  private choose(event: MouseEvent): void {
    const found = this.find(event);
    if (found) this.select(found.pod ? `v1/pods:${found.pod.id}` : `v1/nodes:${found.node}`);
  }
}

function fill(
  pixels: Uint32Array,
  layout: MapLayout,
  x: number,
  y: number,
  size: number,
  colour: number,
): void {
  // Not TypedArray.fill: for the few pixels of a pod, calling it costs more than they do.
  for (let row = 0; row < size; row++) {
    const start = (y + row) * layout.width + x;
    for (let at = start; at < start + size; at++) pixels[at] = colour;
  }
}

interface Colours {
  readonly tile: number;
  readonly broken: number;
  readonly states: Readonly<Record<string, number>>;
}

function readColours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const pixel = (name: string) => toPixel(style.getPropertyValue(name).trim());
  const states = Object.fromEntries(Object.entries(COLOURS).map(([state, name]) => [state, pixel(name)]));
  return { tile: pixel("--line-soft"), broken: pixel("--bad"), states };
}

/** #rrggbb as a little-endian RGBA pixel. */
function toPixel(hex: string): number {
  const value = Number.parseInt(hex.slice(1), 16);
  return ((255 << 24) | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

customElements.define("orrery-map", MapElement);

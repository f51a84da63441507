/** The last minutes of each cluster's events a second, as this page heard of them. */

import type { Cluster } from "../model/clusters";

/** How many are kept of each: two minutes, at one every two seconds. */
export const KEPT = 60;

export class Rates {
  private readonly kept = new Map<string, number[]>();

  note(clusters: readonly Cluster[]): void {
    for (const { slug, cost, is_followed } of clusters) {
      const rates = this.kept.get(slug) ?? [];
      rates.push(is_followed ? (cost?.events_per_second ?? 0) : 0);
      if (rates.length > KEPT) rates.shift();
      this.kept.set(slug, rates);
    }
  }

  of(slug: string): readonly number[] {
    return this.kept.get(slug) ?? [];
  }
}

/** An SVG path through these rates, the latest at the right edge; flat where nothing happened. */
export function sparkline(rates: readonly number[], width: number, height: number): string {
  const most = Math.max(1, ...rates);
  const step = width / (KEPT - 1);
  const points = rates.map((rate, index) => {
    const x = width - (rates.length - 1 - index) * step;
    return `${x.toFixed(1)} ${(height - 1 - (height - 2) * (rate / most)).toFixed(1)}`;
  });
  return points.length < 2 ? "" : `M${points.join("L")}`;
}

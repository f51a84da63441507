/** Two texts laid side by side, row by row, with what is the same folded but for a little around what differs. */

import type { Comparison } from "../wire";

export type DiffRow =
  | { readonly kind: "same"; readonly text: string }
  | { readonly kind: "differs"; readonly old: string | undefined; readonly new: string | undefined }
  | { readonly kind: "fold"; readonly count: number };

const AROUND = 3;
const FOLD_AT_LEAST = 3;

export function readDiff(comparison: Comparison): DiffRow[] {
  const old = comparison.old.split("\n");
  const now = comparison.new.split("\n");
  const stretches = comparison.stretches ?? [];
  return stretches.flatMap((stretch, index): DiffRow[] => {
    const before = old.slice(stretch.oldFrom, stretch.oldTo);
    const after = now.slice(stretch.newFrom, stretch.newTo);
    if (!stretch.isSame) return pair(before, after);
    return fold(before, index > 0 ? AROUND : 0, index < stretches.length - 1 ? AROUND : 0);
  });
}

function pair(old: readonly string[], now: readonly string[]): DiffRow[] {
  return Array.from({ length: Math.max(old.length, now.length) }, (_, row) => ({
    kind: "differs",
    old: old[row],
    new: now[row],
  }));
}

function fold(lines: readonly string[], above: number, below: number): DiffRow[] {
  const hidden = lines.length - above - below;
  const same = (line: string): DiffRow => ({ kind: "same", text: line });
  if (hidden < FOLD_AT_LEAST) return lines.map(same);
  return [
    ...lines.slice(0, above).map(same),
    { kind: "fold", count: hidden },
    ...lines.slice(lines.length - below).map(same),
  ];
}

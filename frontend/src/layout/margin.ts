/**
 * The margin of an object's YAML: for each line who owns it, which write set it, and whether the last write did.
 *
 * A pure function of the server's answer. Lines that the last write left alone are folded, but for a little around those
 * that it altered; managedFields, which the margin says in words, are folded always.
 */

import type { Attribution, Inspection, Owner, Version } from "../wire";

export interface Line {
  readonly number: number;
  readonly text: string;
  /** The managers that own this field; none where nobody does. */
  readonly owners: readonly Owner[];
  /** The write that gave the field its value; undefined where that is before what the log told. */
  readonly version: Version | undefined;
  /** Who the margin names, and whether this line is the first of a stretch with the same margin. */
  readonly name: string;
  readonly actor: string;
  readonly begins: boolean;
  /** Whether the write that is looked at set it. */
  readonly isFresh: boolean;
  /** Whether it is a field of metadata that the API server fills in by itself. */
  readonly isFilledIn: boolean;
  /** What stood here before that write, line by line. */
  readonly before: readonly string[];
}

/** Lines that are shown, or a stretch of lines that is folded. */
export type Stretch =
  | { readonly kind: "lines"; readonly lines: readonly Line[] }
  | {
      readonly kind: "fold";
      readonly from: number;
      readonly count: number;
      readonly isManagedFields: boolean;
    };

const AROUND = 2;
/** A fold takes a line itself, so that it must save more than one. */
const FOLD_AT_LEAST = 3;
const OLD_LINES_AT_MOST = 8;
/** Fields of metadata that the API server sets, whoever writes (apimachinery's `ObjectMeta`). */
const FILLED_IN =
  /^ {2}(?:creationTimestamp|deletionGracePeriodSeconds|deletionTimestamp|generation|resourceVersion|selfLink|uid):/;

export function readLines(object: Inspection): Line[] {
  const { margin } = object;
  const versions = new Map(object.versions.map((version) => [version.seq, version]));
  const latest = object.versions[0];
  const before = readBefore(object);
  let last = "";
  let top = "";
  return object.yaml
    .trimEnd()
    .split("\n")
    .map((text, number) => {
      const owners = (margin.groups[margin.owned[number] ?? 0] ?? []).flatMap(
        (index) => margin.owners[index] ?? [],
      );
      const version = versions.get(margin.setBy[number] ?? 0);
      top = /^[^\s-][^:]*(?=:)/.exec(text)?.[0] ?? top;
      const isFilledIn = top === "metadata" && owners.length === 0 && FILLED_IN.test(text);
      const { name, actor } = isFilledIn
        ? { name: "apiserver", actor: "apiserver" }
        : nameMargin(owners, version?.type === "LISTED" ? undefined : version?.writer);
      const mark = `${margin.setBy[number]} ${name}`;
      const begins = mark !== last;
      last = mark;
      const isFresh = latest?.type === "MODIFIED" && version === latest;
      return {
        number,
        text,
        owners,
        version,
        name,
        actor,
        begins,
        isFresh,
        isFilledIn,
        before: before.get(number) ?? [],
      };
    });
}

/** What is shown of the lines. `unfolded` are the first lines of folds that a person opened. */
export function foldLines(
  lines: readonly Line[],
  folded: readonly number[],
  unfolded: ReadonlySet<number>,
): Stretch[] {
  const [first = -1, after = -1] = folded;
  const isManaged = (line: Line) => line.number >= first && line.number < after;
  const hasFresh = lines.some((line) => line.isFresh || line.before.length > 0);
  const shown = lines.map((line) => !isManaged(line) && !hasFresh);
  if (hasFresh) for (const line of lines) show(lines, line, shown, isManaged);
  const stretches: Stretch[] = [];
  for (let index = 0; index < lines.length; ) {
    const start = index;
    const isShown = shown[start] === true;
    const managed = isManaged(lines[start] as Line);
    while (index < lines.length && shown[index] === isShown && isManaged(lines[index] as Line) === managed)
      index++;
    const count = index - start;
    if (isShown || unfolded.has(start) || (!managed && count < FOLD_AT_LEAST))
      stretches.push({
        kind: "lines",
        lines: lines
          .slice(start, index)
          .map((line, place) => (place === 0 ? { ...line, begins: true } : line)),
      });
    else stretches.push({ kind: "fold", from: start, count, isManagedFields: managed });
  }
  return stretches;
}

/** Show an altered line with what is around it, and the names above that it is in. */
function show(
  lines: readonly Line[],
  line: Line,
  shown: boolean[],
  isManaged: (line: Line) => boolean,
): void {
  if (!(line.isFresh || line.before.length > 0)) return;
  const index = line.number;
  for (let near = Math.max(0, index - AROUND); near <= Math.min(lines.length - 1, index + AROUND); near++)
    if (!isManaged(lines[near] as Line)) shown[near] = true;
  let indent = depth(line.text);
  for (let above = index - 1; above >= 0 && indent > 0; above--) {
    const text = lines[above]?.text ?? "";
    if (depth(text) >= indent) continue;
    indent = depth(text);
    shown[above] = true;
  }
}

/** How far in a line's field stands; the field of `- name: web` stands in its item. */
function depth(text: string): number {
  return text.search(/[^\s-]/);
}

function readBefore(object: Inspection): Map<number, string[]> {
  const before = new Map<number, string[]>();
  const latest = object.versions[0];
  if (latest?.type !== "MODIFIED") return before;
  latest.changes.forEach((change, index) => {
    if (change.old === null) return;
    const line = object.margin.altered[index] ?? 0;
    const name = `${lastName(change.path)}:`;
    const [first = "", ...rest] = change.old.split("\n");
    const texts =
      rest.length > 0 ? [name, `  ${first}`, ...rest.map((text) => `  ${text}`)] : [`${name} ${first}`];
    const cut = texts.length > OLD_LINES_AT_MOST ? [...texts.slice(0, OLD_LINES_AT_MOST - 1), "…"] : texts;
    before.set(line, [...(before.get(line) ?? []), ...cut]);
  });
  return before;
}

/** The field at the end of a path, or the item with its key: `reason`, `finalizers[0]`. */
function lastName(path: string): string {
  return /[^.[\]]*(?:\[[^\]]*\])*$/.exec(path)?.[0] ?? path;
}

/**
 * Who the margin names: the owner. Where that is kube-controller-manager and the log knows which controller wrote, the
 * controller; where nobody owns the field, whoever wrote it.
 */
function nameMargin(
  owners: readonly Owner[],
  writer: Attribution | undefined,
): { name: string; actor: string } {
  const known = writer && writer.actor !== "unknown" ? writer : undefined;
  const [owner] = owners;
  if (!owner) return known ? { name: shortName(known), actor: known.actor } : { name: "", actor: "unknown" };
  const isController = owner.manager === "kube-controller-manager" && known?.actor === "controller";
  const name = isController && known ? shortName(known) : shorten(owner.manager);
  return { name: owners.length > 1 ? `${name} +${owners.length - 1}` : name, actor: owner.actor };
}

function shortName(writer: Attribution): string {
  return shorten(writer.client || writer.component);
}

/** A component's name without what goes without saying: `replicaset`, `scheduler`, `kubectl`. */
function shorten(name: string): string {
  return name
    .replace(/^kube-controller-manager$/, "controllers")
    .replace(/^kube-(?=scheduler|apiserver)/, "")
    .replace(/-controller$/, "")
    .replace(/^kubectl-.*/, "kubectl");
}

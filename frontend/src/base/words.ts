/** Numbers and names in words. */

const grouped = new Intl.NumberFormat("en");

/** `20,000` */
export const countOf = (count: number): string => grouped.format(count);

/** `1 pod`, `4 pods`, `20,000 pods` */
export const manyOf = (count: number, one: string, many = `${one}s`): string =>
  `${countOf(count)} ${count === 1 ? one : many}`;

/** Names in the order a person expects: `node-2` before `node-10`. */
export const byName = new Intl.Collator("en", { numeric: true }).compare;

/** Where it does not fit, the middle goes: the ends of generated names tell them apart. */
export function shortenMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const tail = Math.floor((most - 1) * 0.45);
  return `${text.slice(0, most - 1 - tail)}…${text.slice(text.length - tail)}`;
}

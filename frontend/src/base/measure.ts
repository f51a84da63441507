/** How wide a text is drawn, so that what does not fit ends in an ellipsis. */

/** The width in pixels of a text in a CSS font. */
export type Measure = (text: string, font: string) => number;

/** Measures with a canvas, and where there is none by the average letter. */
export function makeMeasure(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  const widths = new Map<string, number>();
  return (text, font) => {
    if (!context) return text.length * 6.4;
    const key = `${font}|${text}`;
    const known = widths.get(key);
    if (known !== undefined) return known;
    if (widths.size > 4_000) widths.clear();
    context.font = font;
    const { width } = context.measureText(text);
    widths.set(key, width);
    return width;
  };
}

/** The text, or its beginning with an ellipsis, such that it is at most so wide. */
export function fit(text: string, width: number, font: string, measure: Measure): string {
  if (measure(text, font) <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${text.slice(0, middle)}…`, font) <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
}

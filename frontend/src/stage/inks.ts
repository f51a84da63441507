/** The colours of the style sheet for what is painted by script: CSS expressions become strings and pixels. */

export class Inks {
  private readonly probe: HTMLElement;
  private readonly context: CanvasRenderingContext2D | null;
  private readonly known = new Map<string, { readonly text: string; readonly pixel: number }>();
  private theme = "";

  /** `probe` is an element of the page that nobody sees: its colour is what the style sheet makes of an expression. */
  constructor(probe: HTMLElement) {
    this.probe = probe;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
  }

  /** Forget the colours where the theme was switched. True then, and at first. */
  refresh(): boolean {
    const isLight = window.matchMedia("(prefers-color-scheme: light)").matches;
    const theme = `${document.documentElement.dataset.theme} ${isLight}`;
    if (theme === this.theme) return false;
    this.theme = theme;
    this.known.clear();
    return true;
  }

  text(colour: string): string {
    return this.resolve(colour).text;
  }

  /** As a little-endian RGBA pixel, which is never 0. */
  pixel(colour: string): number {
    return this.resolve(colour).pixel;
  }

  private resolve(colour: string): { readonly text: string; readonly pixel: number } {
    const known = this.known.get(colour);
    if (known) return known;
    this.probe.style.color = colour;
    const text = getComputedStyle(this.probe).color;
    const { context } = this;
    let pixel = 0xff000000;
    if (context) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = text;
      context.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
      pixel = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    }
    const ink = { text, pixel };
    this.known.set(colour, ink);
    return ink;
  }
}

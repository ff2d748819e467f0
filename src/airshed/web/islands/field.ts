// A field on a canvas: one byte a cell looked up in the theme's colour map; the browser scales the cells.

export type Tables = Uint32Array;

/** Bytes out of base64. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/** The colour maps of both themes, ready to be written as pixels. */
export function tables(text: string): Record<string, Tables> {
  const raw = JSON.parse(text) as Record<string, [number, number, number][]>;
  const pack = ([r, g, b]: [number, number, number]): number => (255 << 24) | (b << 16) | (g << 8) | r;
  return Object.fromEntries(Object.entries(raw).map(([theme, colours]) => [theme, Uint32Array.from(colours, pack)]));
}

export function themeNow(root: Element): string {
  return getComputedStyle(root).getPropertyValue("--field").trim() || "light";
}

export function paintField(
  canvas: HTMLCanvasElement, levels: Uint8Array, [high, wide]: [number, number], colours: Tables,
): void {
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  canvas.hidden = false;
  const context = canvas.getContext("2d");
  if (!context) return;
  const picture = context.createImageData(wide, high);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let i = 0; i < levels.length; i++) pixels[i] = colours[levels[i] ?? 0] ?? 0;
  context.putImageData(picture, 0, 0);
}

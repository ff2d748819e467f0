// Now: plays through the window of time. Only colours, numbers and words change; nothing is drawn anew.
import { putCursor } from "./cursor";
import { startMap } from "./map";
import { Player } from "./play";

interface Column {
  aqi: (number | null)[];
  category: (number | null)[];
  primary: string[];
  ring?: number[]; // how far a ring round the mark is filled, in per cent
  [item: string]: unknown;
}

interface Frames {
  steps: string[];
  labels: string[];
  sentences: string[];
  items: string[];
  places: Record<string, Column>;
  stations: Record<string, (number | null)[]>;
}

const FRAME_MS = 250;
const LABELS: Record<string, string> = {
  pm25: "PM₂.₅", pm10: "PM₁₀", so2: "SO₂", no2: "NO₂", co: "CO", o3: "O₃", o3_mda8: "O₃-8h",
};

class Now {
  private frames: Promise<Frames> | null = null;
  private readonly player: Player;
  private readonly dots = new Map<string, SVGElement>();

  constructor(private readonly root: HTMLElement) {
    for (const dot of root.querySelectorAll<SVGElement>("[data-dot]")) this.dots.set(dot.dataset["dot"] ?? "", dot);
    this.player = new Player(root, this, {
      step: Number(root.dataset["pace"] ?? FRAME_MS),
      leap: () => ((root.dataset["t"] ?? "").includes("T") ? 24 : 7),
    });
  }

  private load(): Promise<Frames> {
    this.frames ??= fetch(this.root.dataset["frames"] ?? "").then((answer) => {
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer.json() as Promise<Frames>;
    });
    return this.frames;
  }

  /** Show a step; past either end of the window the next window is a page of its own. */
  async go(step: number, settle = false): Promise<void> {
    const frames = await this.load();
    if (step < 0 || step >= frames.steps.length) {
      if (this.player.playing) this.player.pause();
      else if (settle) document.querySelector<HTMLAnchorElement>(`.bar-time a[rel=${step < 0 ? "prev" : "next"}]`)?.click();
      return;
    }
    this.player.step = step;
    this.show(frames, step);
    if (settle) this.settle();
  }

  private show(frames: Frames, i: number): void {
    const text = (selector: string, value: string | undefined): void => {
      for (const found of document.querySelectorAll(selector)) found.textContent = value ?? "";
    };
    text("[data-label]", frames.labels[i]);
    text("[data-sentence]", frames.sentences[i]);
    for (const [station, categories] of Object.entries(frames.stations)) {
      const dot = this.dots.get(station);
      const category = categories[i] ?? 0;
      if (dot) dot.setAttribute("class", `dot${dot.classList.contains("other") ? " other" : ""}${category ? ` k${category}` : ""}`);
    }
    this.player.show(i, frames.labels[i] ?? "");
    const counts: Record<number, number> = {};
    for (const [place, column] of Object.entries(frames.places)) {
      const category = column.category[i] ?? 0;
      counts[category] = (counts[category] ?? 0) + 1;
      this.paint(place, column.aqi[i] ?? null, category);
      this.ring(place, column.ring?.[i]);
      this.row(place, column, i, frames.items[frames.items.length - 1] ?? "");
    }
    this.sort(Object.keys(frames.places));
    this.legend(counts);
  }

  private paint(place: string, aqi: number | null, category: number): void {
    const kind = category ? `k${category}` : "";
    this.root.querySelector(`[data-area="${place}"]`)?.setAttribute("class", `area ${kind}`);
    const mark = this.root.querySelector(`[data-mark="${place}"]`);
    if (!mark) return;
    const side = [...mark.classList].find((name) => name.startsWith("at-")) ?? "";
    mark.className = `mark ${side} ${kind || "unknown"}`;
    const number = mark.querySelector("[data-aqi]");
    if (number) number.textContent = aqi === null ? "—" : String(aqi);
    const word = mark.querySelector("[data-word]");
    if (word) word.textContent = this.word(category);
  }

  private ring(place: string, filled: number | undefined): void {
    if (filled === undefined) return;
    this.root.querySelector<HTMLElement>(`[data-mark="${place}"]`)?.style.setProperty("--ring", String(filled));
  }

  private word(category: number): string {
    const name = this.root.querySelectorAll(".legend-name")[category - 1];
    return category ? (name?.textContent ?? "") : (this.root.dataset["noIndex"] ?? "—");
  }

  private row(place: string, column: Column, i: number, ozone: string): void {
    const row = this.root.querySelector(`tr[data-place="${place}"]`);
    if (!row) return;
    const cell = (key: string): Element | null => row.querySelector(`[data-key="${key}"]`);
    const number = (key: string): void => {
      const value = (column[key] as (number | null)[] | undefined)?.[i];
      const found = cell(key);
      if (found) found.textContent = value === null || value === undefined ? "—" : value.toFixed(0);
    };
    for (const key of ["aqi", "pm25", ozone]) if (column[key]) number(key);
    for (const key of ["heavy", "spread"]) {
      const found = column[key] ? cell(key) : null;
      const inner = found?.querySelector("a") ?? found;
      if (inner) inner.textContent = (column[key] as string[])[i] ?? "—";
    }
    const primary = cell("primary");
    if (primary)
      primary.textContent = (column.primary[i] ?? "").split("+").map((p) => LABELS[p] ?? p).join(", ") || "—";
    const category = cell("category");
    if (category) category.replaceChildren(...this.chip(column.category[i] ?? 0));
  }

  private chip(category: number): Node[] {
    if (!category) return [document.createTextNode("—")];
    const chip = document.createElement("span");
    chip.className = "chip";
    const swatch = document.createElement("i");
    swatch.className = `swatch k${category}`;
    const source = this.root.querySelectorAll(".legend-name")[category - 1];
    chip.append(swatch, ...(source ? [...source.cloneNode(true).childNodes] : []));
    return [chip];
  }

  /** The list keeps its order by index unless the person sorted it otherwise. */
  private sort(order: string[]): void {
    if (new URLSearchParams(location.search).has("sort")) return;
    const body = this.root.querySelector("tbody");
    if (!body) return;
    const value = (row: Element): number => {
      const n = Number(row.querySelector('[data-key="aqi"]')?.textContent);
      return Number.isNaN(n) ? -1 : n;
    };
    const at = (row: Element): number => order.indexOf(row.getAttribute("data-place") ?? "");
    body.append(...[...body.children].sort((a, b) => value(b) - value(a) || at(a) - at(b)));
  }

  private legend(counts: Record<number, number>): void {
    const largest = Math.max(1, ...Object.entries(counts).map(([n, count]) => (n === "0" ? 0 : count)));
    for (const bar of this.root.querySelectorAll<HTMLElement>("[data-count]"))
      bar.style.inlineSize = `${(100 * (counts[Number(bar.dataset["count"])] ?? 0)) / largest}%`;
    for (const text of this.root.querySelectorAll<HTMLElement>("[data-count-text]"))
      text.textContent = String(counts[Number(text.dataset["countText"])] ?? 0);
  }

  /** Put the time where everything else reads it: the URL, the bar, every link of the page. */
  settle(): void {
    void this.load().then((frames) => {
      const at = this.player.step;
      const t = frames.steps[at];
      if (!t) return;
      this.root.dataset["t"] = t;
      putCursor(t, frames.steps[at - 1], frames.steps[at + 1]);
    });
  }
}

export function startNow(root: HTMLElement): void {
  new Now(root);
  const map = root.querySelector<HTMLElement>("[data-map]");
  if (map) startMap(map, root.querySelector("[data-zoom]"));
}

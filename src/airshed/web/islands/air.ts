// The air: plays hours of concentration on a canvas and lets the wind streak over it. The server sends whole days.
import { putCursor } from "./cursor";
import { bytesOf, paintField, tables, themeNow, type Tables } from "./field";
import { startMap } from "./map";
import { Player } from "./play";
import { Wind, type WindDay } from "./wind";

interface Day {
  steps: string[];
  labels: string[];
  sentences: string[];
  cities: Record<string, number[]>;
  said: Record<string, string[]>;
  shares: Record<string, Record<string, string>>;
  beyond: number[];
  shape: [number, number];
  bytes: Uint8Array;
  wind: WindDay;
}

const HOURS = 24;
const HOURS_A_SECOND = 10;
const BINS = 16;

class Air {
  private readonly days: string[];
  private readonly loaded = new Map<number, Promise<Day>>();
  private readonly player: Player;
  private readonly state: HTMLElement | null;
  private readonly field: HTMLCanvasElement | null;
  private readonly wind: Wind | null;
  private readonly palettes: Record<string, Tables>;
  private shown: [Day, number] | null = null;

  constructor(private readonly root: HTMLElement) {
    this.days = (root.dataset["days"] ?? "").split(",");
    this.state = root.querySelector("[data-state]");
    this.field = root.querySelector("[data-field]");
    const canvas = root.querySelector<HTMLCanvasElement>("[data-wind]");
    this.wind = canvas ? new Wind(canvas) : null;
    this.palettes = tables(root.querySelector("[data-palettes]")?.textContent ?? "{}");
    this.player = new Player(root, this, {
      step: 1000 / HOURS_A_SECOND,
      leap: () => HOURS,
      arrows: () => (root.dataset["t"] ?? "").includes("T"),
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
    if ((root.dataset["t"] ?? "").includes("T")) void this.go(this.player.step);
  }

  waiting(): boolean {
    return this.state?.dataset["busy"] === "yes";
  }

  private busy(yes: boolean): void {
    if (!this.state) return;
    this.state.dataset["busy"] = yes ? "yes" : "";
    this.state.textContent = yes ? "…" : "";
  }

  /** What stands stays; the page says that it could not go on. */
  private failed(): void {
    if (this.player.playing) this.player.pause();
    if (this.state) this.state.textContent = this.state.dataset["failed"] ?? "";
  }

  private load(number: number): Promise<Day> {
    const known = this.loaded.get(number);
    if (known) return known;
    const url = new URL(this.root.dataset["frames"] ?? "", location.href);
    url.searchParams.set("t", this.days[number] ?? "");
    const made = fetch(url).then(async (answer) => {
      if (!answer.ok) throw new Error(`${answer.status}`);
      const raw = (await answer.json()) as Omit<Day, "bytes"> & { values: string };
      return { ...raw, bytes: bytesOf(raw.values) };
    });
    made.catch(() => this.loaded.delete(number));
    this.loaded.set(number, made);
    return made;
  }

  /** Show an hour of the case; the next day is fetched before it is needed. */
  async go(step: number, settle = false): Promise<void> {
    if (step < 0 || step >= this.days.length * HOURS) {
      if (this.player.playing) this.player.pause();
      return;
    }
    const number = Math.floor(step / HOURS);
    this.player.step = step;
    this.busy(true);
    const day = await this.load(number).catch(() => null);
    this.busy(false);
    if (!day) this.failed();
    if (!day || this.player.step !== step) return; // failed, or a later wish came first
    this.show(day, step % HOURS);
    if (number + 1 < this.days.length) this.load(number + 1).catch(() => undefined);
    if (settle) this.settle();
  }

  private show(day: Day, hour: number): void {
    this.shown = [day, hour];
    this.root.dataset["t"] = day.steps[hour] ?? "";
    const text = (selector: string, value: string | undefined): void => {
      for (const found of document.querySelectorAll(selector)) found.textContent = value ?? "";
    };
    text("[data-label]", day.labels[hour]);
    text("[data-sentence]", day.sentences[hour]);
    this.player.show(this.player.step, day.labels[hour] ?? "");
    this.repaint();
    this.cities(day, hour);
    this.legend(day, hour);
    this.root.querySelector("[data-map]")?.classList.add("live");
    this.wind?.show(day.wind, hour);
  }

  private cells(day: Day, hour: number): Uint8Array {
    const size = day.shape[0] * day.shape[1];
    return day.bytes.subarray(hour * size, (hour + 1) * size);
  }

  private repaint(): void {
    if (!this.shown || !this.field) return;
    const [day, hour] = this.shown;
    const palette = this.palettes[themeNow(this.root)];
    if (palette) paintField(this.field, this.cells(day, hour), day.shape, palette);
  }

  private cities(day: Day, hour: number): void {
    for (const city of Object.keys(day.cities)) {
      const value = day.said[city]?.[hour] ?? "—";
      const mark = this.root.querySelector(`[data-mark="${city}"] [data-value]`);
      if (mark) mark.textContent = value;
      const row = this.root.querySelector(`tr[data-place="${city}"]`);
      const cells: Record<string, string> = { pm25: value, ...day.shares[city] };
      for (const [key, said] of Object.entries(cells)) {
        const cell = row?.querySelector(`[data-key="${key}"]`);
        const inner = cell?.querySelector("a, .none") ?? cell;
        if (inner) inner.textContent = said;
      }
    }
    if (new URLSearchParams(location.search).has("sort")) return;
    const body = this.root.querySelector(".now-list tbody");
    const now = (row: Element): number => day.cities[row.getAttribute("data-place") ?? ""]?.[hour] ?? 0;
    body?.append(...[...body.children].sort((a, b) => now(b) - now(a)));
  }

  private legend(day: Day, hour: number): void {
    const counts = new Array<number>(BINS).fill(0);
    for (const level of this.cells(day, hour)) counts[level >> 4] = (counts[level >> 4] ?? 0) + 1;
    const largest = Math.max(1, ...counts);
    this.root.querySelectorAll<HTMLElement>(".scale-bars i").forEach((bar, i) => {
      bar.style.blockSize = `${(100 * Math.sqrt((counts[i] ?? 0) / largest)).toFixed(1)}%`;
    });
    const beyond = this.root.querySelector<HTMLElement>("[data-beyond-text]");
    const cells = day.beyond[hour] ?? 0;
    if (beyond) beyond.textContent = cells ? `${beyond.dataset["beyondText"]} ${cells}` : "";
  }

  settle(): void {
    const t = this.root.dataset["t"] ?? "";
    if (!t.includes("T")) return;
    const at = (step: number): string | undefined => {
      const day = this.days[Math.floor(step / HOURS)];
      return step >= 0 && day ? `${day}T${String(step % HOURS).padStart(2, "0")}` : undefined;
    };
    putCursor(t, at(this.player.step - 1), at(this.player.step + 1));
  }
}

export function startAir(root: HTMLElement): void {
  const map = root.querySelector<HTMLElement>("[data-map]");
  if (map) startMap(map, root.querySelector("[data-zoom]"));
  if (root.dataset["island"] === "air") new Air(root);
}

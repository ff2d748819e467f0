// What everything that plays has: a slider, a button, keys, and a clock that goes on while it runs.
import { isTyping } from "./frame";

export interface Played {
  /** Show a step; `settle` puts the time where everything else reads it. */
  go(step: number, settle?: boolean): Promise<void>;
  settle(): void;
  /** Whether the next step must wait for something on its way. */
  waiting?(): boolean;
}

export interface Pace {
  /** Milliseconds a step. */
  step: number;
  /** Steps of an arrow with shift. */
  leap(): number;
  /** Whether arrows step here; where not, they are the frame's. */
  arrows?(): boolean;
}

export class Player {
  step: number;
  private running = 0;
  private readonly slider: HTMLInputElement | null;
  private readonly button: HTMLButtonElement | null;

  constructor(root: HTMLElement, private readonly played: Played, private readonly pace: Pace) {
    this.step = Number(root.dataset["step"]);
    this.slider = root.querySelector("[data-slider]");
    this.button = root.querySelector("[data-play]");
    if (this.slider) {
      this.slider.disabled = false;
      this.slider.addEventListener("input", () => void this.played.go(Number(this.slider?.value)));
      this.slider.addEventListener("change", () => this.played.settle());
    }
    if (this.button) {
      this.button.hidden = false;
      this.button.addEventListener("click", () => this.toggle());
    }
    document.addEventListener("keydown", (event) => this.key(event), true);
  }

  get playing(): boolean {
    return this.running !== 0;
  }

  /** The slider and its words follow what is shown. */
  show(step: number, label: string): void {
    if (!this.slider) return;
    this.slider.value = String(step);
    this.slider.setAttribute("aria-valuetext", label);
  }

  pause(): void {
    cancelAnimationFrame(this.running);
    this.running = 0;
    if (this.button) this.button.textContent = `▶ ${this.button.dataset["labelPlay"]}`;
    this.played.settle();
  }

  private toggle(): void {
    if (this.running) {
      this.pause();
      return;
    }
    if (this.button) this.button.textContent = `❚❚ ${this.button.dataset["labelPause"]}`;
    if (this.step >= Number(this.slider?.max ?? Infinity)) this.step = 0; // from the end it begins anew
    let last = performance.now();
    const turn = (now: number): void => {
      if (!this.running) return;
      if (now - last >= this.pace.step && !this.played.waiting?.()) {
        last = now;
        void this.played.go(this.step + 1);
      }
      if (this.running) this.running = requestAnimationFrame(turn);
    };
    this.running = requestAnimationFrame(turn);
    void this.played.go(this.step);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const onControl = event.target instanceof Element && event.target.closest("button, summary, a");
    const arrows = this.pace.arrows?.() ?? true;
    const by = event.shiftKey ? this.pace.leap() : 1;
    if (event.key === " " && !onControl) this.toggle();
    else if (arrows && event.key === "ArrowLeft") void this.played.go(this.step - by, true);
    else if (arrows && event.key === "ArrowRight") void this.played.go(this.step + by, true);
    else return;
    event.preventDefault();
  }
}

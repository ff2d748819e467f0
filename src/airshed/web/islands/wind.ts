// Wind as quiet streaks over the map; as arrows that stand still for those who asked for less motion.
import { bytesOf } from "./field";

export interface WindDay {
  shape: [number, number];
  most: number;
  u: string;
  v: string;
}

interface Speck {
  x: number;
  y: number;
  age: number;
}

const SPECKS = 240;
const LIFE = 90; // frames
const FRAME_MS = 33;
const PACE = 0.00042; // of the map's width a frame, for 1 m/s
const FADE = 0.05;

export class Wind {
  private u: Int8Array = new Int8Array();
  private v: Int8Array = new Int8Array();
  private source: WindDay | null = null;
  private shape: [number, number] = [1, 1];
  private hour = 0;
  private most = 1;
  private last = 0;
  private moving = 0;
  private readonly specks: Speck[] = [];
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  constructor(private readonly canvas: HTMLCanvasElement) {
    for (let i = 0; i < SPECKS; i++) this.specks.push(this.born());
  }

  show(day: WindDay, hour: number): void {
    if (this.source !== day) {
      this.source = day;
      [this.u, this.v] = [new Int8Array(bytesOf(day.u).buffer), new Int8Array(bytesOf(day.v).buffer)];
      [this.shape, this.most] = [day.shape, day.most];
    }
    this.hour = hour;
    this.canvas.hidden = false;
    this.fit();
    if (this.still) this.arrows();
    else if (!this.moving) this.moving = requestAnimationFrame((now) => this.turn(now));
  }

  private fit(): void {
    const [wide, high] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (this.canvas.width !== wide || this.canvas.height !== high) [this.canvas.width, this.canvas.height] = [wide, high];
  }

  private born(): Speck {
    return { x: Math.random(), y: Math.random(), age: Math.floor(Math.random() * LIFE) };
  }

  /** Wind [m/s] at a spot of the map (0..1 from the upper left), between the four nearest values. */
  private at(x: number, y: number): [number, number] {
    const [high, wide] = this.shape;
    const [cx, cy] = [Math.max(0, x * wide - 0.5), Math.max(0, y * high - 0.5)];
    const [i, j] = [Math.min(wide - 1, Math.floor(cx)), Math.min(high - 1, Math.floor(cy))];
    const [i1, j1] = [Math.min(wide - 1, i + 1), Math.min(high - 1, j + 1)];
    const [fx, fy] = [cx - i, cy - j];
    const first = this.hour * high * wide;
    const mix = (a: Int8Array): number => {
      const upper = (a[first + j * wide + i] ?? 0) * (1 - fx) + (a[first + j * wide + i1] ?? 0) * fx;
      const lower = (a[first + j1 * wide + i] ?? 0) * (1 - fx) + (a[first + j1 * wide + i1] ?? 0) * fx;
      return ((upper * (1 - fy) + lower * fy) * this.most) / 127;
    };
    return [mix(this.u), mix(this.v)];
  }

  private turn(now: number): void {
    this.moving = requestAnimationFrame((next) => this.turn(next));
    if (now - this.last < FRAME_MS) return;
    this.last = now;
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const { width, height } = this.canvas;
    context.globalCompositeOperation = "destination-out";
    context.fillStyle = `rgb(0 0 0 / ${FADE})`;
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "source-over";
    context.strokeStyle = getComputedStyle(this.canvas).color;
    context.lineWidth = 1.1;
    context.beginPath();
    for (const speck of this.specks) {
      const [u, v] = this.at(speck.x, speck.y);
      const [x, y] = [speck.x + u * PACE, speck.y - (v * PACE * width) / height];
      context.moveTo(speck.x * width, speck.y * height);
      context.lineTo(x * width, y * height);
      Object.assign(speck, { x, y, age: speck.age + 1 });
      if (speck.age > LIFE || x < 0 || x > 1 || y < 0 || y > 1) Object.assign(speck, this.born(), { age: 0 });
    }
    context.stroke();
  }

  private arrows(): void {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const { width, height } = this.canvas;
    const step = width / 16;
    context.clearRect(0, 0, width, height);
    context.strokeStyle = getComputedStyle(this.canvas).color;
    context.beginPath();
    for (let y = step / 2; y < height; y += step)
      for (let x = step / 2; x < width; x += step) this.arrow(context, x, y, step);
    context.stroke();
  }

  private arrow(context: CanvasRenderingContext2D, x: number, y: number, step: number): void {
    const [u, v] = this.at(x / this.canvas.width, y / this.canvas.height);
    const speed = Math.hypot(u, v);
    if (speed < 0.1) return;
    const length = Math.min(0.9 * step, 0.2 * step * speed) / speed;
    const [dx, dy] = [u * length, -v * length];
    const [x1, y1] = [x + dx / 2, y + dy / 2];
    context.moveTo(x - dx / 2, y - dy / 2);
    context.lineTo(x1, y1);
    for (const side of [0.5, -0.5]) {
      context.moveTo(x1 - 0.3 * (dx * 0.85 - side * dy), y1 - 0.3 * (dy * 0.85 + side * dx));
      context.lineTo(x1, y1);
    }
  }
}

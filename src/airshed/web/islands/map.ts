// Zoom and pan: the picture's viewBox moves, the marks follow it and keep their size.

import { isTyping } from "./frame";

interface View {
  x: number;
  y: number;
  width: number;
  height: number;
}

const CLOSEST = 12;

export function startMap(map: HTMLElement, tools: HTMLElement | null): void {
  const svg = map.querySelector("svg");
  if (!svg) return;
  const whole: View = { x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
  const marks = [...map.querySelectorAll<HTMLElement>("[data-mark]")];
  let view = { ...whole };

  function draw(): void {
    svg?.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    for (const mark of marks) {
      for (const kind of ["", "n"]) {
        const [x, y] = [Number(mark.dataset[`x${kind}`]), Number(mark.dataset[`y${kind}`])];
        mark.style.setProperty(`--x${kind}`, `${(100 * (x - view.x)) / view.width}%`);
        mark.style.setProperty(`--y${kind}`, `${(100 * (y - view.y)) / view.height}%`);
      }
    }
    map.style.setProperty("--zoom", String(whole.width / view.width));
    map.style.setProperty("--pan-x", `${(-100 * view.x) / view.width}%`);
    map.style.setProperty("--pan-y", `${(-100 * view.y) / view.height}%`);
    map.style.touchAction = view.width < whole.width ? "none" : "pan-y";
  }

  function zoom(by: number, px = 0.5, py = 0.5): void {
    const width = Math.min(whole.width, Math.max(whole.width / CLOSEST, view.width / by));
    const height = (width * whole.height) / whole.width;
    place(view.x + px * (view.width - width), view.y + py * (view.height - height), width, height);
  }

  function place(x: number, y: number, width: number, height: number): void {
    view = {
      x: Math.min(whole.width - width, Math.max(0, x)),
      y: Math.min(whole.height - height, Math.max(0, y)),
      width,
      height,
    };
    draw();
  }

  map.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls; with Ctrl the map zooms
      event.preventDefault();
      const box = map.getBoundingClientRect();
      const [px, py] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      zoom(event.deltaY < 0 ? 1.25 : 0.8, px, py);
    },
    { passive: false },
  );

  let from: { x: number; y: number; view: View } | null = null;
  map.addEventListener("pointerdown", (event) => {
    if (view.width < whole.width && !(event.target as Element).closest("a"))
      from = { x: event.clientX, y: event.clientY, view: { ...view } };
  });
  window.addEventListener("pointerup", () => (from = null));
  map.addEventListener("pointermove", (event) => {
    map.classList.toggle("grabbing", from !== null);
    if (!from) return;
    const box = map.getBoundingClientRect();
    const [dx, dy] = [(event.clientX - from.x) / box.width, (event.clientY - from.y) / box.height];
    place(from.view.x - dx * view.width, from.view.y - dy * view.height, view.width, view.height);
  });

  if (tools) {
    tools.hidden = false;
    for (const button of tools.querySelectorAll<HTMLElement>("[data-zoom-by]"))
      button.addEventListener("click", () => {
        const by = Number(button.dataset["zoomBy"]);
        if (by) zoom(by);
        else place(0, 0, whole.width, whole.height);
      });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || isTyping(event.target)) return;
    if (event.key === "+" || event.key === "=") zoom(1.5);
    if (event.key === "-") zoom(1 / 1.5);
  });
}

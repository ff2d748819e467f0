// Series: one hover for all charts of the page. The curves themselves come from the server.

interface Readings {
  steps: string[];
  labels: string[];
  values: Record<string, (number | null)[]>;
  flags: Record<string, Record<string, string>>;
}

interface Chart {
  area: HTMLElement;
  cross: HTMLElement;
  reading: HTMLElement;
  values: (number | null)[];
  flags: Record<string, string>;
}

function chartsOf(root: HTMLElement, readings: Readings): Chart[] {
  const found: Chart[] = [];
  for (const figure of root.querySelectorAll<HTMLElement>("[data-series]")) {
    const area = figure.querySelector<HTMLElement>(".plot-area");
    const reading = figure.querySelector<HTMLElement>("[data-reading]");
    const values = readings.values[figure.dataset["series"] ?? ""];
    if (!area || !reading || !values) continue;
    const cross = document.createElement("i");
    cross.className = "cross";
    cross.hidden = true;
    area.append(cross);
    found.push({ area, cross, reading, values, flags: readings.flags[figure.dataset["series"] ?? ""] ?? {} });
  }
  return found;
}

export function startSeries(root: HTMLElement): void {
  const source = root.querySelector("[data-readings]");
  if (!source?.textContent) return;
  const readings = JSON.parse(source.textContent) as Readings;
  const charts = chartsOf(root, readings);
  const count = readings.steps.length;

  function show(step: number | null): void {
    for (const chart of charts) {
      chart.cross.hidden = step === null;
      const value = step === null ? undefined : chart.values[step];
      const flag = step === null ? undefined : chart.flags[step];
      chart.reading.textContent = step === null ? "" : `${readings.labels[step]} · ${value ?? "—"}${flag ? ` · ○ ${flag}` : ""}`;
      if (step !== null) chart.cross.style.insetInlineStart = `${(100 * (step + 0.5)) / count}%`;
    }
  }

  for (const chart of charts) {
    const at = (event: PointerEvent): number => {
      const box = chart.area.getBoundingClientRect();
      return Math.min(count - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * count)));
    };
    chart.area.addEventListener("pointermove", (event) => show(at(event)));
    chart.area.addEventListener("pointerleave", () => show(null));
    chart.area.addEventListener("click", (event) => {
      const t = readings.steps[at(event as PointerEvent)];
      const url = new URL(location.href);
      if (t) url.searchParams.set("t", t);
      location.assign(url);
    });
  }
}

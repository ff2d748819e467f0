// What every page has: keys, the dialog that lists them, selects that go at once, a calendar walked by arrows.

/** Whether a key press belongs to a field the person is typing in, or to an open dialog. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, select, textarea, [contenteditable], dialog") !== null;
}

function followTime(back: boolean, aDay: boolean): void {
  const link = document.querySelector<HTMLAnchorElement>(back ? ".bar-time a[rel=prev]" : ".bar-time a[rel=next]");
  if (!link) return;
  const url = new URL(link.href);
  const t = url.searchParams.get("t");
  const here = new URLSearchParams(location.search).get("t") ?? document.querySelector<HTMLInputElement>("#t")?.value;
  if (aDay && t && here) {
    const hours = here.includes("T") ? here.slice(10) : "";
    const day = new Date(`${here.slice(0, 10)}T00:00:00Z`);
    day.setUTCDate(day.getUTCDate() + (back ? -1 : 1) * (hours ? 1 : 7));
    url.searchParams.set("t", day.toISOString().slice(0, 10) + hours);
  }
  location.assign(url);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "/") {
    event.preventDefault();
    document.querySelector<HTMLInputElement>("#q")?.focus();
  } else if (event.key === "?") {
    document.querySelector<HTMLDialogElement>("#keys")?.showModal();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    followTime(event.key === "ArrowLeft", event.shiftKey);
  }
}

/** One tab stop for many links: arrows walk among them (left and right a day, up and down a week). */
function rove(root: HTMLElement): void {
  const links = [...root.querySelectorAll<HTMLAnchorElement>("a")];
  const first = links.find((a) => a.classList.contains("selected")) ?? links[0];
  for (const link of links) link.tabIndex = link === first ? 0 : -1;
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  root.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    const at = links.indexOf(event.target as HTMLAnchorElement);
    const next = step === undefined || at < 0 ? undefined : links[at + step];
    if (step === undefined) return;
    event.preventDefault();
    if (!next) return;
    for (const link of links) link.tabIndex = link === next ? 0 : -1;
    next.focus();
  });
}

export function startFrame(): void {
  document.addEventListener("keydown", onKey);
  for (const select of document.querySelectorAll<HTMLSelectElement>("select[data-submit]"))
    select.addEventListener("change", () => select.form?.requestSubmit());
  for (const root of document.querySelectorAll<HTMLElement>("[data-roving]")) rove(root);
  const help = document.querySelector<HTMLButtonElement>("[data-keys]");
  if (help) {
    help.hidden = false;
    help.addEventListener("click", () => document.querySelector<HTMLDialogElement>("#keys")?.showModal());
  }
}

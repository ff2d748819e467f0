// The one time cursor: put where everything else reads it — the URL, the bar, every link of the page.

/** A day of a calendar keeps its own time: links named here are left as they are. */
const OWN_TIME = ".switch:not([data-pages]), .stack";

export function putCursor(t: string, before?: string, after?: string): void {
  const url = new URL(location.href);
  url.searchParams.set("t", t);
  history.replaceState(null, "", url);
  const neighbours: Record<string, string | undefined> = { prev: before, next: after };
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[href^='/']")) {
    const target = new URL(link.href);
    const step = neighbours[link.rel];
    if (link.rel in neighbours && !step) continue;
    if (link.closest(OWN_TIME) || link.pathname.startsWith("/assets")) continue;
    target.searchParams.set("t", step ?? t);
    link.href = target.pathname + target.search + target.hash;
  }
  const day = document.querySelector<HTMLInputElement>("#t");
  if (day) day.value = t.slice(0, 10);
  const hour = document.querySelector<HTMLSelectElement>("#h");
  if (hour) hour.value = t.includes("T") ? String(Number(t.slice(11))) : "day";
  for (const kept of document.querySelectorAll<HTMLInputElement>("input[type=hidden][name=t]")) kept.value = t;
}

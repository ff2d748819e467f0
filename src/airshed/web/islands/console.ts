// The islands of the console. Every page reads without them; they add keys, play, zoom, hover and saving as PNG.
import "@fontsource/noto-sans-sc/400.css";
import "@fontsource/noto-sans-sc/600.css";
import "./console.css";
import "./outlook.css";
import { startAir } from "./air";
import { startFrame } from "./frame";
import { startNow } from "./now";
import { startSaving } from "./save";
import { startSeries } from "./series";

document.documentElement.classList.add("js");
startFrame();
startSaving();
for (const root of document.querySelectorAll<HTMLElement>("[data-island=now]")) startNow(root);
for (const root of document.querySelectorAll<HTMLElement>("[data-island=series]")) startSeries(root);
for (const root of document.querySelectorAll<HTMLElement>("[data-island^=air]")) startAir(root);

// Pictures: the server draws the SVG, the browser only turns it into pixels.

const SCALE = 2;

async function asPng(url: string): Promise<Blob | null> {
  const text = await (await fetch(url)).text();
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * SCALE;
  canvas.height = image.naturalHeight * SCALE;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Links marked as PNG fetch their SVG, draw it and hand it over as a file. */
export function startSaving(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-save=png]")) {
    link.hidden = false;
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      const blob = await asPng(link.href);
      if (!blob) return;
      const file = document.createElement("a");
      file.href = URL.createObjectURL(blob);
      const variable = new URL(link.href).searchParams.get("variable");
      file.download = `${link.dataset["name"] ?? `airshed-${variable ?? "picture"}`}.png`;
      file.click();
      URL.revokeObjectURL(file.href);
    });
  }
}

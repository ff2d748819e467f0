import { copyFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const out = resolve(import.meta.dirname, "src/airshed/web/assets");

/** fontsource names a .woff beside every .woff2; every browser of the last ten years reads the second. */
function onlyWoff2(): Plugin {
  return {
    name: "only-woff2",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("@fontsource")) return null;
      return code.replaceAll(/,\s*url\([^)]*\.woff\)\s*format\(['"]woff['"]\)/g, "");
    },
  };
}

/** The SIL Open Font License asks to travel with the fonts. */
function fontLicense(): Plugin {
  return {
    name: "font-license",
    closeBundle() {
      copyFileSync(
        resolve(import.meta.dirname, "node_modules/@fontsource/noto-sans-sc/LICENSE"),
        resolve(out, "NotoSansSC-OFL.txt"),
      );
    },
  };
}

export default defineConfig({
  base: "./",
  publicDir: false,
  plugins: [onlyWoff2(), fontLicense()],
  build: {
    outDir: out,
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    target: "es2022",
    rollupOptions: {
      input: {
        console: resolve(import.meta.dirname, "src/airshed/web/islands/console.ts"),
      },
    },
  },
});

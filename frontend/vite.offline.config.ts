import { defineConfig } from "vite";

// The stage for a lesson in one file: one script and one style sheet, which visualizer/offline/page.py puts into it.
export default defineConfig({
  base: "./",
  build: {
    outDir: "../static/build/offline",
    emptyOutDir: true,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    modulePreload: false,
    target: "es2022",
    rolldownOptions: {
      input: "src/offline/player.ts",
      output: { entryFileNames: "player.js", assetFileNames: "player[extname]", codeSplitting: false },
    },
  },
});

import { defineConfig } from "vitest/config";

// The manifest tells Django which hashed file each entry became. Nothing is inlined: the pages' policy forbids it.
export default defineConfig({
  base: "/static/build/",
  build: {
    outDir: "../static/build",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    target: "es2022",
    rolldownOptions: { input: "src/main.ts" },
  },
  test: { environment: "happy-dom" },
});

import react from "@vitejs/plugin-react";
import { configDefaults, defineConfig } from "vitest/config";
import { compressed } from "./compressed.ts";

const server = process.env.GRAPHCORE_URL ?? "http://127.0.0.1:8188";

export default defineConfig({
  plugins: [react(), compressed()],
  build: { target: "es2022", outDir: process.env.GRAPHCORE_EDITOR_OUT ?? "../server/pages/editor", emptyOutDir: true },
  // `npm run dev` beside a running server: everything that is not the editor's is the server's.
  server: { proxy: { "^/(api|ws|extensions|docs)": { target: server, ws: true, changeOrigin: true } } },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["src/**/*.test.{ts,tsx}"], exclude: configDefaults.exclude } },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          globalSetup: ["tests/browser/server.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});

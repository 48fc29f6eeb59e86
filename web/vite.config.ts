import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compressed } from "./compressed.ts";
import { templates } from "./templates.ts";

const server = process.env.GRAPHCORE_URL ?? "http://127.0.0.1:8188";

export default defineConfig({
  plugins: [react(), templates(), compressed()],
  build: { target: "es2022", outDir: "../server/pages/editor", emptyOutDir: true },
  // `npm run dev` beside a running server: everything that is not the editor's is the server's.
  server: { proxy: { "^/(api|ws|extensions|docs|templates)": { target: server, ws: true, changeOrigin: true } } },
});

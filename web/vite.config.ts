import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the server. */
const SERVER = process.env.SIGHTLINE_URL ?? "http://127.0.0.1:8470";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  // The server writes a fresh nonce in place of this word each time it sends the page.
  html: { cspNonce: "__NONCE__" },
  build: {
    outDir: "../src/sightline/page",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
  },
  // The server lets only its own pages change anything, by the origin that a browser tells.
  server: {
    proxy: Object.fromEntries(
      ["/api", "/login"].map((path) => [
        path,
        { target: SERVER, changeOrigin: true, headers: { origin: SERVER } },
      ]),
    ),
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.SYSTOLE_URL ?? "http://127.0.0.1:7300";

export default defineConfig({
  plugins: [react()],
  // Files get their content's hash as name, so the server may let browsers keep them for good.
  build: { target: "es2023", assetsInlineLimit: 0, chunkSizeWarningLimit: 600 },
  server: { proxy: { "/api": server } },
  preview: { proxy: { "/api": server } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});

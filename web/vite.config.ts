import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.SYSTOLE_URL ?? "http://127.0.0.1:7300";

// What the server is to send with the page: the smoke script fails when something would need more. Styles in line are
// those of the toasts and menus, which put theirs into the page themselves.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export default defineConfig({
  plugins: [react()],
  // Files get their content's hash as name, so the server may let browsers keep them for good.
  build: { target: "es2023", assetsInlineLimit: 0, chunkSizeWarningLimit: 600 },
  server: { proxy: { "/api": server } },
  preview: { proxy: { "/api": server }, headers: { "Content-Security-Policy": policy } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});

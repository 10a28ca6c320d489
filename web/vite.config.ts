import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const server = process.env.TRIMTAB_URL ?? 'http://127.0.0.1:3000';

// The server refuses a foreign Host or Origin, so the proxy speaks with the server's own.
const backend = { target: server, changeOrigin: true, headers: { origin: server } };

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // A data: address would need a wider content policy than 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  server: { port: 5173, proxy: { '/api': backend, '/ajax-api': backend, '/monitoring': backend } },
  preview: { proxy: { '/api': backend, '/ajax-api': backend, '/monitoring': backend } },
  test: {
    environment: 'happy-dom',
    include: ['test/**/*.test.{ts,tsx}'],
    setupFiles: ['test/setup.ts'],
  },
});

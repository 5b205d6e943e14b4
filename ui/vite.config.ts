/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig(({ mode }) => ({
  // Relative, because the window serves from tauri://localhost and the hub from its own root.
  base: './',
  plugins: [svelte()],
  // Components run in the browser build under vitest too; else Svelte would be its server half.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  build: {
    target: ['safari16.4', 'chrome111'],
    modulePreload: { polyfill: false },
    // Data URLs for fonts are not in the content security policy.
    assetsInlineLimit: 0,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { '/api': { target: 'http://127.0.0.1:8420', ws: true }, '/healthz': 'http://127.0.0.1:8420' },
  },
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    restoreMocks: true,
    // Whole pages are mounted; a busy machine takes its time.
    testTimeout: 20_000,
  },
}));

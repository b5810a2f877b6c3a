import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2024',
    // Nothing is inlined: the server's policy has no exception for data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Zod's setting (src/validation.ts) must be made before the contract's schemas are, whatever chunk they are in.
        strictExecutionOrder: true,
      },
    },
  },
  server: {
    // `vite` alone is for work on the console; the data comes from a server that is already running.
    proxy: { '/api': 'http://127.0.0.1:8080' },
  },
});

import { defineConfig } from 'vite';

/** The lab that `npm run dev` takes its feeds from. */
const LAB = process.env['LAB_URL'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: 'web',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    rolldownOptions: {
      checks: {
        // hdr-histogram-js looks for Node's zlib by eval, for an encoding that the dashboard does not use.
        eval: false,
        // What the transports' clients share is loaded with the page, and by pattern as well.
        ineffectiveDynamicImport: false,
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': LAB,
      '/results': LAB,
      '/feeds': { target: LAB, ws: true },
    },
  },
});

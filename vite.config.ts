import { defineConfig } from 'vite';

/** The lab that `npm run dev` takes its feeds from. */
const LAB = process.env['LAB_URL'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: 'web',
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022' },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': LAB,
      '/results': LAB,
      '/feeds': { target: LAB, ws: true },
    },
  },
});

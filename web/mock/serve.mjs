// Serves the built dashboard (dist/) and the mock API on one port, with the content policy of the
// real server: `node mock/serve.mjs [port]`.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer as createVite } from 'vite';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const headers = {
  'content-security-policy': "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** Starts the mock and gives its address and a way to end it. */
export async function serveMock(port = 0) {
  const vite = await createVite({
    root,
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    logLevel: 'error',
  });
  const { handle } = await vite.ssrLoadModule('/mock/handler.ts');
  const server = createServer((req, res) => {
    if (handle(req, res)) return;
    const path = normalize(decodeURIComponent(new URL(req.url ?? '/', 'http://mock').pathname));
    const file = join(dist, path);
    const isFile = file.startsWith(dist) && existsSync(file) && statSync(file).isFile();
    if (!isFile && path.startsWith('/assets/')) {
      res.writeHead(404, headers).end();
      return;
    }
    const served = isFile ? file : join(dist, 'index.html');
    res.writeHead(200, { ...headers, 'content-type': types[extname(served)] ?? 'application/octet-stream' });
    createReadStream(served).pipe(res);
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await vite.close();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serveMock(Number(process.argv[2] ?? 4173));
  console.log(`mock and dashboard: ${url}`);
}

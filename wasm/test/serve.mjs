// A static server for the tests, and for a look at the page: node test/serve.mjs [FOLDER]
import { createServer } from "node:http";
import sirv from "sirv";

/** Serves a folder on a free port (or this one); `requests` is what was asked for. */
export async function serve(folder, port = 0) {
  const requests = [];
  const files = sirv(folder, { dev: true });
  const server = createServer((request, response) => {
    requests.push(request.url);
    files(request, response, () => response.writeHead(404).end());
  });
  await new Promise((resolve) => server.listen(port, "localhost", resolve));
  const origin = `http://localhost:${server.address().port}`;
  return { origin, requests, close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))) };
}

if (process.argv[1] === import.meta.filename) {
  const { origin } = await serve(process.argv[2] ?? "dist/demo", 8080);
  console.log(`${origin}/`);
}

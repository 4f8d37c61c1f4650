// Serves OData V2 services as their EDMX files describe them, with the rows of a folder: node odata_mock.js PORT CONFIG

const http = require("node:http");
const { readFileSync } = require("node:fs");
const { default: MockServer } = require("@sap-ux/fe-mockserver-core");

const [port, config] = process.argv.slice(2);
const mock = new MockServer({ services: JSON.parse(readFileSync(config, "utf8")), annotations: [] });
mock.isReady.then(() => {
  const router = mock.getRouter();
  http
    .createServer((request, response) => {
      router(request, response, () => {
        response.statusCode = 404;
        response.end();
      });
    })
    .listen(Number(port), "127.0.0.1");
});

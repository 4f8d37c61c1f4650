// Starts GraphiQL with the page's examples as its first tabs. Tabs, history and theme are kept by the browser.
"use strict";

const examples = JSON.parse(document.getElementById("examples").textContent);
const element = React.createElement;

const page = element(
  GraphiQL,
  {
    fetcher: GraphiQL.createFetcher({ url: location.pathname }),
    plugins: [GraphiQLPluginExplorer.explorerPlugin()],
    defaultTabs: examples.map((query) => ({ query })),
    defaultQuery: "# Ctrl-Space proposes what can stand here; Ctrl-Enter runs it.\n\n",
    defaultEditorToolsVisibility: false,
    shouldPersistHeaders: false,
  },
  element(
    GraphiQL.Logo,
    null,
    element("img", { src: document.querySelector('link[rel="icon"]').href, alt: "", className: "junction-icon" }),
    "Junction",
  ),
);

ReactDOM.createRoot(document.getElementById("graphiql")).render(page);

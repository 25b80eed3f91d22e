// Checks reports: valid HTML (html-validate) and accessible (axe). Usage: node pages.mjs FILE...
import { readFileSync } from "node:fs";
import axe from "axe-core";
import { HtmlValidate } from "html-validate";
import { JSDOM, VirtualConsole } from "jsdom";

const validator = new HtmlValidate({
  extends: ["html-validate:recommended"],
  rules: {
    "no-inline-style": "off", // the MathML converter aligns cells with it
    "long-title": "off", // a document's title may be long
    "no-raw-characters": "off",
    "void-style": "off",
    "no-trailing-whitespace": "off",
    "valid-id": ["error", { relaxed: true }],
    "prefer-native-element": "off", // a scrolled region is a group of its own
    "svg-focusable": "off",
    "aria-label-misuse": ["error", { allowAnyNamable: true }], // a list may have a name
  },
});

async function complaints(file) {
  const text = readFileSync(file, "utf8");
  const report = await validator.validateString(text, file);
  const found = report.results.flatMap((result) =>
    result.messages.map((m) => `${file}:${m.line}:${m.column}: ${m.ruleId}: ${m.message}`),
  );
  const dom = new JSDOM(text, { runScripts: "outside-only", virtualConsole: new VirtualConsole() });
  dom.window.eval(axe.source);
  // contrast needs a layout, which is not computed here: a test of the style sheet does that
  const { violations } = await dom.window.axe.run(dom.window.document, {
    rules: { "color-contrast": { enabled: false } },
  });
  for (const v of violations)
    for (const node of v.nodes) found.push(`${file}: axe ${v.id}: ${v.help}: ${node.target}`);
  return found;
}

const all = (await Promise.all(process.argv.slice(2).map(complaints))).flat();
for (const line of all.slice(0, 40)) console.error(line);
console.log(`${process.argv.length - 2} pages, ${all.length} complaints`);
process.exit(all.length ? 1 : 0);

// Writes the bindings of every provider in a schema: `node generate.js SCHEMA DIRECTORY`. SCHEMA is what
// `terraform providers schema -json` prints.
"use strict";

const fs = require("fs");
const { CodeMaker, TerraformProviderGenerator } = require("@cdktn/provider-generator");

async function generate(schema, directory) {
  const code = new CodeMaker();
  new TerraformProviderGenerator(code, JSON.parse(fs.readFileSync(schema, "utf8"))).generateAll();
  await code.save(directory);
}

generate(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

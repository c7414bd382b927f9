// The licences of everything that esbuild put into the bundles, as their packages have them.
import { readFileSync, readdirSync } from "node:fs";

const PACKAGES = [
  "preact", "@preact/signals", "@preact/signals-core", "htm",
  "d3-array", "d3-color", "d3-contour", "d3-format", "d3-interpolate", "d3-path", "d3-scale", "d3-shape", "d3-time", "d3-time-format",
  "internmap", "js-yaml",
];
const RULE = "=".repeat(80);

for (const name of PACKAGES) {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[sc]e/i.test(each));
  if (!file) throw new Error(`${name} brings no licence`);
  console.log(`${RULE}\n${name} ${version} (${license})\n${RULE}\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`);
}

export { dump, load, YAMLException } from "js-yaml";

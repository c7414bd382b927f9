// Styles that a view needs, loaded with it and once.
import { useEffect, useState } from "./html.js";

const loading = new Map();

/** Load css/<name>.css; true once it is there, so that nothing is shown unstyled. */
export function useStyles(name) {
  const [ready, setReady] = useState(loading.get(name) === true);
  useEffect(() => {
    load(name).then(() => setReady(true));
  }, [name]);
  return ready;
}

function load(name) {
  const known = loading.get(name);
  if (known) return Promise.resolve(known);
  const promise = new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(`../css/${name}.css`, import.meta.url);
    link.onload = link.onerror = () => {
      loading.set(name, true);
      resolve(true);
    };
    document.head.append(link);
  });
  loading.set(name, promise);
  return promise;
}

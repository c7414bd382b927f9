// The page: its frame, and the view that the address names.
import { hasSession, signOut, signedOut } from "./api.js";
import { Home } from "./home/home.js";
import { html, render, useEffect, useRef } from "./html.js";
import { JobPage } from "./job/page.js";
import { route } from "./route.js";
import { SignIn } from "./sign-in.js";
import { ThemeButton } from "./theme.js";

function Page() {
  const { job } = route.value;
  useFocusOnChange(job);
  return html`
    <a class="skip" href="#main" onClick=${toMain}>Skip to content</a>
    <header class="top">
      <a class="brand" href="#/">
        <img src=${new URL("../icon.svg", import.meta.url).href} width="28" height="28" alt="" />
        <strong>rfengine</strong> <span class="muted small">what your network sees</span></a>
      <nav class="row" aria-label="Service"><a href="/docs">API</a><${ThemeButton} />
        ${hasSession() && !signedOut.value && html`<button class="plain" onClick=${signOut}>Sign out</button>`}</nav>
    </header>
    <main id="main" tabindex="-1">${job ? html`<${JobPage} key=${job} id=${job} />` : html`<${Home} />`}</main>
    ${signedOut.value && html`<${SignIn} />`}
  `;
}

// A new page within the page: who reads by ear or by keyboard starts at its top.
function useFocusOnChange(job) {
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) document.querySelector("#main").focus();
    first.current = false;
  }, [job]);
}

function toMain(event) {
  event.preventDefault();
  document.querySelector("#main").focus();
}

const root = document.querySelector("#page");
root.replaceChildren();
render(html`<${Page} />`, root);

// Where the service has keys: show one once, and the browser has a session from then on.
import { problemOf, signIn } from "./api.js";
import { html, useEffect, useRef, useState } from "./html.js";

/** A dialog over the page; what was asked for meanwhile is asked again after it. */
export function SignIn() {
  const dialog = useRef(null);
  const [fault, setFault] = useState(null);
  useEffect(() => dialog.current.showModal(), []);

  const submit = async (event) => {
    event.preventDefault();
    try {
      await signIn(new FormData(event.target).get("key").trim());
      // Everything that was refused is asked for again, by the one way that forgets nothing.
      location.reload();
    } catch (error) {
      setFault(problemOf(error));
    }
  };
  return html`<dialog ref=${dialog} aria-labelledby="sign-in" onCancel=${(event) => event.preventDefault()}>
    <form onSubmit=${submit} class="stack">
      <h2 id="sign-in">Sign in</h2>
      <label class="field"><span>API key</span>
        <input name="key" type="password" autocomplete="current-password" required autofocus /></label>
      ${fault && html`<p class="notice bad" role="alert">${fault.detail}</p>`}
      <button class="primary">Sign in</button>
    </form>
  </dialog>`;
}

// Where a file is dropped: the frame on the page, and the whole window while something is dragged over it.
import { html, useEffect, useState } from "../html.js";

/** `onFile(file)` gets what was dropped or chosen. */
export function DropZone({ onFile, disabled }) {
  const over = useDropAnywhere(onFile);
  const choose = (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) onFile(file);
  };
  return html`<label class=${`drop ${over ? "over" : ""}`}>
    <input class="visually-hidden" type="file" accept=".onnx" onChange=${choose} disabled=${disabled} />
    <strong>Drop an ONNX file here</strong>
    <span class="muted">or choose one. It starts at once, and is read on this server only.</span>
  </label>`;
}

function useDropAnywhere(onFile) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    const drag = (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event) => event.relatedTarget === null && setOver(false);
    const drop = (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const [file] = event.dataTransfer.files;
      if (file) onFile(file);
    };
    const listeners = { dragover: drag, dragleave: leave, drop };
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener);
    return () => Object.entries(listeners).forEach(([name, listener]) => removeEventListener(name, listener));
  }, [onFile]);
  return over;
}

"""How a report's page looks."""

STYLE = """\
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c1c1a; --quiet: #6a6a64; --line: #deded8; --band: #f5f5f2;
  --pass: #0a6b4c; --pass-band: #dcf1e8; --fail: #a83a08; --fail-band: #fbe6da;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171715; --ink: #e8e8e3; --quiet: #a0a098; --line: #3a3a36; --band: #21211f;
    --pass: #6fd3ae; --pass-band: #14352a; --fail: #f5a37a; --fail-band: #43200f;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 66rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1, h2, h3 { line-height: 1.25; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 1.25rem; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 0.75rem; }
h3 { font-size: 1rem; margin: 1.75rem 0 0.5rem; }
p, li { overflow-wrap: anywhere; max-width: 48rem; }
ul { padding-left: 1.25rem; }
li { margin: 0.25rem 0; }
code { font: 0.875em/1.3 ui-monospace, monospace; }
.verdict { padding: 0.75rem 1rem; background: var(--band); border-radius: 0.5rem; font-weight: 500; }
.verdict span { margin-right: 0.4rem; padding: 0.15rem 0.55rem; border-radius: 0.35rem; font-weight: 700; }
.verdict .pass { background: var(--pass-band); }
.verdict .fail { background: var(--fail-band); }
.pass { color: var(--pass); }
.fail { color: var(--fail); }
td .fail, td .pass { font-weight: 600; }
.wide { overflow-x: auto; margin: 0.5rem 0; }
table { border-collapse: collapse; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.35rem 0.75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { border-bottom-width: 2px; font-weight: 600; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0.25rem; }
td { min-width: 5rem; overflow-wrap: break-word; }
td code { display: inline-block; max-width: 24rem; overflow-wrap: break-word; }
.figure { min-width: 0; text-align: right; white-space: nowrap; }
.note, figcaption { color: var(--quiet); font-size: 0.875rem; margin: 0.25rem 0 0; }
details { margin: 1.25rem 0; }
summary { cursor: pointer; font-weight: 600; }
figure { margin: 1.5rem 0; }
img { max-width: 100%; height: auto; background: #ffffff; border-radius: 0.25rem; }
"""

"""The style sheet: system fonts, one measure of space, two palettes, and nothing that moves.

Colours are told once, as custom properties, for light and for dark; every pair of text and ground among them has a
contrast of at least 4.5 (tests/test_html_report.py computes it). A tint stands under a number and never alone.
"""

from __future__ import annotations

LIGHT = {
    "ground": "#ffffff", "raised": "#f6f7f9", "text": "#1b1f24", "quiet": "#57606a", "rule": "#d4d9df",
    "link": "#0b57a4",
    "t0": "#f1f5fa", "t1": "#deebf7", "t2": "#c9def1", "t3": "#b0cfe9", "t4": "#94bfe1", "bad": "#fbd5c3",
    "bad-text": "#8a2b00", "noted": "#e9e4f3", "noted-text": "#4a3a7a", "good": "#116329",
    "x": "#0b57a4", "w": "#8a2b00", "b": "#6b5a00", "y": "#116329", "u": "#8e2486", "d": "#00646e", "g": "#a3195b",
    "s1": "#0b57a4", "s2": "#d15f00", "s3": "#1b7f5c", "s4": "#8e4585", "s5": "#1b1f24",
    "shade": "#1b1f2433",
}  # fmt: skip
DARK = {
    "ground": "#14171b", "raised": "#1d2126", "text": "#e6e9ed", "quiet": "#a3adb8", "rule": "#3a424b",
    "link": "#7db8ff",
    "t0": "#1b232d", "t1": "#1d2f43", "t2": "#203c58", "t3": "#23486d", "t4": "#275684", "bad": "#6b2a0f",
    "bad-text": "#ffc9ae", "noted": "#3a3450", "noted-text": "#d9cdfa", "good": "#7ee2a0",
    "x": "#7db8ff", "w": "#ffa57a", "b": "#e3cb4e", "y": "#7ee2a0", "u": "#f0a0ea", "d": "#62d6e2", "g": "#ff9cc4",
    "s1": "#7db8ff", "s2": "#ffa04d", "s3": "#5fd6a9", "s4": "#e0a3da", "s5": "#e6e9ed",
    "shade": "#000000b3",
}  # fmt: skip

RULES = """
:root { color-scheme: light dark; %(light)s }
@media (prefers-color-scheme: dark) { :root { %(dark)s } }
.scroll { --under: var(--ground); } pre { --under: var(--raised); }
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%%; scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 76rem; padding: 2.5rem 1.25rem 4rem; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", Ubuntu, Cantarell, sans-serif; overflow-wrap: break-word; }
h1, h2, h3, h4, h5 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 2rem; letter-spacing: -0.01em; margin: 0 0 0.5rem; }
h1 span { color: var(--quiet); font-weight: 400; }
h2 { font-size: 1.5rem; margin: 3.5rem 0 0.75rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.2rem; margin: 2rem 0 0.5rem; }
h3.family { margin-top: 3rem; color: var(--quiet); font-weight: 600; }
h4 { font-size: 1.35rem; margin: 0 0 0.25rem; }
h5 { font-size: 0.8rem; margin: 1.25rem 0 0.4rem; color: var(--quiet); text-transform: uppercase; letter-spacing: 0.06em; }
p { margin: 0 0 0.75rem; max-width: 46rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: 0.5rem 1rem; z-index: 1; }
.quiet, .place, figcaption, dt { color: var(--quiet); }
.quiet, .place, figcaption { font-size: 0.875rem; }
code, pre, .message, .place { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.verdict { font-size: 1.2rem; font-weight: 600; color: var(--good); max-width: none; }
.verdict.wrong, .why strong { color: var(--bad-text); }
.index { margin: 0 0 1.5rem; padding-left: 1.25rem; }
.index li { margin: 0.25rem 0; }
dd { margin: 0; overflow-wrap: anywhere; }
.large-facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 45%%), 1fr)); gap: 1rem 2rem; margin: 1.75rem 0 1.25rem; }
.large-facts dt { font-size: 0.875rem; }
.number { font-size: 1.625rem; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums; }
.facts { margin: 0; font-size: 0.875rem; }
.facts > div { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); padding: 0.15rem 0; }
nav ul, .tints, .legend, .roles { display: flex; flex-wrap: wrap; list-style: none; padding: 0; margin: 0; }
nav { margin: 2rem 0 0; padding: 0.5rem 0; border-block: 1px solid var(--rule); }
nav ul { gap: 0.25rem 1.5rem; }
nav a { display: inline-block; padding: 0.35rem 0; }
section > h2:first-child { scroll-margin-top: 1rem; }
#overview h2 { border-top: 0; margin-top: 1.5rem; }
.how { font-size: 0.875rem; margin-bottom: 1.5rem; }
.scale { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.75rem; margin: 0.35rem 0; }
.tints li { padding: 0.1rem 0.6rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; max-width: 100%%; margin: 0 0 1.25rem; }
.scroll, pre { background: linear-gradient(to right, var(--under) 40%%, transparent) left / 3rem 100%% no-repeat local,
  linear-gradient(to left, var(--under) 40%%, transparent) right / 3rem 100%% no-repeat local,
  linear-gradient(to right, var(--shade), transparent) left top / 0.9rem calc(100%% - 2px) no-repeat,
  linear-gradient(to left, var(--shade), transparent) right top / 0.9rem calc(100%% - 2px) no-repeat; background-color: var(--under); }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0.5rem 0; }
.heat caption { font-size: 1.05rem; }
details caption, .layers caption { position: absolute; left: -100rem; }
th, td { padding: 0.3rem 0.7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; white-space: nowrap; }
.failures td:last-child { min-width: 22rem; }
.heat th, .heat td { border: 0; }
.heat { font-size: 0.8125rem; } .heat th { padding: 0.3rem 0.5rem; }
.heat thead th { text-align: center; line-height: 1.3; text-wrap: balance; }
.heat td { padding: 1px; height: 1px; min-width: 5.25rem; }
.heat td a { display: flex; flex-direction: column; height: 100%%; color: var(--text); text-decoration: none; text-align: center; }
.heat td a:hover { outline: 2px solid var(--link); outline-offset: -2px; }
.heat td span { display: block; padding: 0.15rem 0.35rem; line-height: 1.35; }
.heat td a span { flex: 1; display: grid; place-items: center; }
.heat tbody th, .heat thead th:first-child { padding: 0.3rem 1rem 0.3rem 0; text-align: left; vertical-align: middle; min-width: 10.5rem; }
.heat thead th:first-child { vertical-align: bottom; }
.heat tbody tr { border-bottom: 1px solid var(--rule); }
.layers td, .heat td span, details td[class] { white-space: nowrap; }
.layers th { white-space: normal; min-width: 6rem; }
.layers td, .layers thead tr:last-child th:not(:first-child) { text-align: right; }
.layers thead tr:first-child th { border-left: 1px solid var(--rule); text-align: center; }
.first { outline: 2px solid var(--bad-text); outline-offset: -2px; }
.t0 { background: var(--t0); } .t1 { background: var(--t1); } .t2 { background: var(--t2); } .t3 { background: var(--t3); }
.t4 { background: var(--t4); } .none { color: var(--quiet); }
.bad { background: var(--bad); color: var(--bad-text); font-weight: 700; }
.noted { background: var(--noted); color: var(--noted-text); font-weight: 600; }
.operation { border: 1px solid var(--rule); border-radius: 8px; padding: 1.25rem; margin: 0 0 1.5rem; }
.finding, .note { border: 1px solid var(--rule); border-left: 5px solid var(--bad-text); border-radius: 4px; padding: 1rem 1.25rem;
  margin: 0 0 1.5rem; }
.note { border-left-color: var(--noted-text); } .note .why strong { color: var(--noted-text); }
.finding h3, .note h3 { margin-top: 0; }
.message { font-size: 0.875rem; background: var(--raised); padding: 0.6rem 0.8rem; border-radius: 4px; white-space: pre-wrap;
  overflow-wrap: anywhere; max-width: none; }
.ours { margin-bottom: 0.25rem; }
pre { font-size: 0.8125rem; line-height: 1.5; padding: 0.75rem 0.9rem; border-radius: 4px; overflow-x: auto;
  margin: 0 0 0.75rem; tab-size: 4; }
.place { margin: 0 0 0.25rem; overflow-wrap: anywhere; }
.beside { display: grid; gap: 0 1.5rem; grid-template-columns: minmax(0, 1fr); }
.formula { display: grid; gap: 0 2.5rem; grid-template-columns: minmax(0, 1fr); }
.formula .scroll { margin: 0.2rem 0; padding: 0.35rem 0; overflow-y: hidden; }
math { font-size: 1.15rem; font-family: "Cambria Math", "STIX Two Math", "Latin Modern Math", "Libertinus Math", "STIX Math",
  "DejaVu Math TeX Gyre", math; } .large { font-size: 1.45em; } .brace { font-size: 2.2em; position: relative; top: 0.18em; }
math[display="block"] { text-align: left; margin: 0; width: max-content; }
.decides { border-left: 3px solid var(--rule); padding-left: 0.8rem; font-size: 0.9375rem; margin-top: 0.75rem; }
.r-x { color: var(--x); } .r-w { color: var(--w); } .r-b { color: var(--b); } .r-y { color: var(--y); } .r-u { color: var(--u); }
.r-d { color: var(--d); } .r-g { color: var(--g); }
.c-comment, .c-string { color: var(--quiet); } .c-word { font-weight: 600; }
.roles { gap: 0.25rem 1.25rem; font-size: 0.875rem; font-weight: 600; }
figure { margin: 0; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem 1.25rem; }
.pictures figure { width: 11rem; }
.pictures figcaption span { display: block; font-variant-numeric: tabular-nums; }
.where { margin: 0 0 1rem; }
.where figcaption { max-width: 46rem; }
.pixels { image-rendering: pixelated; display: block; max-width: 100%%; height: auto; border: 1px solid var(--rule); margin-bottom: 0.35rem; }
.marked { position: relative; display: inline-block; max-width: 100%%; }
.ring { position: absolute; inset: 0; width: 100%%; height: calc(100%% - 0.35rem); overflow: visible; }
.ring rect { fill: none; stroke: #ff3b00; stroke-width: 3px; vector-effect: non-scaling-stroke; }
.wide { margin: 1rem 0; max-width: 46rem; }
.legend { gap: 0.25rem 1.25rem; font-size: 0.875rem; margin: 0.35rem 0; }
.legend svg { margin-right: 0.4rem; }
.nowrap { white-space: nowrap; }
.chart { display: block; width: 100%%; max-width: 46rem; height: auto; }
.chart text { fill: var(--quiet); font-size: 13px; font-family: inherit; }
.grid { stroke: var(--rule); stroke-width: 1; }
.line polyline { fill: none; stroke: currentColor; stroke-width: 1.75; }
.dots circle { fill: var(--ground); stroke: currentColor; stroke-width: 1.75; }
.bar { fill: currentColor; }
.s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); } .s4 { color: var(--s4); } .s5 { color: var(--s5); }
.line.s2 polyline { stroke-dasharray: 6 3; } .line.s3 polyline { stroke-dasharray: 2 3; } .line.s4 polyline { stroke-dasharray: 8 3 2 3; }
.line.s5 polyline { stroke-width: 2.5; stroke-dasharray: 1 4; stroke-linecap: round; }
details { margin: 0.75rem 0; }
summary { cursor: pointer; font-weight: 500; padding: 0.25rem 0; }
details[open] > summary { margin-bottom: 0.5rem; }
footer { margin-top: 4rem; border-top: 1px solid var(--rule); padding-top: 1rem; color: var(--quiet); font-size: 0.875rem; }
@media (min-width: 62rem) {
  .beside { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } .even { gap: 2rem; }
  .charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 2.5rem; align-items: start; }
  .formula { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media (max-width: 40rem) {
  body { padding-top: 1.5rem; } h1 { font-size: 1.6rem; } .operation { padding: 1rem 0.9rem; }
  .pictures { gap: 0.75rem; } .pictures figure { width: calc(50%% - 0.4rem); }
  .heat tbody th { position: sticky; left: 0; background: var(--ground); padding-right: 0.6rem; }
  .heat tbody th, .heat thead th:first-child { min-width: 0; } .number { font-size: 1.375rem; }
  .heat td { min-width: 4.75rem; } .chart text { font-size: 19px; }
}
@media print {
  body { max-width: none; padding: 0; } nav, .skip { display: none; } .scroll { overflow: visible; }
  .operation, .finding, figure, tr { break-inside: avoid; } pre { white-space: pre-wrap; }
}
"""  # noqa: E501


def _properties(palette: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in palette.items())


STYLE = (RULES % {"light": _properties(LIGHT), "dark": _properties(DARK)}).replace(" > ", " \N{GREATER-THAN SIGN} ")

/** Looks of the status page, light and dark. Nothing is fetched: the fonts are those of the reader. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f7f6f3;--card:#fff;--ink:#1d1f24;--soft:#5a6069;--line:#e3e0da;--accent:#3156c4;
--good:#1c6b47;--bad:#b3261e;--warn:#8a5200;--quiet:#5d6470;--good-bg:#e3f3ea;--bad-bg:#fbe6e4;--warn-bg:#fbeed6;--quiet-bg:#ecebe7;--bar:#3156c4;--track:#e6e4ee}
@media (prefers-color-scheme:dark){:root{--paper:#131519;--card:#1b1e24;--ink:#eceef2;--soft:#a4abb6;--line:#2c313a;--accent:#9db7ff;
--good:#7bd7a6;--bad:#ff9d94;--warn:#f2bd6b;--quiet:#b4bac4;--good-bg:#16301f;--bad-bg:#3d1a17;--warn-bg:#35270e;--quiet-bg:#272b33;--bar:#8aa8ff;--track:#2b303a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:1}
header,main,footer{max-width:1080px;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{font-size:1.5rem;letter-spacing:-.02em;margin:0;display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}
h1 small{font-weight:400;color:var(--soft);font-size:1rem}
h2{font-size:.8rem;text-transform:uppercase;letter-spacing:.09em;color:var(--soft);margin:2.25rem 0 .75rem;font-weight:600}
.facts{color:var(--soft);margin:.35rem 0 0;overflow-wrap:anywhere}
.facts b{color:var(--ink);font-weight:600}
.pill{display:inline-block;border-radius:99px;padding:.08rem .6rem;font-size:.8rem;font-weight:600;white-space:nowrap}
.good{color:var(--good);background:var(--good-bg)}.bad{color:var(--bad);background:var(--bad-bg)}
.warn{color:var(--warn);background:var(--warn-bg)}.quiet{color:var(--quiet);background:var(--quiet-bg)}
.tiles{list-style:none;display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:.75rem;margin:1.5rem 0 0;padding:0}
.tiles li{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.7rem .9rem}
.tiles b{display:block;font-size:1.65rem;line-height:1.15;font-weight:650;letter-spacing:-.02em}
.tiles span{color:var(--soft);font-size:.85rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.9rem 1.1rem}
.needs{list-style:none;margin:0;padding:0;display:grid;gap:.6rem}
.needs li{border-left:4px solid var(--bad)}.needs li.mild{border-left-color:var(--warn)}
.needs p{margin:.15rem 0 0;overflow-wrap:anywhere}.needs .say{color:var(--soft)}.needs .say::before{content:"→ "}
.needs .what{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;font-weight:600}
.do{display:flex;gap:.5rem;align-items:stretch;margin-top:.55rem}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.do code{flex:1;min-width:0;background:var(--quiet-bg);border-radius:8px;padding:.35rem .65rem;overflow-wrap:anywhere}
button{font:inherit;font-size:.85rem;border:1px solid var(--line);background:var(--card);color:var(--ink);border-radius:8px;padding:.2rem .8rem;cursor:pointer}
button:hover{border-color:var(--accent);color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.strip{overflow-x:auto}.strip svg{display:block;min-width:560px;width:100%;height:auto}
.strip .done{fill:var(--bar)}.strip .due{fill:none;stroke:var(--bar);stroke-width:1.5;stroke-dasharray:3 2}
.strip .none{fill:var(--track)}.strip .now{stroke:var(--soft);stroke-width:1}
.strip text{fill:var(--soft);font:10px system-ui,sans-serif;text-anchor:middle}.strip .count{fill:var(--ink);font-weight:600}
.legend{color:var(--soft);font-size:.85rem;margin:.4rem 0 0}
.find{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin-bottom:.75rem}
.find label{font-weight:600}
input{font:inherit;flex:1;min-width:12rem;max-width:26rem;border:1px solid var(--soft);background:var(--card);color:var(--ink);border-radius:10px;padding:.45rem .8rem}
.find output{color:var(--soft);font-size:.9rem}
.keys{padding:0;overflow-x:auto}
table{width:100%;border-collapse:collapse}
th{text-align:left;font-size:.8rem;color:var(--soft);font-weight:600;padding:.7rem 1rem;border-bottom:1px solid var(--line);white-space:nowrap}
td{padding:.7rem 1rem;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
td:first-child{overflow-wrap:anywhere;min-width:11rem}
td b{font-weight:600}td small{display:block;color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
td .note{color:var(--warn)}
.spend{min-width:8.5rem;white-space:nowrap}.spend svg{display:block;width:100%;height:6px;margin-top:.35rem;border-radius:3px}
.spend .track{fill:var(--track)}.spend .used{fill:var(--bar)}.spend .much{fill:var(--bad)}
.tag{display:inline-block;background:var(--quiet-bg);color:var(--quiet);border-radius:6px;padding:0 .4rem;font-size:.78rem;margin:.15rem .25rem 0 0}
.empty{color:var(--soft);margin:0}
footer{color:var(--soft);font-size:.85rem;padding-top:2rem;padding-bottom:3rem}
[hidden]{display:none!important}
@media (max-width:720px){.wide{display:none}header{padding-top:1.25rem}td,th{padding:.6rem .55rem}td:first-child{min-width:7rem}.spend{min-width:5.6rem}.spend .of{display:block}.pill{padding:.08rem .45rem}header,main,footer{padding-left:.9rem;padding-right:.9rem}}
@media print{.find,button{display:none}}
`

# SPDX-License-Identifier: Apache-2.0
"""The PIT report as a page: plain HTML and CSS, no script, made to be printed."""
import html

STYLE = """
@page { size: A4; margin: 16mm 14mm }
body { font: 10.5pt/1.4 "Liberation Sans", Arial, sans-serif; color: #1b1f24; max-width: 190mm;
  margin: 8mm auto; padding: 0 6mm }
h1 { font-size: 20pt; margin: 0 0 1mm } h2 { font-size: 13pt; margin: 8mm 0 2mm }
.under { color: #57606a; margin: 0 0 5mm }
.verdict { border: 1.5pt solid; border-radius: 2mm; padding: 3mm 5mm; margin: 0 0 5mm;
  display: flex; justify-content: space-between; align-items: center; gap: 5mm }
.verdict b { font-size: 16pt } .good { color: #116329; background: #eefbf1 }
.bad { color: #a40e26; background: #fff0ee }
.verdict, td, th { print-color-adjust: exact; -webkit-print-color-adjust: exact }
table { border-collapse: collapse; width: 100% } th { text-align: left; font-weight: 600;
  border-bottom: 1pt solid #57606a } td, th { padding: 1mm 2mm; vertical-align: top }
td { border-bottom: .4pt solid #d0d7de } tr { break-inside: avoid }
td.n, th.n { text-align: right; white-space: nowrap } td.y { white-space: nowrap; font-weight: 600 }
.yes { color: #116329 } .no { color: #a40e26 } .quiet { color: #57606a; font-size: 9pt }
code, pre { font: 8.5pt "Liberation Mono", monospace; overflow-wrap: anywhere }
pre { white-space: pre-wrap; background: #f6f8fa; padding: 2mm 3mm }
.facts th { width: 32mm; border: 0 } .facts td { border: 0 } .facts td, .facts th { padding: .4mm 2mm }
section.page { break-before: page }
@media print { body { margin: 0; padding: 0; max-width: none } }
"""


def e(text):
    return html.escape(str(text))


def table(heads, rows, numbers=()):
    kind = lambda i: " class=n" if i in numbers else ""
    head = "".join(f"<th{kind(i)}>{e(each)}</th>" for i, each in enumerate(heads))
    body = "".join("<tr>" + "".join(each if each.startswith("<td") else f"<td{kind(i)}>{each}</td>"
                                    for i, each in enumerate(row)) + "</tr>\n" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>\n"


def yes(met, words=("met", "NOT MET")):
    return f'<td class="y {"yes" if met else "no"}">{words[0] if met else words[1]}</td>'


def bullets(points):
    return "<ul>" + "".join(f"<li>{e(each)}</li>" for each in points) + "</ul>\n"


def first_page(report):
    subject = report["subject"]
    good = report["verdict"]
    said = "Exit criteria met" if good else "Exit criteria NOT met"
    if report["quick"]:
        said += " (quick selection)"
    met = sum(each["met"] for each in report["criteria"])
    kind = "quick selection, not for a release" if report["quick"] else "whole run"
    ours = [each for each in report["requirements"] if each["whose"] == "ours"]
    facts = [("Plugin", f"ch-returns {subject['version']}"), ("Build", subject["build"]),
             ("Plugin file", f"<code>{e(subject['plugin_sha256'])}</code>"),
             ("Settings", f"<code>{e(subject['settings_sha256'])}</code>"),
             ("Binaries", subject["binaries"]), ("Environment", subject["environment"]),
             ("Run", f"{subject['begun']}, {subject['seconds']} s, {kind}")]
    page = f"""<h1>SECMP0039: Pre-Integration Testing report</h1>
<p class=under>Communications Hub returns (8.14.3, 8.14.4) for Supplier Nominated Agents. All figures
on these pages were counted by the run that made them.</p>
<div class="verdict {'good' if good else 'bad'}"><b>{said}</b><span>{met} of
{len(report['criteria'])} criteria &middot; {len(report['defects'])} defects &middot;
{len(report['errors'])} errors of the report</span></div>
<h2>Exit criteria</h2>
"""
    page += table(["Criterion", "Seen", ""], [[e(each["what"]), e(each["figures"]), yes(each["met"])]
                                              for each in report["criteria"]])
    page += "<h2>Tests by phase</h2>\n" + table(
        ["Phase", "Tests", "Passed", "Failed", "Seconds"],
        [[e(each["phase"])] + [e(each[key]) for key in ("tests", "passed", "failed", "seconds")]
         for each in report["phases"]], numbers=(1, 2, 3, 4))
    page += "<h2>What was tested</h2>\n<table class=facts>" + "".join(
        f"<tr><th>{e(name)}</th><td>{value if value.startswith('<code>') else e(value)}</td></tr>"
        for name, value in facts) + "</table>\n"
    page += (f"<p>{len(report['requirements'])} requirements, {len(ours)} of them built here;"
             f" {len(report['tests'])} tests; {len(report['mutants'])} violations of the rule built"
             " on purpose. For the service desk: <a href=HANDOVER.md>hand-over page</a>.</p>\n")
    if report["errors"]:
        page += "<h2>Errors of the report</h2>\n" + bullets(report["errors"])
    return page


def requirement_rows(report):
    for each in report["requirements"]:
        if each["whose"] == "ours":
            where = "<br>".join(f"<code>{e(file)}</code>" for file in each["where"])
            count = f"{each['passed']} / {each['passed'] + each['failed']}"
            state = yes(each["passed"] and not each["failed"], ("proven", "NOT PROVEN"))
        else:
            where, count, state = f"not ours: {e(each.get('why', '-'))}", "", "<td class=quiet>-</td>"
        text = f"{e(each['text'])}<br><span class=quiet>{e(each['source'])}</span>"
        yield [e(each["id"]), text, where, e(len(each["tests"])), e(count), state]


def mutant_rows(report):
    for mutant in report["mutants"]:
        for each in mutant["breaks"]:
            by = mutant["noticed"].get(each, [])
            yield [f"<code>{e(mutant['name'])}</code>", e(each), "<br>".join(e(test) for test in by),
                   yes(by, ("noticed", "NOT NOTICED"))]


def test_rows(report):
    for test in report["tests"]:
        results = test["results"]
        if results:
            state = yes(all(run["ok"] for run in results), ("passed", "FAILED"))
        else:
            state = "<td class=quiet>not run</td>"
        yield [f"<code>{e(test['program'])}</code>", e(test["name"]), e(" ".join(test["requirements"])),
               e(len(results)), state]


def regression(report):
    rows = []
    for number, each in enumerate(report["regression"], 1):
        codes = ", ".join(f"{code} {count}" for code, count in sorted(each["codes"].items()))
        rows.append([e(number), e(each["requests"]), e(each["same"]), e(codes),
                     f"{each['median_ms_before']:.2f} / {each['median_ms_after']:.2f}"])
    return table(["Cycle", "Requests", "Answers the same", "Answers by code or HTTP status",
                  "Median ms before / with"], rows, numbers=(0, 1, 2, 4))


def page(report):
    """The whole page, as text."""
    defects = [f"{each['where']}: {each['what']}" for each in report["defects"]]
    return f"""<!DOCTYPE html>
<html lang=en><head><meta charset=utf-8><title>SECMP0039: PIT report</title>
<meta name=viewport content="width=device-width"><style>{STYLE}</style></head><body>
{first_page(report)}
<section class=page><h2>Requirements</h2>
{table(["", "Requirement", "Built in", "Tests", "Results", ""], requirement_rows(report), (3, 4))}
</section><section class=page><h2>Regression: EIS and GIS as before</h2>
<p>The same signed octets went to a host without the plugin's change and to one with it. Compared: HTTP
status, fields and body, octet for octet, but for times and signatures. Every exchange:
<code>regression-N/exchanges.jsonl</code>.</p>
{regression(report)}
<h2>Violations of the rule</h2>
<p>Each is a build of the plugin with one thing of the rule altered; never shipped. A test that names
the requirement must fail on it.</p>
{table(["Violation", "Of", "Noticed by", ""], mutant_rows(report))}
<h2>Defects</h2>
{bullets(defects) if defects else "<p>None.</p>"}
<h2>Open points</h2>
{bullets(report["open_points"])}
<h2>In the source, and not built</h2>
{bullets(report["not_built"])}
<h2>Settings that were tested</h2>
<pre>{e(report["subject"]["settings"])}</pre>
</section><section class=page><h2>Tests</h2>
{table(["Program", "Test", "Proves", "Runs", ""], test_rows(report), (3,))}
</section></body></html>
"""

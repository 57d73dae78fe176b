# SPDX-License-Identifier: Apache-2.0
"""What the evidence of a PIT run amounts to: traceability, exit criteria, errors, defects.

Pure: what goes in are parsed files and results, what comes out is the report as a dictionary. `run`
gathers the evidence, page.py shows the report, judge_test.py holds this against doctored evidence.
"""


def of_test(test):
    return f"{test['program']}: {test['name']}"


def judge(requirements, evidence):
    """`requirements`: requirements.json. `evidence`: as `run` gathers it, that is

    subject    what was tested, for the report's first page
    quick      whether a selection was run
    catalogue  every test of the packs: program, name, tags, requirements, selected
    runs       results: phase, program, name, ok, seconds, detail
    regression records of the regression cycles
    cycles     how many of these there should be
    mutants    name, breaks, and by requirement the tests that failed on it
    identity   what the host said that it ran, and what lies on the disk
    """
    known = {each["id"]: each for each in requirements["requirements"]}
    ours = [each for each in requirements["requirements"] if each["whose"] == "ours"]
    results = {}
    for run in evidence["runs"]:
        results.setdefault((run["program"], run["name"]), []).append(run)

    errors = list_errors(known, evidence)
    traced, untested, unproven = trace(requirements, evidence, results)
    errors += [f"{each}: is ours and no test names it" for each in untested]
    errors += [f"{each}: none of its tests was run and passed" for each in unproven]
    rules, unnoticed = judge_mutants(ours, evidence["mutants"])
    errors += unnoticed

    failed = [run for run in evidence["runs"] if not run["ok"]]
    missing = [of_test(test) for test in evidence["catalogue"]
               if test["selected"] and (test["program"], test["name"]) not in results]
    errors += [f"{each}: is selected and gave no result" for each in missing]
    defects = [{"where": f"{run['phase']}: {of_test(run)}", "what": run["detail"]} for run in failed]
    defects += [{"where": "regression", "what": each} for each in differences(evidence)]

    criteria = judge_criteria(evidence, failed, missing, errors, traced, rules)
    return {
        "verdict": all(each["met"] for each in criteria) and not errors and not defects,
        "quick": evidence["quick"],
        "subject": evidence["subject"],
        "criteria": criteria,
        "phases": phases(evidence),
        "requirements": traced,
        "mutants": evidence["mutants"],
        "regression": evidence["regression"],
        "defects": defects,
        "errors": errors,
        "open_points": open_points(requirements, evidence),
        "not_built": requirements["not_built"],
        "tests": [dict(test, results=results.get((test["program"], test["name"]), []))
                  for test in evidence["catalogue"]],
    }


def list_errors(known, evidence):
    errors = []
    for test in evidence["catalogue"]:
        if not test["requirements"]:
            errors.append(f"{of_test(test)}: names no requirement")
        for each in test["requirements"]:
            if each not in known:
                errors.append(f"{of_test(test)}: names {each}, which is no requirement")
    for mutant in evidence["mutants"]:
        for each in mutant["breaks"]:
            if each not in known:
                errors.append(f"mutant {mutant['name']}: breaks {each}, which is no requirement")
    for each in known.values():
        if each["whose"] == "ours" and not each.get("where"):
            errors.append(f"{each['id']}: is ours and does not say where it is built")
        if each["whose"] != "ours" and not each.get("why"):
            errors.append(f"{each['id']}: is not ours and does not say why")
        for where in each.get("where", []):
            if where in evidence["not_there"]:
                errors.append(f"{each['id']}: is said to be built in {where}, which does not exist")
    return errors


def trace(requirements, evidence, results):
    traced, untested, unproven = [], [], []
    for each in requirements["requirements"]:
        tests = [test for test in evidence["catalogue"] if each["id"] in test["requirements"]]
        runs = [run for test in tests for run in results.get((test["program"], test["name"]), [])]
        entry = dict(each, tests=[of_test(test) for test in tests],
                     tests_run=len({(run["program"], run["name"]) for run in runs}),
                     passed=sum(run["ok"] for run in runs),
                     failed=sum(not run["ok"] for run in runs),
                     mutants=[mutant["name"] for mutant in evidence["mutants"]
                              if each["id"] in mutant["breaks"]])
        traced.append(entry)
        if each["whose"] == "ours" and not tests:
            untested.append(each["id"])
        elif each["whose"] == "ours" and entry["passed"] == 0:
            unproven.append(each["id"])
    return traced, untested, unproven


def judge_mutants(ours, mutants):
    rules = [each["id"] for each in ours if each["rule"]]
    errors = []
    for rule in rules:
        if not any(rule in mutant["breaks"] for mutant in mutants):
            errors.append(f"{rule}: is a requirement of the rule and has no mutant")
    for mutant in mutants:
        for each in mutant["breaks"]:
            if not mutant["noticed"].get(each):
                errors.append(f"mutant {mutant['name']}: no test that names {each} fails on it")
    return rules, errors


def differences(evidence):
    return [f"cycle {number}: {record['requests'] - record['same']} of {record['requests']} answers"
            " are others than without the plugin"
            for number, record in enumerate(evidence["regression"], 1)
            if record["same"] != record["requests"]]


def judge_criteria(evidence, failed, missing, errors, traced, rules):
    def criterion(what, met, figures):
        return {"what": what, "met": bool(met), "figures": figures}

    criteria = []
    for number in range(1, evidence["cycles"] + 1):
        phase = f"regression {number}"
        done = [run for run in evidence["runs"] if run["phase"] == phase]
        record = (evidence["regression"] + [None] * number)[number - 1]
        criteria.append(criterion(
            f"Regression, cycle {number} of {evidence['cycles']}: Suppliers are answered as before",
            done and record and all(run["ok"] for run in done) and record["requests"] > 0
            and record["same"] == record["requests"],
            f"{record['same']} of {record['requests']} answers the same, octet for octet"
            if record else "no record"))
    system = [run for run in evidence["runs"] if run["phase"] == "system"]
    bad = [run for run in failed if run["phase"] == "system"]
    left = [test for test in evidence["catalogue"] if not test["selected"]]
    criteria.append(criterion(
        "System pack, one cycle: every test passed" + (" (quick selection)" if left else ""),
        system and not bad and not missing,
        f"{len(system) - len(bad)} of {len(system)} passed"
        + (f"; {len(left)} not selected" if left else "")))
    named = [test for test in evidence["catalogue"] if test["requirements"]]
    criteria.append(criterion(
        "Every test names the requirements that it proves",
        len(named) == len(evidence["catalogue"]) and not any(" no requirement" in e for e in errors),
        f"{len(named)} of {len(evidence['catalogue'])} tests"))
    ours = [each for each in traced if each["whose"] == "ours"]
    proven = [each for each in ours if each["passed"] and not each["failed"]]
    criteria.append(criterion(
        "Every requirement that is ours is proven by tests that passed",
        ours and len(proven) == len(ours), f"{len(proven)} of {len(ours)} requirements"))
    pairs = [(mutant, each) for mutant in evidence["mutants"] for each in mutant["breaks"]]
    noticed = [pair for pair in pairs if pair[0]["noticed"].get(pair[1])]
    covered = {each for _, each in noticed}
    criteria.append(criterion(
        "Each requirement of the rule: its violation is noticed by a test that names it",
        pairs and len(noticed) == len(pairs) and set(rules) <= covered,
        f"{len(covered & set(rules))} of {len(rules)} requirements;"
        f" {len(noticed)} of {len(pairs)} violations noticed"))
    same = [said == lies for said, lies in evidence["identity"].values()]
    criteria.append(criterion(
        "What the host ran are the plugin and the settings that are reported",
        same and all(same), f"{sum(same)} of {len(same)} hashes agree"))
    criteria.append(criterion("No defect is open", not failed and not differences(evidence),
                              f"{len(failed) + len(differences(evidence))} open"))
    return criteria


def phases(evidence):
    names = list(dict.fromkeys(run["phase"] for run in evidence["runs"]))
    counts = []
    for name in names:
        runs = [run for run in evidence["runs"] if run["phase"] == name]
        counts.append({"phase": name, "tests": len(runs), "passed": sum(run["ok"] for run in runs),
                       "failed": sum(not run["ok"] for run in runs),
                       "seconds": round(sum(run["seconds"] for run in runs), 1)})
    return counts


def open_points(requirements, evidence):
    points = []
    if evidence["quick"]:
        points.append("This is a quick selection, for the builders; a release needs the whole run.")
    if "dirty" in evidence["subject"]["build"] or "unknown" in evidence["subject"]["build"]:
        points.append(f"The build is not of a commit: {evidence['subject']['build']}.")
    return points + requirements["open_points"]

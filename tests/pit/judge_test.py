#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The judge of the PIT report against doctored evidence: what is wrong with it must be said."""
import copy
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
import judge  # noqa: E402
import page  # noqa: E402

REQUIREMENTS = {
    "requirements": [
        {"id": "R1", "text": "a rule", "source": "s", "whose": "ours", "rule": True, "where": ["f"]},
        {"id": "R2", "text": "no rule", "source": "s", "whose": "ours", "rule": False, "where": ["f"]},
        {"id": "R3", "text": "<not> ours", "source": "s", "whose": "theirs", "why": "they do"}],
    "open_points": ["one"], "not_built": ["two"]}


def evidence():
    def test(program, name, *requirements):
        return {"program": program, "name": name, "tags": list(requirements),
                "requirements": list(requirements), "selected": True}

    def run(phase, program, name):
        return {"phase": phase, "program": program, "name": name, "ok": True, "seconds": 1.0,
                "detail": ""}

    record = {"requests": 5, "same": 5, "codes": {"I99": 5}, "median_ms_before": 1.0,
              "median_ms_after": 1.0}
    return {
        "subject": {"version": "1", "build": "abc GNU", "plugin_sha256": "p", "settings_sha256": "s",
                    "settings": "[x]", "binaries": "b", "environment": "e", "begun": "t",
                    "seconds": 3},
        "quick": False, "cycles": 2, "not_there": [],
        "catalogue": [test("pit", "same", "R1"), test("sys", "does", "R1", "R2")],
        "runs": [run("regression 1", "pit", "same"), run("regression 2", "pit", "same"),
                 run("system", "sys", "does")],
        "regression": [record, dict(record)],
        "mutants": [{"name": "m", "breaks": ["R1"], "noticed": {"R1": ["sys: does"]}}],
        "identity": {"plugin": ["p", "p"]}}


class Judge(unittest.TestCase):
    def setUp(self):
        self.requirements, self.evidence = copy.deepcopy(REQUIREMENTS), evidence()

    def report(self):
        return judge.judge(self.requirements, self.evidence)

    def refused(self, error=None, criterion=None):
        report = self.report()
        self.assertFalse(report["verdict"])
        if error:
            self.assertIn(error, report["errors"])
        if criterion:
            unmet = [each["what"] for each in report["criteria"] if not each["met"]]
            self.assertTrue(any(criterion in each for each in unmet), unmet)
        self.assertIn("Exit criteria NOT met", page.page(report))
        return report

    def test_good_evidence_is_good(self):
        report = self.report()
        self.assertEqual(report["errors"], [])
        self.assertEqual(report["defects"], [])
        self.assertTrue(report["verdict"])
        self.assertEqual([each["tests"] for each in report["phases"]], [1, 1, 1])
        shown = page.page(report)
        self.assertIn("Exit criteria met", shown)
        self.assertIn("&lt;not&gt; ours", shown)
        self.assertNotIn("<script", shown)

    def test_a_test_that_names_no_requirement(self):
        self.evidence["catalogue"][0]["requirements"] = []
        self.refused("pit: same: names no requirement", "Every test names")

    def test_a_tag_that_is_no_requirement(self):
        self.evidence["catalogue"][0]["requirements"].append("R99")
        self.refused("pit: same: names R99, which is no requirement", "Every test names")

    def test_a_requirement_that_no_test_names(self):
        self.evidence["catalogue"][1]["requirements"].remove("R2")
        self.refused("R2: is ours and no test names it", "Every requirement")

    def test_a_requirement_whose_tests_were_not_run(self):
        self.evidence["catalogue"][1]["selected"] = False
        self.evidence["runs"].pop()
        self.refused("R2: none of its tests was run and passed", "Every requirement")

    def test_a_selected_test_without_a_result(self):
        self.evidence["runs"].pop()
        self.refused("sys: does: is selected and gave no result", "System pack")

    def test_a_mutant_that_no_test_notices(self):
        self.evidence["mutants"][0]["noticed"] = {}
        self.refused("mutant m: no test that names R1 fails on it", "Each requirement of the rule")

    def test_a_requirement_of_the_rule_without_a_mutant(self):
        self.evidence["mutants"] = []
        self.refused("R1: is a requirement of the rule and has no mutant",
                     "Each requirement of the rule")

    def test_a_mutant_of_what_is_no_requirement(self):
        self.evidence["mutants"][0]["breaks"].append("R98")
        self.refused("mutant m: breaks R98, which is no requirement")

    def test_a_failed_test_is_a_defect(self):
        self.evidence["runs"][2].update(ok=False, detail="1 == 2")
        report = self.refused(criterion="No defect")
        self.assertEqual(report["defects"], [{"where": "system: sys: does", "what": "1 == 2"}])
        self.assertEqual(report["phases"][2]["failed"], 1)

    def test_an_answer_that_differs(self):
        self.evidence["regression"][1]["same"] = 4
        self.refused(criterion="cycle 2 of 2")

    def test_a_cycle_that_is_missing_or_compared_nothing(self):
        self.evidence["regression"].pop()
        self.refused(criterion="cycle 2 of 2")
        self.evidence["regression"][0].update(requests=0, same=0)
        self.refused(criterion="cycle 1 of 2")

    def test_another_plugin_than_the_reported_one(self):
        self.evidence["identity"]["plugin"][0] = "q"
        self.refused(criterion="What the host ran")

    def test_places_and_reasons(self):
        self.evidence["not_there"] = ["f"]
        self.refused("R1: is said to be built in f, which does not exist")
        self.requirements["requirements"][0]["where"] = []
        self.refused("R1: is ours and does not say where it is built")
        del self.requirements["requirements"][2]["why"]
        self.refused("R3: is not ours and does not say why")

    def test_what_is_open_is_said(self):
        self.evidence["quick"] = True
        self.evidence["subject"]["build"] = "abc-dirty GNU"
        self.assertEqual(len(self.report()["open_points"]), 3)


class Committed(unittest.TestCase):
    """The committed lists are whole."""

    def test_requirements_are_r1_to_r31_once_each(self):
        listed = json.loads((HERE / "requirements.json").read_text())["requirements"]
        self.assertEqual([each["id"] for each in listed], [f"R{n}" for n in range(1, 32)])


if __name__ == "__main__":
    unittest.main()

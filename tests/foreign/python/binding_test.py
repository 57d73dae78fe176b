# SPDX-License-Identifier: Apache-2.0
"""The Python binding: lookups, bad input, and what happens after the end; each both ways."""
import asyncio
import json
import os
import subprocess
import sys
import threading
import unittest

import dcc_host
import world

KNOWN = {"user": {"role": "SNA", "status": "Active", "revision": 2},
         "devices": {"00-DB-12-34-56-78-90-01":
                     {"type": "CHF", "status": "Pending", "revision": 7}},
         "acts": [{"agent": "90-B3-D5-1F-30-01-00-00", "device": "00-DB-12-34-56-78-90-01",
                   "at": 1767225600000, "holds": True, "revision": 3}]}
MEMBERS = {"user": "user", "device": "devices", "acts": "acts"}


def lookup(questions):
    return {MEMBERS[question["ask"]]: KNOWN[MEMBERS[question["ask"]]] for question in questions}


class BothWays:
    def setUp(self):
        self.plugins = self.open()
        self.addCleanup(self.plugins.close)

    def test_a_lookup_is_asked_what_is_open(self):
        asked = []
        answer = self.plugins.decide(world.bare(),
                                     lambda questions: asked.append(questions) or lookup(questions))
        self.assertEqual((answer.outcome, answer.code), ("answered", "I99"))
        self.assertEqual([[q["ask"] for q in round] for round in asked],
                         [["user", "device", "acts"]])
        self.assertEqual(answer.read["acts"], KNOWN["acts"])

    def test_what_is_found_bit_by_bit_adds_up(self):
        def one(questions):
            member = MEMBERS[questions[0]["ask"]]
            return {member: KNOWN[member]}
        self.assertEqual(self.plugins.decide(world.bare(), one).code, "I99")

    def test_a_lookup_is_awaited_and_requests_run_side_by_side(self):
        async def many():
            all_are_here = asyncio.Event()
            here = 0

            async def slow(questions):
                nonlocal here
                here += 1
                if here == 20:
                    all_are_here.set()
                await all_are_here.wait()  # so nobody is answered before all have asked
                return lookup(questions)
            return await asyncio.gather(*(self.plugins.decide_async(world.bare(), slow)
                                          for _ in range(20)))
        self.assertEqual([answer.code for answer in asyncio.run(many())], ["I99"] * 20)

    def test_without_a_lookup_the_questions_come_back(self):
        self.assertEqual(self.plugins.decide(world.bare()).outcome, "asks")

    def test_a_lookup_that_finds_nothing_out_fails(self):
        answer = self.plugins.decide(world.bare(), lambda questions: {})
        self.assertEqual(answer.outcome, "failed")
        self.assertIn("has not answered {'ask': 'user'}", answer.reason)

    def test_a_lookup_that_cannot_is_unavailable(self):
        answer = self.plugins.decide(world.bare(), lambda questions: {"unavailable": "no database"})
        self.assertEqual((answer.outcome, answer.code), ("unavailable", None))

    def test_what_a_lookup_raises_comes_out(self):
        def broken(questions):
            raise KeyError("no such table")
        with self.assertRaisesRegex(KeyError, "no such table"):
            self.plugins.decide(world.bare(), broken)

    def test_an_error_names_member_and_value(self):
        itself = {}
        itself["itself"] = itself
        for more, words in (({"counter": 17}, "counter: 17: expected a text"),
                            ({"originator": "90-B3"}, 'originator: "90-B3": expected'),
                            ({"user": {**KNOWN["user"], "revision": 2 ** 53}}, "user.revision"),
                            ({"received_at": float("nan")}, "the request: "),
                            ({"body_element": "\ud800"}, "the request: "),
                            ({"user": itself}, "the request: ")):
            with self.assertRaisesRegex(dcc_host.DccError, words) as caught:
                self.plugins.decide({**world.bare(), **more})
            self.assertEqual(caught.exception.status, dcc_host.DccError.INVALID)
        self.assertEqual(self.plugins.decide(world.bare(), lookup).code, "I99")

    def test_a_line_end_in_a_message_is_a_space(self):
        text = json.dumps(world.bare(), indent=1).encode()
        self.assertEqual(self.plugins.decide_text(text).outcome, "asks")
        with self.assertRaisesRegex(dcc_host.DccError, "not JSON"):
            self.plugins.decide_text(text.replace(b"serviceD", b"service\nD"))

    def test_state_log_and_reload(self):
        self.assertEqual([plugin["live"] for plugin in self.plugins.state()["plugins"]],
                         [True, True])
        self.assertEqual(len(self.plugins.reload(every=True)["handlers"]), 3)
        self.assertIn("plugins", {line["source"] for line in self.plugins.log()})

    def test_after_close_everything_is_refused(self):
        self.plugins.close()
        for call in (lambda: self.plugins.decide(world.bare()), self.plugins.state,
                     self.plugins.reload, self.plugins.log):
            self.assertRaises(dcc_host.DccError, call)

    def test_close_during_decisions_answers_or_refuses_each(self):
        started = threading.Barrier(5)
        ends = []

        def decide():
            started.wait()
            try:
                while True:
                    assert self.plugins.decide(world.bare(), lookup).code == "I99"
            except dcc_host.DccError as error:
                ends.append(error.status)
        threads = [threading.Thread(target=decide) for _ in range(4)]
        for thread in threads:
            thread.start()
        started.wait()
        self.plugins.close()
        for thread in threads:
            thread.join()
        self.assertEqual(ends, [dcc_host.DccError.INVALID] * 4)

    def test_wrong_options_are_named(self):
        with self.assertRaisesRegex(dcc_host.DccError, "/nowhere"):
            self.open(plugins="/nowhere")
        with self.assertRaisesRegex(dcc_host.DccError, "plugin_directory"):
            self.open(plugin_directory="/nowhere")

    def test_files_that_change_are_loaded_by_themselves(self):
        settings = os.path.join(world.WORLD, "settings", "ch-returns.ini")
        with open(settings, encoding="utf-8") as file:
            before = file.read()
        self.addCleanup(replace, settings, before)
        replace(settings, before.replace("SNA = Pending", "SNA = none"))
        while self.plugins.decide(world.bare(), lookup).code != "E2":
            pass  # until it has been seen, or the test is timed out
        replace(settings, before)
        while self.plugins.decide(world.bare(), lookup).code != "I99":
            pass


def replace(path, text):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


class InProcess(BothWays, unittest.TestCase):
    open = staticmethod(world.in_process)

    def test_a_child_process_needs_a_handle_of_its_own(self):
        pid = os.fork()
        if pid == 0:
            try:
                self.plugins.decide(world.bare())
            except dcc_host.DccError as error:
                os._exit(error.status)
            os._exit(0)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]),
                         dcc_host.DccError.NOT_NOW)


class ProcessApart(BothWays, unittest.TestCase):
    open = staticmethod(world.process_apart)


class Example(unittest.TestCase):
    def test_from_zero_to_e5_both_ways(self):
        for more in ([], ["--apart"]):
            done = subprocess.run([sys.executable, os.environ["DCC_EXAMPLE"], world.OPTIONS, *more],
                                  check=True, stdout=subprocess.PIPE, text=True)
            self.assertEqual(done.stdout, "answered E5 SNA: hub 00-DB-12-34-56-78-90-01 is "
                                          "Commissioned; allowed: Pending\n")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""The golden messages through the Python binding, both ways."""
import dataclasses
import unittest

import dcc_host
import world


class Conformance(unittest.TestCase):
    def run_with(self, plugins):
        with plugins:
            self.assertGreater(len(world.GOLDEN), 60)
            for case in world.GOLDEN:
                with self.subTest(case["name"]):
                    self.check(plugins, case)

    def check(self, plugins, case):
        if "error" in case:
            with self.assertRaises(dcc_host.DccError) as caught:
                plugins.decide_text(world.octets_of(case))
            self.assertEqual(caught.exception.status, case["error"]["status"])
            for name in case["error"]["names"]:
                self.assertIn(name, str(caught.exception))
            return
        said = plugins.decide_text(world.octets_of(case))
        for text in (said.version, said.build, said.settings):
            self.assertEqual(bool(text), said.plugin is not None)
        self.assertEqual(dataclasses.replace(said, version=None, build=None, settings=None),
                         dcc_host.Answer.of(case["answer"]))

    def test_in_process(self):
        self.run_with(world.in_process())

    def test_process_apart(self):
        self.run_with(world.process_apart())


if __name__ == "__main__":
    unittest.main()

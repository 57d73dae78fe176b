# SPDX-License-Identifier: Apache-2.0
"""The process apart, when a plugin in it crashes or hangs."""
import asyncio
import os
import signal
import unittest

import world

SHORT = 0.5  # seconds past the deadline: every deadline here is long past
ONE, TWO, THREE = range(0x90B3D51F30010001, 0x90B3D51F30010004)


def good(counter):
    """Answered at once, whoever else is inside."""
    return {**world.golden_message("I99: an agent that acts"), "counter": str(counter)}


class Crash(unittest.TestCase):
    def setUp(self):
        self.plugins = world.process_apart(grace=SHORT)
        self.addCleanup(self.plugins.close)

    def outcomes(self, messages):
        async def all_at_once():
            return await asyncio.gather(*(self.plugins.decide_async(m) for m in messages))
        return [answer.outcome for answer in asyncio.run(all_at_once())]

    def child(self, plugins=None):
        (plugins or self.plugins).state()  # so it is there again
        pids = []
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/children", encoding="ascii") as children:
                pids += children.read().split()
        [pid] = pids
        return int(pid)

    def test_the_one_that_kills_fails_and_the_others_are_served(self):
        for what in ("crash", "hang"):
            with self.subTest(what):
                messages = [good(i) for i in range(1, 31)]
                messages[10] = world.tariff(what)
                outcomes = self.outcomes(messages)
                self.assertEqual(outcomes.pop(10), "failed")
                self.assertEqual(outcomes, ["answered"] * 29)

    def test_a_child_that_is_killed_costs_nobody_an_answer(self):
        for _ in range(3):
            os.kill(self.child(), signal.SIGKILL)
            self.assertEqual(self.outcomes([good(i) for i in range(1, 11)]), ["answered"] * 10)

    def test_one_originator_cannot_take_an_srv_from_the_others(self):
        for counter in range(1, 4):
            answer = self.plugins.decide(world.tariff("crash", ONE, counter))
            self.assertIn("signal 6, twice", answer.reason)
        child = self.child()
        answer = self.plugins.decide(world.tariff("crash", ONE, 4))
        self.assertEqual(answer.outcome, "failed")
        self.assertIn("3 requests of 90-B3-D5-1F-30-01-00-01", answer.reason)
        self.assertEqual(self.child(), child)  # it was not tried
        self.assertEqual(self.plugins.decide(world.tariff("I99", TWO)).code, "I99")

    def test_a_plugin_is_given_up_after_three_originators_until_a_reload(self):
        for originator in (ONE, TWO, THREE):
            self.assertEqual(self.plugins.decide(world.tariff("I99")).code, "I99")
            self.assertEqual(self.plugins.decide(world.tariff("crash", originator)).outcome,
                             "failed")
        child = self.child()
        answer = self.plugins.decide(world.tariff("I99"))
        self.assertEqual(answer.outcome, "unavailable")
        self.assertIn("8.14.2 is given up until a reload", answer.reason)
        self.assertEqual(self.plugins.decide(good(1)).code, "I99")  # another SRV
        self.assertEqual(self.child(), child)
        self.plugins.reload()
        self.assertEqual(self.plugins.decide(world.tariff("I99")).code, "I99")

    def test_while_it_does_not_start_everything_is_unavailable(self):
        probe = os.path.join(world.WORLD, "probe")
        with open(world.options()["probe"], "rb") as file, open(probe, "wb") as copy:
            copy.write(file.read())
        os.chmod(probe, 0o755)
        with world.process_apart(grace=SHORT, probe=probe) as plugins:
            self.plugins.close()
            os.unlink(probe)
            os.kill(self.child(plugins), signal.SIGKILL)
            answer = plugins.decide(good(1))
            self.assertEqual(answer.outcome, "unavailable")
            self.assertIn(probe, answer.reason)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""DUIS messages from Python: from a request's octets to a response's, and what is refused."""
import json
import os
import time
import unittest

import dcc_host
import world

HUB = "00-DB-12-34-56-78-90-01"


def octets_of(name):
    with open(os.path.join(world.WORLD, name), "rb") as file:
        return file.read()


class DuisTest(unittest.TestCase):
    def setUp(self):
        self.options = json.loads(octets_of("duis.json"))
        self.duis = dcc_host.Duis(self.options)
        self.addCleanup(self.duis.close)
        self.now = int(time.time() * 1000)

    def read(self, octets):
        return self.duis.read(octets, self.now, self.now + 2000)

    def test_what_is_read_is_decided_and_what_is_decided_is_written(self):
        said = self.read(octets_of("request.xml"))
        self.assertEqual((said["kind"], said["device_id"]), ("request", HUB))
        facts = {"user": {"role": "SNA", "status": "Active", "revision": 2},
                 "devices": {HUB: {"type": "CHF", "status": "Commissioned", "revision": 7}}}
        with world.in_process() as plugins:
            answer = plugins.decide({**said["request"], "endpoint": "serviceD", **facts})
        self.assertEqual((answer.outcome, answer.code), ("answered", "E5"))
        response = self.duis.write(said["response"], answer.code, self.now)
        again = self.read(response)
        self.assertEqual((again["kind"], again["code"], again["response"]),
                         ("response", "E5", said["response"]))
        self.assertEqual(again["signer"]["eui"], self.duis.loaded["signer"]["eui"])

    def test_what_a_client_did_wrong_is_an_answer(self):
        self.assertEqual(self.read(octets_of("altered.xml"))["kind"], "signature")
        self.assertEqual(self.read(b"no XML")["kind"], "not_valid")

    def test_what_we_do_wrong_is_an_error(self):
        with self.assertRaisesRegex(dcc_host.DccError, "received_at: -1: "):
            self.duis.read(b"", -1, 0)
        response = self.read(octets_of("request.xml"))["response"]
        with self.assertRaisesRegex(dcc_host.DccError, "not be a valid response") as caught:
            self.duis.write(response, "perhaps", self.now)
        self.assertEqual(caught.exception.status, dcc_host.DccError.INVALID)
        with self.assertRaisesRegex(dcc_host.DccError, "control_broker: 7: "):
            dcc_host.Duis({**self.options, "control_broker": 7})
        with self.assertRaisesRegex(dcc_host.DccError, "/nowhere: "):
            dcc_host.Duis({**self.options, "certificates": "/nowhere"})

    def test_an_answer_takes_as_much_room_as_it_needs_until_the_end(self):
        broken = os.path.join(self.options["certificates"], "x" * 200)
        for i in range(100):
            with open(f"{broken}{i}.pem", "w", encoding="ascii") as file:
                os.fchmod(file.fileno(), 0o644)
            self.addCleanup(os.remove, file.name)
        self.assertEqual(len(self.duis.reload()["problems"]), 100)
        self.duis.close()
        with self.assertRaisesRegex(dcc_host.DccError, "the handle was freed"):
            self.read(b"")


if __name__ == "__main__":
    unittest.main()

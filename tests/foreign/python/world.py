# SPDX-License-Identifier: Apache-2.0
"""What the Python tests share: the world that tests/foreign/in-a-world has made, and messages."""
import base64
import json
import os

import dcc_host

WORLD = os.environ["DCC_WORLD"]
OPTIONS = os.path.join(WORLD, "options.json")


def in_process(**more):
    return dcc_host.in_process(options(**more))


def process_apart(grace=5.0, **more):
    return dcc_host.process_apart(options(**more), grace=grace)


def options(**more):
    with open(OPTIONS, encoding="utf-8") as file:
        return {**json.load(file), **more}


with open(os.environ["DCC_GOLDEN"], encoding="utf-8") as golden:
    GOLDEN = json.load(golden)


def octets_of(case):
    if "message" in case:
        return json.dumps(case["message"]).encode()
    if "text" in case:
        return case["text"].encode()
    if "base64" in case:
        return base64.b64decode(case["base64"])
    return b" " * case["spaces"]


def golden_message(begin):
    """That of the one case whose name begins so."""
    [case] = [case for case in GOLDEN if case["name"].startswith(begin)]
    return json.loads(json.dumps(case["message"]))


def bare():
    """A good request, without facts."""
    return golden_message("asks: nothing is told")


def tariff(code, originator=0x90B3D51F30010000, counter=1):
    """To the golden messages' plugin: what it shall answer; crash and hang, too."""
    message = golden_message("I99: by a fact of a kind of its own")
    message["facts"][0]["values"]["code"] = code
    message["originator"] = dcc_host.eui64(originator)
    message["counter"] = str(counter)
    return message

# SPDX-License-Identifier: Apache-2.0
"""From zero to E5: an agent returns a hub that is installed already. The argument is the options'
file; with --apart the plugin runs in a process of its own."""
import asyncio
import sys

import dcc_host

REQUEST: dcc_host.Request = {
    "srv": "8.14.3", "service_reference": "8.14", "command_variant": 8, "endpoint": "serviceD",
    "originator": dcc_host.eui64(0x90B3D51F30010000), "target": "90-B3-D5-1F-30-00-00-02",
    "counter": "17", "body_element": "CHFFaultReturn",
    "items": [("DeviceID", "00-DB-12-34-56-78-90-01"),
              ("CHFFaultReturnType", "Fault identified prior to installation")],
    "received_at": 1767225601000, "deadline": 1767225603000}


async def lookup(questions):
    """What the adaptor's database knows; a real one awaits it."""
    found = {"devices": {}, "acts": []}
    for question in questions:
        if question["ask"] == "user":
            found["user"] = {"role": "SNA", "status": "Active", "revision": 2}
        elif question["ask"] == "device":
            found["devices"][question["device"]] = {
                "type": "CHF", "status": "Commissioned", "revision": 7}
        elif question["ask"] == "acts":
            found["acts"].append({"agent": question["agent"], "device": question["device"],
                                  "at": question["at"], "holds": True, "revision": 3})
    return found


start = dcc_host.process_apart if "--apart" in sys.argv else dcc_host.in_process
with start(sys.argv[1]) as plugins:
    answer = asyncio.run(plugins.decide_async(REQUEST, lookup))
    print(answer.outcome, answer.code, answer.reason)

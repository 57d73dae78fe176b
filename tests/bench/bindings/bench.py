# SPDX-License-Identifier: Apache-2.0
"""What one decision costs from Python, both ways; in turn. Needs tests/foreign/python."""
import statistics
import sys
import time

import world

ROUNDS, DECISIONS = int(sys.argv[1]), 1000
message = world.golden_message("I99: an agent that acts")
ways = {"in the process": world.in_process(), "in a process apart": world.process_apart()}
times = {way: [] for way in ways}
for _ in range(ROUNDS):
    for way, plugins in ways.items():
        begin = time.perf_counter()
        for _ in range(DECISIONS):
            assert plugins.decide(message).code == "I99"
        times[way].append((time.perf_counter() - begin) * 1e6 / DECISIONS)
for way, plugins in ways.items():
    print(f"| Python, {way} | {statistics.median(times[way]):.1f} |")
    plugins.close()

# SPDX-License-Identifier: Apache-2.0
"""Plugins of DCC adaptors, for adaptors in Python: in this process, or in a process apart.

    with dcc_host.in_process("/etc/my-adaptor/options.json") as plugins:
        answer = plugins.decide(request, lookup)           # or: await plugins.decide_async(...)

dcc/host.h of the SDK says what messages and answers mean; README.md beside this package, the rest.
"""
from .duis import Duis
from .in_process import in_process
from .messages import (Acts, Answer, DccError, Device, Fact, Facts, LogLine, Question, Request,
                       User, eui64)
from .plugins import Plugins
from .process_apart import process_apart

__all__ = ["Acts", "Answer", "DccError", "Device", "Duis", "Fact", "Facts", "LogLine", "Plugins",
           "Question", "Request", "User", "eui64", "in_process", "process_apart"]
__version__ = "1.0.0"

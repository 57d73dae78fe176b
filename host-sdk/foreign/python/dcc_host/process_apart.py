# SPDX-License-Identifier: Apache-2.0
"""Plugins in a process apart: dcc-decide as a child, with many requests in it at once.

When it ends, or has to be killed because a request hangs, it is started again. Handlers are pure,
so the requests that were inside are repeated: one at a time, so that it shows which one kills. That
one fails; the others, and those that came meanwhile, are served.
"""
from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import Any, Deque, Dict, List, Optional

from .child import Child
from .killers import Killers, Who
from .messages import DccError, LogLine
from .plugins import MAX_MESSAGE, Options, Plugins

_MOST_TIME = 60.0  # no deadline is further away than this
_LONGEST_PAUSE = 30.0  # between starts that failed


def process_apart(options: Options, program: str = "dcc-decide", grace: float = 5.0) -> Plugins:
    """Starts dcc-decide, which loads what is in the directories, and whenever their files change,
    unless the options have "watch": false. `grace`: seconds past its deadline after which a request
    that was not answered is one that hangs.

    DccError: it does not run, and why.
    """
    return _ProcessApart(options, program, grace)


class _Sent:
    """A line that is to be answered, maybe by another child than the first it was sent to."""

    def __init__(self, number: int, body: bytes, who: Optional[Who], patience: Optional[float]):
        self.number = number
        self.line = b'{"id":%d,%s}' % (number, body)
        self.who = who  # asks for a decision; None: for something else
        self.patience = patience
        self.until: Optional[float] = None
        self.future: Future[Any] = Future()
        self.future.set_running_or_notify_cancel()  # who does not wait any more cancels nothing

    def answer(self, line: Dict[str, Any]) -> None:
        if "error" in line:
            self.future.set_exception(DccError(line["error"]["status"], line["error"]["reason"]))
        else:
            self.future.set_result(line["answer"])

    def fail(self, outcome: str, reason: str) -> None:
        if self.who is None:
            self.future.set_exception(DccError(DccError.NOT_NOW, reason))
        else:
            self.future.set_result({"outcome": outcome, "reason": reason})


class _ProcessApart(Plugins):
    def __init__(self, options: Options, program: str, grace: float) -> None:
        self._start = lambda: Child(program, options)
        self._grace = grace
        self._lock = threading.Lock()  # guards what follows
        self._last_number = 0
        self._inside: Dict[int, _Sent] = {}
        self._alone: Optional[_Sent] = None  # the only one inside, because it may be a killer
        self._suspects: Deque[_Sent] = deque()
        self._waiting: List[_Sent] = []  # until no suspect is left
        self._killers = Killers()
        self._is_down: Optional[str] = None  # why it does not start
        self._closed = threading.Event()
        self._child: Optional[Child] = self._start()  # None: it is being started
        self._thread = threading.Thread(target=self._run, name="dcc-decide", daemon=True)
        self._thread.start()

    # ---- In any thread ----

    def _send(self, body: bytes, who: Optional[Who] = None,
              patience: Optional[float] = None) -> "Future[Any]":
        with self._lock:
            if self._closed.is_set():
                raise DccError(DccError.INVALID, "closed")
            self._last_number += 1
            sent = _Sent(self._last_number, body, who, patience)
            if self._is_down is not None:
                sent.fail("unavailable", self._is_down)
                return sent.future
            if self._child is None or self._alone is not None:
                self._waiting.append(sent)
                return sent.future
            if not self._let_in(sent):
                return sent.future
            child = self._child
        child.send(sent.line)  # if it has ended, `sent` is a suspect by now
        return sent.future

    def _let_in(self, sent: _Sent) -> bool:
        refusal = sent.who and self._killers.refusal(sent.who)
        if refusal:
            sent.future.set_result(refusal)
            return False
        sent.until = sent.patience and time.monotonic() + sent.patience
        self._inside[sent.number] = sent
        return True

    def _ask(self, message: bytes) -> "Future[Dict[str, Any]]":
        if len(message) > MAX_MESSAGE:
            raise DccError(DccError.INVALID, f"the message has {len(message)} octets, expected "
                                             f"{MAX_MESSAGE} at most")
        try:
            said = json.loads(message)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            said = {}  # which dcc-decide will say, better
        deadline = said.get("deadline")
        left = deadline / 1000 - time.time() if isinstance(deadline, (int, float)) else 0
        # A line end is a space to JSON wherever it may stand; so is a carriage return.
        return self._send(b'"decide":' + message.replace(b"\n", b"\r"), Who.of(said),
                          min(max(left, 0), _MOST_TIME) + self._grace)

    def _decide(self, message: bytes) -> Dict[str, Any]:
        return self._ask(message).result()

    async def _decide_async(self, message: bytes) -> Dict[str, Any]:
        return await asyncio.wrap_future(self._ask(message))

    def state(self) -> Dict[str, Any]:
        return self._send(b'"state":true').result()

    def reload(self, every: bool = False) -> Dict[str, Any]:
        state = self._send(b'"reload":"all"' if every else b'"reload":"changed"').result()
        with self._lock:
            self._killers.clear()
        return state

    def log(self) -> List[LogLine]:
        return self._send(b'"log":true').result()

    def close(self) -> None:
        with self._lock:
            self._closed.set()
            child = self._child
        if child is not None:
            child.no_more()
            self._thread.join(self._grace)
            child.kill()
        self._thread.join()

    # ---- In the thread that reads ----

    def _run(self) -> None:
        while self._child is not None:
            self._read(self._child)
            self._has_ended(self._child.end())
            self._restart()
        for sent in [*self._suspects, *self._waiting]:
            sent.future.set_exception(DccError(DccError.INVALID, "closed"))

    def _read(self, child: Child) -> None:
        tick = self._grace / 4
        look_at = time.monotonic() + tick
        while (line := child.line(tick)) is not None:
            if line:
                self._answered(json.loads(line))
            if time.monotonic() < look_at:
                continue
            look_at = time.monotonic() + tick
            with self._lock:
                hangs = any(s.until and s.until < look_at - tick for s in self._inside.values())
            if hangs:
                child.kill()

    def _answered(self, line: Dict[str, Any]) -> None:
        with self._lock:
            sent = self._inside.pop(line["id"], None)
            was_alone = sent is not None and sent is self._alone
        if sent is not None:
            sent.answer(line)
        if was_alone:
            self._go_on()

    def _has_ended(self, how: str) -> None:
        with self._lock:
            self._child = None
            if self._alone is None:
                self._suspects.extend(self._inside.values())
            else:
                if self._alone.who:
                    self._killers.add(self._alone.who)
                self._alone.fail("failed", f"dcc-decide {how}, twice, with this request inside")
            self._alone = None
            self._inside.clear()

    def _restart(self) -> None:
        pause = 1.0
        while not self._closed.is_set():
            try:
                child = self._start()
            except (DccError, OSError) as error:
                with self._lock:
                    self._is_down = str(error)
                    for sent in [*self._suspects, *self._waiting]:
                        sent.fail("unavailable", self._is_down)
                    self._suspects.clear()
                    self._waiting.clear()
                self._closed.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            with self._lock:
                self._child, self._is_down = child, None
                if self._closed.is_set():
                    child.no_more()
            self._go_on()
            return

    def _go_on(self) -> None:
        """Tries the next suspect alone; if there is none, lets in all that wait."""
        with self._lock:
            self._alone = None
            sent: List[_Sent] = []
            while self._suspects and not sent:
                suspect = self._suspects.popleft()
                if self._let_in(suspect):
                    self._alone = suspect
                    sent = [suspect]
            if not sent:
                sent = [one for one in self._waiting if self._let_in(one)]
                self._waiting.clear()
            child = self._child
        for one in sent:
            child.send(one.line)

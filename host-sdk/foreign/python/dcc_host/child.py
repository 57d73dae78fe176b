# SPDX-License-Identifier: Apache-2.0
"""dcc-decide as a child: lines to it and from it."""
from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from typing import Optional

from .messages import DccError
from .plugins import Options

_F_SETPIPE_SZ = 1031  # of Linux; fcntl has it from Python 3.10 on
_PIPE_ROOM = 1 << 20  # so that who sends does not wait while the child is busy


class Child:
    """Starts, and waits until everything is loaded. DccError: it has ended instead, and why."""

    def __init__(self, program: str, options: Options) -> None:
        self._buffer = b""
        self._last_words = ""
        self._writing = threading.Lock()
        path = options if isinstance(options, str) else _written(options)
        try:
            self._process = subprocess.Popen([program, path], stdin=subprocess.PIPE, bufsize=0,
                                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            with contextlib.suppress(OSError):  # more than this user may have
                fcntl.fcntl(self._process.stdin, _F_SETPIPE_SZ, _PIPE_ROOM)
            self._poll = select.poll()
            self._poll.register(self._process.stdout, select.POLLIN)
            self._errors = threading.Thread(target=self._copy_errors, daemon=True)
            self._errors.start()
            self.send(b'{"id":0,"state":true}')
            if self.line() is None:
                raise DccError(DccError.NOT_NOW, f"{program} {self.end()}: {self._last_words}")
        finally:
            if path is not options:
                os.unlink(path)

    def _copy_errors(self) -> None:
        for line in self._process.stderr:
            self._last_words = line.decode(errors="replace").strip()
            print(self._last_words, file=sys.stderr)

    def send(self, line: bytes) -> None:
        """Whether it has arrived, only an answer tells."""
        rest = memoryview(line + b"\n")
        with self._writing:
            try:
                while rest:
                    rest = rest[self._process.stdin.write(rest):]
            except (BrokenPipeError, ValueError):
                pass

    def line(self, timeout: Optional[float] = None) -> Optional[bytes]:
        """The next; empty: none in time. None: it has ended. One thread at a time."""
        while True:
            line, end, rest = self._buffer.partition(b"\n")
            if end:
                self._buffer = rest
                return line
            if not self._poll.poll(None if timeout is None else timeout * 1000):
                return b""
            octets = os.read(self._process.stdout.fileno(), 1 << 16)
            if not octets:
                return None
            self._buffer += octets

    def kill(self) -> None:
        self._process.kill()

    def no_more(self) -> None:
        """It ends when it has answered."""
        with self._writing:
            self._process.stdin.close()

    def end(self) -> str:
        """Waits for it, and says how it has ended."""
        code = self._process.wait()
        self._errors.join()
        with self._writing:
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.stderr.close()
        return f"ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


def _written(options: object) -> str:
    file, path = tempfile.mkstemp(prefix="dcc-decide-", suffix=".json")
    with os.fdopen(file, "w", encoding="utf-8") as text:
        json.dump(options, text)
    return path

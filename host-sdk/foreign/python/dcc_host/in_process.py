# SPDX-License-Identifier: Apache-2.0
"""Plugins in this process: the functions of dcc/host.h by ctypes, which lets go of the GIL."""
from __future__ import annotations

import ctypes
import json
import threading
from ctypes import c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any, Callable, Dict, List

from .messages import DccError, LogLine
from .plugins import Options, Plugins

_ABI_MAJOR = 1
_ROOM = 4096  # enough for most answers
_LOG_ROOM = 1 << 20
_HOUR_MS = 3600 * 1000
_read = json.JSONDecoder().raw_decode  # as loads(), for less: the library writes nothing behind


def in_process(options: Options, library: str = "libdcc-host-c.so.1") -> Plugins:
    """Loads what is in the directories, and whenever their files change, unless the options have
    "watch": false. A plugin that crashes takes this process along.

    DccError: an option is wrong; it says which. OSError: there is no such library.
    """
    return _InProcess(options, library)


def _load(path: str) -> ctypes.CDLL:
    library = ctypes.CDLL(path)
    for name, result, arguments in (
            ("abi", c_uint32, ()),
            ("new", c_void_p, (c_char_p, c_size_t, c_char_p, c_size_t)),
            ("reload", c_int32, (c_void_p, c_int32)),
            ("state", c_int64, (c_void_p, c_char_p, c_size_t)),
            ("changed", c_int32, (c_void_p, c_int32)),
            ("log", c_int64, (c_void_p, c_char_p, c_size_t)),
            ("decide", c_int64, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
            ("free", None, (c_void_p,))):
        function = getattr(library, "dcch_" + name)
        function.restype, function.argtypes = result, arguments
    major = library.dcch_abi() >> 16
    if major != _ABI_MAJOR:
        raise DccError(DccError.INVALID, f"{path}: major {major}, expected {_ABI_MAJOR}")
    return library


def _watch(library: ctypes.CDLL, handle: int) -> None:
    while (changed := library.dcch_changed(handle, _HOUR_MS)) >= 0:  # negative: freed
        if changed:
            library.dcch_reload(handle, 0)


class _InProcess(Plugins):
    def __init__(self, options: Options, library: str) -> None:
        if isinstance(options, str):
            with open(options, encoding="utf-8") as file:
                options = json.load(file)
        options = {"watch": True, **options}
        text = json.dumps(options).encode()
        self._library = _load(library)
        error = ctypes.create_string_buffer(_ROOM)
        self._handle = self._library.dcch_new(text, len(text), error, len(error))
        if not self._handle:
            raise DccError(DccError.INVALID, error.value.decode())
        self._reload(1)
        if options["watch"]:
            threading.Thread(target=_watch, args=(self._library, self._handle),
                             name="dcc-host-watch", daemon=True).start()

    def _call(self, function: Callable[..., int], *arguments: Any, room: int = _ROOM) -> Any:
        while True:
            out = ctypes.create_string_buffer(room)
            size = function(self._handle, *arguments, out, room)
            if size < 0:
                raise DccError(-size, out.value.decode())
            if size < room:
                return _read(out[:size].decode())[0]
            room = size + 1

    def _decide(self, message: bytes) -> Dict[str, Any]:
        return self._call(self._library.dcch_decide, message, len(message))

    async def _decide_async(self, message: bytes) -> Dict[str, Any]:
        return self._decide(message)  # within microseconds

    def state(self) -> Dict[str, Any]:
        return self._call(self._library.dcch_state)

    def _reload(self, every: int) -> None:
        status = self._library.dcch_reload(self._handle, every)
        if status < 0:
            raise DccError(-status, "reload: closed, or forked" if status != -DccError.INTERNAL
                           else "reload: no memory")

    def reload(self, every: bool = False) -> Dict[str, Any]:
        self._reload(every)
        return self.state()

    def log(self) -> List[LogLine]:
        return self._call(self._library.dcch_log, room=_LOG_ROOM)

    def close(self) -> None:
        self._library.dcch_free(self._handle)

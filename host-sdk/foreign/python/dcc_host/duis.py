# SPDX-License-Identifier: Apache-2.0
"""DUIS messages in and out: the functions of dcc/duis.h by ctypes, which lets go of the GIL."""
from __future__ import annotations

import ctypes
import json
from ctypes import c_char_p, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any, Callable, Dict, Mapping

from .messages import DccError

_ABI_MAJOR = 1
_ROOM = 16384  # enough for most answers


def _load(path: str) -> ctypes.CDLL:
    library = ctypes.CDLL(path)
    for name, result, arguments in (
            ("abi", c_uint32, ()),
            ("new", c_void_p, (c_char_p, c_size_t, c_char_p, c_size_t)),
            ("reload", c_int64, (c_void_p, c_char_p, c_size_t)),
            ("read", c_int64, (c_void_p, c_char_p, c_size_t, c_int64, c_int64, c_char_p, c_size_t)),
            ("write", c_int64, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
            ("free", None, (c_void_p,))):
        function = getattr(library, "dccd_" + name)
        function.restype, function.argtypes = result, arguments
    major = library.dccd_abi() >> 16
    if major != _ABI_MAJOR:
        raise DccError(DccError.INVALID, f"{path}: major {major}, expected {_ABI_MAJOR}")
    return library


class Duis:
    """Reads what clients send, and writes what they are answered; from any thread.

    `options` are those of dccd_new(). What dcc/duis.h says of answers holds here; DccError: what
    was given is wrong, or it is not possible now. OSError: there is no such library.
    """

    def __init__(self, options: Mapping[str, Any], library: str = "libdcc-duis-c.so.1") -> None:
        text = json.dumps(options).encode()
        self._library = _load(library)
        error = ctypes.create_string_buffer(_ROOM)
        self._handle = self._library.dccd_new(text, len(text), error, len(error))
        if not self._handle:
            raise DccError(DccError.INVALID, error.value.decode())
        try:
            self.loaded = self.reload()
        except DccError:
            self.close()
            raise

    def _call(self, function: Callable[..., int], *arguments: Any) -> bytes:
        room = _ROOM
        while True:
            out = ctypes.create_string_buffer(room)
            size = function(self._handle, *arguments, out, room)
            if size < 0:
                raise DccError(-size, out.value.decode())
            if size < room:
                return ctypes.string_at(out, size)
            room = size + 1

    def reload(self) -> Dict[str, Any]:
        """Reads certificates and key anew. The result says what was left out, and who signs."""
        self.loaded = json.loads(self._call(self._library.dccd_reload))
        return self.loaded

    def read(self, octets: bytes, received_at: int, deadline: int) -> Dict[str, Any]:
        """What a message says; only one of `kind` "request" is a request. Times: Unix milliseconds."""
        return json.loads(self._call(self._library.dccd_read, octets, len(octets), received_at,
                                     deadline))

    def write(self, response: Mapping[str, Any], code: str, time: int) -> bytes:
        """`response` is that of what was read."""
        fields = json.dumps({**response, "code": code, "time": time}).encode()
        return self._call(self._library.dccd_write, fields, len(fields))

    def close(self) -> None:
        self._library.dccd_free(self._handle)

    def __enter__(self) -> Duis:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

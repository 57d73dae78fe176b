# SPDX-License-Identifier: Apache-2.0
"""The face of both ways to plugins: decide, ask the adaptor what is open, decide again."""
from __future__ import annotations

import json
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Sequence, Type, Union

from .messages import Answer, DccError, Facts, LogLine, Question, Request

Lookup = Callable[[Sequence[Question]], Facts]
AsyncLookup = Callable[[Sequence[Question]], Awaitable[Facts]]
Options = Union[str, Mapping[str, Any]]  # of dcch_new(); a text is the path of a file with them

MAX_ROUNDS = 8
MAX_MESSAGE = 1048576
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False,
                           separators=(",", ":")).encode


class _Rounds:
    """A request on its way: what is known grows from round to round."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._message: Dict[str, Any] = dict(request)
        self._rounds = 0
        self._asked: Sequence[Question] = ()

    def text(self) -> bytes:
        try:
            return _encode(self._message).encode()
        except (TypeError, ValueError, RecursionError) as error:  # what JSON cannot say
            raise DccError(DccError.INVALID, f"the request: {error}") from error

    def final(self, answer: Answer) -> Optional[Answer]:
        """The answer, unless there is something to look up."""
        if answer.outcome != "asks":
            return answer
        if answer.questions == self._asked:
            return Answer("failed", reason=f"the lookup has not answered {answer.questions[0]}")
        self._rounds += 1
        if self._rounds == MAX_ROUNDS:
            return Answer("failed", reason=f"the plugin still asks after {MAX_ROUNDS} rounds")
        self._asked = answer.questions
        return None

    def add(self, found: Mapping[str, Any]) -> None:
        for name, value in found.items():
            known = self._message.get(name)
            if name == "devices" and known:
                value = {**known, **value}
            elif name in ("acts", "facts") and known:
                value = [*known, *value]
            self._message[name] = value


class Plugins(ABC):
    """Safe from any thread. After close() every call raises DccError."""

    def decide(self, request: Request, lookup: Optional[Lookup] = None) -> Answer:
        """Decides. `lookup` is asked the open questions, at most eight times, and gives what it
        found; without one the answer may be "asks". What it raises comes out here.

        DccError: the request or what was found is wrong; it names the member and the value.
        """
        rounds = _Rounds(request)
        while True:
            answer = self.decide_text(rounds.text())
            final = answer if lookup is None else rounds.final(answer)
            if final is not None:
                return final
            rounds.add(lookup(answer.questions))

    async def decide_async(self, request: Request, lookup: Optional[AsyncLookup] = None) -> Answer:
        """The same for an event loop; `lookup` is awaited."""
        rounds = _Rounds(request)
        while True:
            answer = Answer.of(await self._decide_async(rounds.text()))
            final = answer if lookup is None else rounds.final(answer)
            if final is not None:
                return final
            rounds.add(await lookup(answer.questions))

    def decide_text(self, message: bytes) -> Answer:
        """One round for a message of JSON, as it is."""
        return Answer.of(self._decide(message))

    @abstractmethod
    def _decide(self, message: bytes) -> Dict[str, Any]:
        ...

    @abstractmethod
    async def _decide_async(self, message: bytes) -> Dict[str, Any]:
        ...

    @abstractmethod
    def state(self) -> Dict[str, Any]:
        """As dcch_state()."""

    @abstractmethod
    def reload(self, every: bool = False) -> Dict[str, Any]:
        """Brings what is live in line with the directories, now; blocks. Gives the state. `every`:
        tries again also what has not changed."""

    @abstractmethod
    def log(self) -> List[LogLine]:
        """Takes the lines of the log so far."""

    @abstractmethod
    def close(self) -> None:
        """Withdraws everything, when the calls under way have ended. Twice is once."""

    def __enter__(self) -> Plugins:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

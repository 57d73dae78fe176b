# SPDX-License-Identifier: Apache-2.0
"""What is said to plugins and by them: the messages of dcc/host.h, typed.

Requests and facts are dictionaries, as they travel; answers are objects. EUI-64s and counters are
texts; eui64() spells a number.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, TypedDict


class User(TypedDict):
    role: str
    status: str
    revision: int


class Device(TypedDict):
    type: str
    status: str
    revision: int


class _Acts(TypedDict):
    agent: str
    at: int
    holds: bool
    revision: int


class Acts(_Acts, total=False):
    """Does `agent` act on the day of `at`; without a device: for any Supplier."""

    device: str


class Fact(TypedDict):
    kind: str
    key: str
    values: Optional[Mapping[str, str]]
    revision: int


class Facts(TypedDict, total=False):
    """What the adaptor knows. None: it is not there; a member that is absent: not told yet."""

    user: Optional[User]
    devices: Dict[str, Optional[Device]]
    acts: List[Acts]
    facts: List[Fact]
    unavailable: str


class _Request(TypedDict):
    srv: str
    service_reference: str
    command_variant: int
    originator: str
    target: str
    counter: str
    body_element: str
    items: Sequence[Tuple[str, str]]
    received_at: int
    deadline: int


class Request(_Request, Facts, total=False):
    """A request that has been authenticated, and facts that are known already."""

    endpoint: str
    canonical: str


class _Question(TypedDict):
    ask: str  # "user", "device", "acts" or "fact"


class Question(_Question, total=False):
    device: str
    agent: str
    at: int
    kind: str
    key: str


@dataclass(frozen=True)
class Answer:
    """Only outcome "answered" is one to commit, if everything in `read` still holds."""

    outcome: str
    code: Optional[str] = None
    reason: str = ""
    questions: Tuple[Question, ...] = ()
    plugin: Optional[str] = None
    version: Optional[str] = None
    build: Optional[str] = None
    settings: Optional[str] = None
    read: Facts = field(default_factory=lambda: Facts())

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Answer:
        """Members that a later library adds are passed over."""
        said = answer.get
        return cls(answer["outcome"], said("code"), said("reason", ""), tuple(said("questions", ())),
                   said("plugin"), said("version"), said("build"), said("settings"),
                   said("read") or Facts())


class LogLine(TypedDict):
    level: str
    source: str
    line: str


class DccError(Exception):
    """A call that was not carried out. `status` is a dcc_status of dcc/plugin.h."""

    INVALID, NOT_NOW, INTERNAL = 3, 5, 6

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def eui64(number: int) -> str:
    """90-B3-D5-1F-30-01-00-00 for 0x90B3D51F30010000."""
    return number.to_bytes(8, "big").hex("-").upper()

# SPDX-License-Identifier: Apache-2.0
"""Which requests have ended dcc-decide, and who is not let in for that.

A request is a killer if the process ended twice with it inside, the second time with nothing else.
One originator alone must not take an SRV from everybody, so: three killers of one originator, and
this originator's requests for the SRV fail untried; killers of three originators, and the SRV is
given up. Both until reload().
"""
from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple, Optional, Set

MOST = 3


class Who(NamedTuple):
    srv: str
    originator: str
    request_id: str

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Who:
        originator = str(message.get("originator")).upper()
        return cls(str(message.get("srv")), originator,
                   f"{originator}:{message.get('target')}:{message.get('counter')}")


class Killers:
    """One thread at a time."""

    def __init__(self) -> None:
        self._by_srv: Dict[str, Dict[str, Set[str]]] = {}

    def add(self, who: Who) -> None:
        self._by_srv.setdefault(who.srv, {}).setdefault(who.originator, set()).add(who.request_id)

    def clear(self) -> None:
        self._by_srv.clear()

    def refusal(self, who: Who) -> Optional[Dict[str, str]]:
        """The answer to one that is not let in."""
        by_originator = self._by_srv.get(who.srv, {})
        if len(by_originator) >= MOST:
            return {"outcome": "unavailable",
                    "reason": f"the plugin for {who.srv} is given up until a reload: requests of "
                              f"{len(by_originator)} originators have killed it"}
        killers = len(by_originator.get(who.originator, ()))
        if killers >= MOST:
            return {"outcome": "failed",
                    "reason": f"not tried until a reload: {killers} requests of {who.originator} "
                              f"have killed the plugin for {who.srv}"}
        return None

"""Acts: what happened, who did it, on what ground. Append-only, and a hash chain.

Each act's digest is SHA-256 over the previous digest and the act's own canonical JSON. Changing, removing or
reordering any act breaks every digest after it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

__all__ = ["GENESIS", "Act", "Entry", "act_digest", "canonical"]

GENESIS = "0" * 64
"""What stands before the first act."""


@dataclass(frozen=True)
class Act:
    """Something a person or a program did.

    Parameters:
        at: when, with zone.
        by: who.
        kind: a word of the record: ``ingest``, ``flag.override``, ``law.import``, ``station.import``, …
        ground: why, in words or by provision.
        evidence: plain JSON: digests, counts, parameters.
    """

    at: datetime
    by: str
    kind: str
    ground: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"an act wants a time with a zone, got {self.at!r}")
        if not self.by.strip() or not self.kind.strip():
            raise ValueError(f"an act wants who and what, got by={self.by!r}, kind={self.kind!r}")
        # As JSON would give it back: a number as a key, say, sorts differently once it is a text.
        object.__setattr__(self, "evidence", json.loads(json.dumps(self.evidence, allow_nan=False)))

    def plain(self) -> dict[str, Any]:
        """The act as JSON values; the time in UTC with microseconds."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return {"at": at, "by": self.by, "kind": self.kind, "ground": self.ground, "evidence": self.evidence}


@dataclass(frozen=True)
class Entry:
    """An act in the chain: its place, what stood before it, its digest."""

    seq: int
    act: Act
    previous: str
    digest: str


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same content is the same text.

    >>> canonical({"b": 1, "a": "京"})
    '{"a":"京","b":1}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def act_digest(previous: str, seq: int, act: Act) -> str:
    """The digest of an act at place ``seq`` after ``previous``."""
    return hashlib.sha256(f"{previous}\n{seq}\n{canonical(act.plain())}".encode()).hexdigest()

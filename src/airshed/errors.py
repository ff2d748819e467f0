"""The tree of errors. A message says what was wanted, what came, and what to do.

AirshedError
├── BadInput            a file, value or argument that cannot be understood
│   ├── UnknownUnit     a unit text the catalogue cannot convert
│   ├── UnknownPlace    a name or code no gazetteer row answers to
│   ├── UnknownVariable a species no catalogue row answers to
│   └── UnknownFeed     a feed nobody has written
├── LawNotFound         no provision for that subject, day and place
├── BadLawText          a law file that is not well formed
├── StoreError          the lake or the database cannot do what was asked
│   ├── NotAWorkspace   the folder holds no airshed.toml
│   └── Conflict        another writer was first and retries ran out
├── RecordBroken        the hash chain does not verify
└── Missing             an optional part (boundaries, Spark, PostgreSQL, Chromium) is not installed
"""

from __future__ import annotations

__all__ = [
    "AirshedError",
    "BadInput",
    "BadLawText",
    "Conflict",
    "LawNotFound",
    "Missing",
    "NotAWorkspace",
    "RecordBroken",
    "StoreError",
    "UnknownFeed",
    "UnknownPlace",
    "UnknownUnit",
    "UnknownVariable",
]


class AirshedError(Exception):
    """Base of every error Airshed raises on purpose.

    ``str(error)`` is one sentence with all three parts; the parts stay readable by themselves.
    """

    def __init__(self, wanted: str, came: str = "", advice: str = "") -> None:
        self.wanted, self.came, self.advice = wanted, came, advice
        parts = [wanted]
        if came:
            parts.append(f"got {came}")
        if advice:
            parts.append(advice)
        super().__init__("; ".join(parts))


class BadInput(AirshedError):
    """Input that cannot be understood as it is."""


class UnknownUnit(BadInput):
    """A unit text that cannot be converted to the variable's unit."""


class UnknownPlace(BadInput):
    """A place name or code that no gazetteer row answers to."""


class UnknownVariable(BadInput):
    """A variable that the catalogue does not hold."""


class UnknownFeed(BadInput):
    """A feed that does not exist."""


class LawNotFound(AirshedError):
    """No provision for that subject, day and place: refused by name rather than guessed."""


class BadLawText(AirshedError):
    """A law file that is not well formed."""


class StoreError(AirshedError):
    """The lake or the database cannot do what was asked."""


class NotAWorkspace(StoreError):
    """The folder holds no ``airshed.toml``."""


class Conflict(StoreError):
    """Another writer was first, and the retries ran out."""


class RecordBroken(AirshedError):
    """The hash chain of the record does not verify."""


class Missing(AirshedError):
    """An optional part that is not installed here."""

"""What happened: acts in a hash chain."""

from airshed.record.acts import GENESIS, Act, Entry, act_digest, canonical
from airshed.record.chain import append, entries, head, verify

__all__ = ["GENESIS", "Act", "Entry", "act_digest", "append", "canonical", "entries", "head", "verify"]

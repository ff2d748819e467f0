"""What the texts say: dated, sourced, by place."""

from airshed.law.book import Book, LawView
from airshed.law.provision import Instrument, Provision, Status

__all__ = ["Book", "Instrument", "LawView", "Provision", "Status"]

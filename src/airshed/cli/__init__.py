"""The command line: ``airshed``."""

from airshed.cli.main import main

__all__ = ["main"]

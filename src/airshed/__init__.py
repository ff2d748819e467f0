"""Airshed · 联防联控 · 区域大气: one sky, one chain from the monitor to the bill.

>>> import airshed
>>> airshed.__version__
'0.1.0'
"""

from airshed.workspace import Settings, Workspace, init
from airshed.workspace import open_workspace as open  # noqa: A004 -- airshed.open(folder) reads as meant

__version__ = "0.1.0"
__all__ = ["Settings", "Workspace", "__version__", "init", "open"]

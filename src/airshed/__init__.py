"""Airshed · 联防联控 · 区域大气: one sky, one chain from the monitor to the bill."""

__version__ = "0.1.0"
__all__ = ["__version__"]

"""Pages: each one a function that makes a plain dict, and a template that prints it."""

from airshed.web.pages.registry import PAGES, Page

__all__ = ["PAGES", "Page"]

"""Pages and their ``.json`` twins."""

from airshed.web.app import create_app

__all__ = ["create_app"]

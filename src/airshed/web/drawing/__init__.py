"""Server-made pictures: the map, the series, the calendar. Plain geometry in, plain data and SVG paths out."""

from airshed.web.drawing.calendar import calendar_grid
from airshed.web.drawing.map import MapView, draw_map, map_picture
from airshed.web.drawing.plane import GridPlane
from airshed.web.drawing.series import draw_series, series_picture

__all__ = [
    "GridPlane",
    "MapView",
    "calendar_grid",
    "draw_map",
    "draw_series",
    "map_picture",
    "series_picture",
]

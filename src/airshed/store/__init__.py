"""Our memory: the database, the lake, the engines that read it, and the View of whoever reads."""

from airshed.store.database import Database
from airshed.store.engines import DuckDBEngine, Engine, SparkEngine
from airshed.store.lake import Commit, Lake, LakeFile, Snapshot, from_micros, sync_folder, to_micros
from airshed.store.stations import add_stations, count_stations, read_stations
from airshed.store.table import KEY, OBSERVATIONS, STAGES
from airshed.store.view import View

__all__ = [
    "KEY",
    "OBSERVATIONS",
    "STAGES",
    "Commit",
    "Database",
    "DuckDBEngine",
    "Engine",
    "Lake",
    "LakeFile",
    "Snapshot",
    "SparkEngine",
    "View",
    "add_stations",
    "count_stations",
    "from_micros",
    "read_stations",
    "sync_folder",
    "to_micros",
]

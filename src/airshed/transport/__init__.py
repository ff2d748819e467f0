"""Who breathes whose air: operators, footprints, contributions, particles."""

__all__: list[str] = []

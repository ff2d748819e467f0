"""What is put into the air: inventories, profiles, release on the grid, reductions."""

__all__: list[str] = []

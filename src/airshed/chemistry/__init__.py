"""What becomes of it on the way: linear chains with frozen, sourced rates."""

__all__: list[str] = []

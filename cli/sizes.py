"""Sizes, as a person reads them."""


def sized(size_b: int) -> str:
    """Answer a number of bytes in the unit that fits, such as 1.5 MiB."""
    size = float(size_b)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"

"""Numbers of bytes as people say them."""

__all__ = ["human_size"]


def human_size(count: float) -> str:
    """34 B; 1.2 KB; 120 MB; 3.4 TB. Thousands, as disks and helpdesks count."""
    if count < 1000:
        return f"{count:.0f} B"
    for unit in ("KB", "MB", "GB", "TB"):
        count /= 1000
        # What would be shown as 1000 is one of the next unit.
        if count < 999.5 or unit == "TB":
            break
    return f"{count:.1f} {unit}" if count < 9.95 else f"{count:.0f} {unit}"

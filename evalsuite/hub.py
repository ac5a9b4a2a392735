"""Whether the user has switched the model hub off."""

import os

__all__ = ["hub_is_off"]


def hub_is_off() -> bool:
    """Tell whether ``HF_HUB_OFFLINE`` forbids the hub, read as the hub's own client reads it."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "TRUE", "YES", "ON"}

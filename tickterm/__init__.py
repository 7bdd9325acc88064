"""tickterm: a terminal dashboard that is a market-data gateway."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("tickterm")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]

"""What `tickterm check` says of analytics: what it needs, and whether one is at work."""

from __future__ import annotations

import time
from importlib import import_module

from tickterm.backends.commands import packed
from tickterm.backends.redis_link import RedisLost, open_redis
from tickterm.engine.patterns.heartbeat import Heartbeat
from tickterm.errors import UnreachableError
from tickterm.market.redis_events import HEARTBEAT_KEY
from tickterm.market.text import clean
from tickterm.settings import Settings

__all__ = ["look_at_analytics"]


async def look_at_analytics(configured: Settings) -> str:
    """Return in words what analytics has here, and whether one gives a sign of life anywhere.

    None is needed: that TA-Lib is not installed is fine.

    Raises:
        SettingsError: there is no such pattern, or the URL of the bars is wrong.
        UnreachableError: TA-Lib is there but broken, or the database of the bars cannot be used.
    """
    # here, because they need SQLAlchemy, which `tickterm --help` does not
    from tickterm.analytics.bars_trial import try_bars
    from tickterm.analytics.talib_patterns import chosen

    patterns = chosen(configured.patterns)
    bars = await try_bars(configured.bars_url)
    life = await _sign_of_life(configured.redis_url)
    if not _has_talib():
        return f"not installed: pip install 'tickterm[analytics]' if you want it; {life}"
    return f"TA-Lib for {len(patterns)} patterns; bars: {bars}; {life}"


def _has_talib() -> bool:
    try:
        import_module("talib")
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name in ("talib", "numpy"):
            return False
        raise UnreachableError(
            f"TA-Lib is installed but cannot be loaded, {clean(error, 160)}: "
            "pip install --force-reinstall 'tickterm[analytics]'"
        ) from None
    return True


async def _sign_of_life(redis_url: str) -> str:
    """Return who looks for patterns; that Redis cannot be reached is told elsewhere."""
    try:
        async with open_redis(redis_url) as link:
            value = (await link.exchange([packed("GET", HEARTBEAT_KEY)], 1))[0]
    except RedisLost:
        return "whether one is at work is not known: Redis was not reached"
    if isinstance(value, Exception):
        return f"whether one is at work is not known: {clean(value, 120)}"
    heartbeat, now = Heartbeat(), time.monotonic()
    heartbeat.read(value[:64] if isinstance(value, bytes) else None, now, time.time())
    if heartbeat.changed_at is None:
        return "none is at work, the engine's own rules look for patterns"
    return f"one is at work, heartbeat {now - heartbeat.changed_at:.0f} s ago"

"""Candles and ticks of what somebody looks at."""

"""The analytics process: ticks from Redis to bars, patterns and indicators, and back to Redis."""

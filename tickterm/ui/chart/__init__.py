"""The chart of one symbol, and what stands beside it."""

"""Latencies and figures: the panel, and the line at the bottom."""

"""What goes to Redis: ticks to channels and streams, and news."""

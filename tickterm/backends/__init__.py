"""Redis and SQL databases as people write their URLs: how to connect, and what an error means."""

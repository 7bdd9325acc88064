"""The gateway: holds the link, keeps the state, feeds Redis and the viewers."""

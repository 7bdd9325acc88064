"""The viewer page: the static files that the broadcaster serves at `/`."""

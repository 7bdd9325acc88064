"""A server of the Massive protocol: demo feed, replays of recordings, faults on demand."""

"""The screen. It reads `Snapshot`, sends verbs, and has never heard of the engine."""

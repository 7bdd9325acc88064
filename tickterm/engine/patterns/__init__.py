"""Pattern events: those of others, and those of the engine's own rules."""

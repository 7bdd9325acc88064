"""The commands: they parse arguments, read the settings and wire the parts."""

"""The board: all symbols, as tiles or as a table."""

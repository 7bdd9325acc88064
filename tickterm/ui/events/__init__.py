"""The pane of patterns, and what marks come of them."""

"""What the keys do, by pane."""

"""What several panes are made of."""

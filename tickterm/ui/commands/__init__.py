"""What a person can do: names, keys and help, by pane."""

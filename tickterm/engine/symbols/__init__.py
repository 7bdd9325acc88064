"""What is watched: universes of the table, and lists of people."""

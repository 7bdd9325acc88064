"""Drawing in words and characters, and the looks that make them colours."""

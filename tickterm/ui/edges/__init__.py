"""The lines at the edges of the screen: header, status, hints."""

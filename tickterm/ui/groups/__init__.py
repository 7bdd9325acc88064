"""Groups of symbols: the dialog and its questions."""

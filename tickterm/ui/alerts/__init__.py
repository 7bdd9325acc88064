"""Alerts: the dialog, its questions, their news."""

"""Alerts: judged, told, kept."""

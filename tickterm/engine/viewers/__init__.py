"""Viewers: WebSocket clients, from the handshake to the last tick."""

"""The dashboard in a browser: every tab gets a screen, a process of its own, over a WebSocket.

The page's terminal is that of textual-serve; the server around it is ours, because theirs asks
nobody who they are and waits for ever for a screen that will not end.
"""

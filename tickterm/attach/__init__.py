"""The viewer's side: a screen's engine that runs in another process."""

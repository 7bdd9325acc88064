"""What lies between the screen and its terminal: input, signals, frames."""

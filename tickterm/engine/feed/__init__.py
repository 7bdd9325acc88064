"""The feed: connecting, signing in, subscribing, staying."""

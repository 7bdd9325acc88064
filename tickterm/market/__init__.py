"""The pure core: values and rules. No asyncio, no sockets, no clock, no logging."""

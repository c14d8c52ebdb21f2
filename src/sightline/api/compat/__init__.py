"""The routes that clients of other systems expect, over the same services as our own."""

"""What requests and responses hold, as far as more than one module says it."""

"""What a server needs to be one: who may come in, its settings, and how it is."""

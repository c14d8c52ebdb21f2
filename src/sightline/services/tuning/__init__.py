"""How good spans are, and the numbers that make them better."""

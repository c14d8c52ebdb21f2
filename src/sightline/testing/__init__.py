"""Ground to test on: videos whose truth is known, an endpoint that can see it, and fakes.

Nothing in the product imports this package, and it needs the test dependencies (`h11`).
"""

"""What answers asks: servers, engines in this process, and the pool of all of them.

Importing this package loads no vendor's SDK: each adapter brings its own, when it is first used.
"""

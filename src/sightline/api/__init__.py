"""The services over HTTP: routes, live events, and other systems' routes."""

"""Watch video with vision-language models: exact, honest, never loses work.

>>> from sightline import analyze
>>> result = analyze("clip.mp4", tags=["car"])
"""

__version__ = "0.1.0"

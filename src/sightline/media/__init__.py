"""From a file to frames: what a video holds, which frames to look at, and their pictures.

`source.FileSource` is the way in; `sampling` and `times` are pure. Importing this package, and
those two, loads no codec.
"""

"""Everything that touches a codec. It runs in a child process only.

What a C decoder does with bytes from anywhere is not ours to trust: it may hang, crash or eat
memory. So no other room imports av, numpy or simplejpeg (the import linter sees to it), and what
leaves this process is small: JPEGs, times and measures.

    opening, formats     who decodes a file, by what it is
    container, stills    opens a file, and nothing but that file
    probe                what it holds: identity, clock, the time of every frame
    plan, decode         the wanted frames of it, by the cheapest way
    measure              cheap measures of a frame, and whether it looks like one before
    encode               the JPEG that a model sees
    serve                takes requests from the parent, one after the other
"""

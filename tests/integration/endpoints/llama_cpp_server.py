# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Runs the real llama.cpp server with the tiny model until its standard input ends.

Prints its address on a line of its own when it is ready. In a process of its own, so that a crash
of native code cannot take the tests with it. The port is 0: llama.cpp picks a free one.
"""

import sys
from pathlib import Path

import xllamacpp

model = Path(__file__).parents[2] / "assets" / "tiny-smolvlm"
parameters = xllamacpp.CommonParams()
parameters.model.path = str(model / "tiny.gguf")
parameters.mmproj.path = str(model / "tiny-mmproj.gguf")
parameters.n_ctx = 8192
parameters.n_parallel = 2
parameters.port = 0
parameters.use_jinja = True
parameters.ui = False
parameters.endpoint_props = True
parameters.cpuparams.n_threads = 1
server = xllamacpp.Server(parameters)
print(f"listening on {server.listening_address}", flush=True)
sys.stdin.read()

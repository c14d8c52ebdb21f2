# pyright: basic, reportMissingImports=false
"""Runs Hugging Face's server until its standard input ends.

    .venv-peers/bin/python tests/tools/peers/serve.py MODEL

HF_HOME in the environment says where the model lies. The server takes a free port of the loopback
and tells it on standard error when it is ready, on a line of its own.
"""

import os
import sys
import threading

from operators import supply


def end_with_input():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_input, daemon=True).start()
    options = {"--host": "127.0.0.1", "--port": "0", "--device": "cpu", "--dtype": "float32"}
    pairs = [word for pair in options.items() for word in pair]
    sys.argv = ["transformers", "serve", sys.argv[1], *pairs]
    supply()  # before what follows, which imports torchvision
    from transformers.cli.transformers import main

    main()

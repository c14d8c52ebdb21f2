# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
"""What torchvision misses beside a torch that was built without CUDA.

The wheel of torchvision that goes with a torch for CUDA does not load its native parts beside a
torch for the CPU, and then does not even import. Two of its operators are declared here, which
nothing that is tested calls, and pictures are decoded by Pillow. Where the native parts do load,
nothing is changed.
"""

import importlib.util
import io
from pathlib import Path


def supply():
    """Call this before anything imports torchvision or transformers."""
    import torch

    home = Path(importlib.util.find_spec("torchvision").submodule_search_locations[0])
    try:
        torch.ops.load_library(str(home / "_C.so"))
        torch.ops.load_library(str(home / "image.so"))
    except OSError:
        pass
    else:
        return
    declared.append(torch.library.Library("torchvision", "DEF"))
    for operator in ("nms", "qnms"):
        declared[0].define(f"{operator}(Tensor boxes, Tensor scores, float overlap) -> Tensor")

    import torchvision.io
    from PIL import Image, ImageOps
    from torchvision.transforms.functional import pil_to_tensor

    def decode_image(encoded, mode, apply_exif_orientation=False):
        try:
            picture = Image.open(io.BytesIO(bytes(encoded.tolist())))
            if apply_exif_orientation:
                picture = ImageOps.exif_transpose(picture)
            return pil_to_tensor(picture.convert(mode.name))
        except OSError as error:
            raise RuntimeError(str(error)) from error  # which torchvision's own raises

    torchvision.io.decode_image = decode_image


declared = []
"""An operator is gone when its library is."""

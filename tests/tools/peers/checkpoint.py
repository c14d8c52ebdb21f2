# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false
"""Makes a vision-language model of toy size with random weights, as `transformers` keeps one.

    .venv-peers/bin/python tests/tools/peers/checkpoint.py HF_HOME NAME

It lies in the cache under HF_HOME as if it had been downloaded by that name, so that a server
lists it. The architecture is SmolVLM's; its words mean nothing, and nothing in it was trained.
"""

import os
import sys
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

from operators import supply

supply()  # before what follows, which imports torchvision

import torch  # noqa: E402
import transformers  # noqa: E402
from tokenizers import Tokenizer, decoders, models, pre_tokenizers  # noqa: E402

SIDE, PATCH, SHRINK = 64, 16, 4
"""A picture of 64 × 64 pixels is 4 × 4 patches, which become one token."""
WIDTH = 64
CONTEXT = 16384
"""Every byte of a prompt is a token."""

BEGIN, END, PAD = "<|im_start|>", "<end_of_utterance>", "<|pad|>"
FENCE, PICTURE, WHOLE, VIDEO = "<fence>", "<image>", "<whole>", "<video>"

CHAT = """\
{%- for message in messages -%}
<|im_start|>{{ message.role }}:
{%- if message.content is string %} {{ message.content }}
{%- else %}
{%- for part in message.content -%}
{%- if part.type == "text" %} {{ part.text }}{% elif part.type == "image" %}<image>{% endif -%}
{%- endfor -%}
{%- endif -%}
<end_of_utterance>
{%- endfor -%}
{%- if add_generation_prompt %}assistant:{% endif -%}
"""


def make_tokenizer():
    """One token for each byte: nothing to train, and every text can be told."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = Tokenizer(models.BPE({letter: n for n, letter in enumerate(alphabet)}, []))
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokens,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=PAD,
        padding_side="left",
        model_max_length=CONTEXT,
        extra_special_tokens={
            "image_token": PICTURE,
            "fake_image_token": FENCE,
            "global_image_token": WHOLE,
            "video_token": VIDEO,
            "end_of_utterance_token": END,
        },
    )


def make_processor(tokenizer):
    levels = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    return transformers.SmolVLMProcessor(
        transformers.SmolVLMImageProcessor(
            size={"longest_edge": SIDE},
            max_image_size={"longest_edge": SIDE},
            do_image_splitting=False,
            **levels,
        ),
        tokenizer,
        transformers.SmolVLMVideoProcessor(
            size={"longest_edge": SIDE},
            max_image_size={"longest_edge": SIDE},
            video_sampling={"fps": 1, "max_frames": 4, "video_size": {"longest_edge": SIDE}},
            **levels,
        ),
        image_seq_len=(SIDE // PATCH // SHRINK) ** 2,
        chat_template=CHAT,
    )


def make_model(tokenizer):
    known = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    shape = {
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    }
    torch.manual_seed(0)
    model = transformers.SmolVLMForConditionalGeneration(
        transformers.SmolVLMConfig(
            text_config={
                "model_type": "llama",
                "vocab_size": len(tokenizer),
                "max_position_embeddings": CONTEXT,
                **shape,
                **known,
            },
            vision_config={"image_size": SIDE, "patch_size": PATCH, **shape},
            scale_factor=SHRINK,
            image_token_id=tokenizer.convert_tokens_to_ids(PICTURE),
            **known,
        )
    )
    # Random weights never come to an end by themselves: from here on that gets likelier fast.
    model.generation_config = transformers.GenerationConfig(
        exponential_decay_length_penalty=(16, 2.0), **known
    )
    return model.eval()


def main(home, name):
    repository = Path(home) / "hub" / f"models--{name.replace('/', '--')}"
    revision = "0" * 40
    target = repository / "snapshots" / revision
    tokenizer = make_tokenizer()
    make_model(tokenizer).save_pretrained(target)
    make_processor(tokenizer).save_pretrained(target)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(revision)


if __name__ == "__main__":
    main(*sys.argv[1:])

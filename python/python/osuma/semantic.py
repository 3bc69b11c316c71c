"""Meaning as vectors: an encoder's for documents, and a map that is distilled from it for everything else.

An encoder is any object with `encode(list[str]) -> array`, a row of numbers for each text, such as those of
sentence-transformers. It is asked here alone: matching needs none.

>>> import osuma
>>> class Letters:  # stands in for a real encoder
...     def encode(self, texts):
...         return [[1 + text.count(letter) for letter in "aeiouy"] for text in texts]
>>> people = osuma.semantic.encode([{"id": "p", "text": "I bake bread."}], Letters(), model="letters")
>>> people[0]["vectors"]
{'model': 'letters', 'document': [3.0, 3.0, 1.0, 1.0, 1.0, 1.0]}
>>> taxonomy = osuma.semantic.distil(osuma.Taxonomy.starter(), Letters(), dimensions=4, features=500, progress=False)
>>> taxonomy.map.dimensions, taxonomy.map.features
(4, 500)
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from . import _core
from ._documents import Document, Progress, plain_text, to_floats, told
from ._errors import call, invalid
from ._taxonomy import SubwordMap, Taxonomy

__all__ = ["Encoder", "SubwordMap", "distil", "encode"]


class Encoder(Protocol):
    """Gives each text a vector; all of one length."""

    def encode(self, texts: list[str], /) -> Any:
        """A row of numbers for each text."""
        ...


def distil(
    taxonomy: Taxonomy, encoder: Encoder, texts: Iterable[str | Mapping[str, str]] | None = None, *,
    dimensions: int = 128, features: int = 50_000, bits: int = 4, ridge: float = 0.5, model: str | None = None,
    batch: int = 256, progress: Progress = True,
) -> Taxonomy:
    """The taxonomy with a map that is fitted to the encoder's vectors of its labels, and of other texts.

    A text is a string in one of the three languages, or a dict of its forms by language, which are to lie together:
    `{"fi": "Leivon leipää.", "sv": "Jag bakar bröd."}`. Running sentences in all three make the map better.

    The map has `features` words and parts of words, `dimensions` numbers for each (at most as many as the encoder's
    vectors have) of 4, 8 or 32 `bits`; `ridge`, above 0, is what a large number costs. `model` names the map; by
    default it is the encoder's class with a checksum of its vectors. The same vectors give the same map everywhere.

    The encoder is asked for `batch` texts at a time, the whole in the order of their lengths; then the fit takes a
    minute or two on two cores for ESCO, and about 16 * features * dimensions bytes. `progress` is told first of texts,
    then of hundredths of the fit; Ctrl-C stops either. What the encoder raises comes through as it is, and rows that
    are too few, of different lengths or not finite are InvalidInputErrors that name the batch's first text.
    """
    labels = [*_labels(taxonomy), *_texts(texts or (), len(taxonomy))]
    width, vectors = _encoded(encoder, [text for _, _, text in labels], batch, progress)
    model = f"{type(encoder).__name__}-{zlib.crc32(vectors):08x}" if model is None else model
    options = (min(dimensions, width), features, bits, ridge)
    with told(progress, "fit, %") as tell:
        core = call(_core.SubwordMap.distil, model, labels, vectors, options, tell)
    return taxonomy.with_map(SubwordMap(core))


def encode(
    documents: Iterable[Document], encoder: Encoder, *, model: str, parts: bool = True, batch: int = 256,
    progress: Progress = False,
) -> list[dict[str, Any]]:
    """Copies of profiles or challenges as dicts, with `vectors`: of the whole text, and of its sentences with `parts`.

    `model` is the encoder's name; vectors of two names are never compared. A challenge's title counts as a sentence.
    A document without words gets no vectors. An encoder that wants to be told about the kind of text (E5's "query: ")
    is told by its `encode`.
    """
    found = [dict(document) for document in documents]
    texts: list[str] = []
    spans: list[tuple[int, int]] = []
    for i, document in enumerate(found):
        text = _whole(document, i)
        sentences: list[str] = call(_core.sentences, text)[1]
        first = len(texts)
        texts += [text] * bool(sentences) + (sentences if parts and len(sentences) > 1 else [])
        spans.append((first, len(texts)))
    width, data = _encoded(encoder, texts, batch, progress) if texts else (1, b"")
    values = array("f", data)
    for document, (first, end) in zip(found, spans, strict=True):
        rows = [values[i * width:(i + 1) * width].tolist() for i in range(first, end)]
        if rows:
            document["vectors"] = {"model": model, "document": rows[0]} | ({"parts": rows[1:]} if rows[1:] else {})
    return found


def _whole(document: Mapping[str, Any], number: int) -> str:
    for field in ("title", "text"):
        if not isinstance(document.get(field, ""), str):
            raise invalid(f"/{number}/{field}", f"got {type(document[field]).__name__}; give a string")
    return plain_text("\n".join(filter(None, (document.get("title"), document.get("text")))))


def _labels(taxonomy: Taxonomy) -> Iterable[tuple[int, str, str]]:
    for number, concept in enumerate(taxonomy.concepts()):
        for label in concept["labels"]:
            if label["kind"] != "hidden" and concept.get("kind") != "group":
                yield number, label["language"], label["text"]


def _texts(texts: Iterable[str | Mapping[str, str]], first: int) -> Iterable[tuple[int, str, str]]:
    if isinstance(texts, str):
        raise invalid("/texts", "got one string; give a list of texts")
    for i, given in enumerate(texts):
        if isinstance(given, Mapping):
            yield from ((first + i, language, plain_text(text)) for language, text in given.items())
        elif isinstance(given, str):
            text = plain_text(given)
            language = call(_core.sentences, text)[0]
            if language is None:
                raise invalid(f"/texts/{i}", 'its language is not recognised; give it as {"fi": text}')
            yield first + i, language, text
        else:
            raise invalid(f"/texts/{i}", f"got {type(given).__name__}; give a string, or a dict by language")


def _encoded(encoder: Encoder, texts: list[str], batch: int, progress: Progress) -> tuple[int, bytes]:
    """A vector for each text, which is asked for once: how many numbers it has, and all of them."""
    ask: Callable[[list[str]], Any] | None = getattr(encoder, "encode", None)
    if not callable(ask):
        raise invalid("/encoder", f"{type(encoder).__name__} has no encode(list[str])")
    if batch < 1:
        raise invalid("/batch", f"{batch} is out of range: 1 or more")
    # Texts of one length together waste no padding.
    todo = sorted(set(texts), key=lambda text: (len(text), text))
    rows: dict[str, bytes] = {}
    width = 0
    with told(progress, "texts") as tell:
        for first in range(0, len(todo), batch):
            some = todo[first:first + batch]
            found, data = to_floats(ask(some), "/encoder", len(some))
            if found != (width or found):
                raise invalid("/encoder", f"{found} numbers for {some[0]!r}, before it {width}; one length is right")
            width = found
            if not _finite(data):
                raise invalid("/encoder", f"a number that is not finite among {len(some)} texts from {some[0]!r}")
            rows |= {text: data[4 * i * width:4 * (i + 1) * width] for i, text in enumerate(some)}
            if tell is not None:
                tell(first + len(some), len(todo))
    return width, b"".join(map(rows.__getitem__, texts))


def _finite(data: bytes) -> bool:
    """Whether no 32-bit float has an exponent of ones alone."""
    high = data[3::4] if sys.byteorder == "little" else data[::4]
    if not {0x7F, 0xFF} & set(high):
        return True
    return all(x - x == 0 for x in array("f", data))

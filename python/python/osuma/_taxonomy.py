"""Concepts of competence, and the map from texts to meaning that travels with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

from . import _core
from ._documents import ask, from_floats, plain_text, to_json
from ._errors import call
from ._results import Link, Mention


class SubwordMap:
    """A linear map from a text's words and parts of words to vectors of meaning; no network, microseconds a text.

    >>> from osuma import Taxonomy
    >>> map = Taxonomy.starter().map
    >>> len(map.embed("leivon leipää"))
    128
    """

    def __init__(self, core: _core.SubwordMap) -> None:
        self._core = core

    @classmethod
    def from_bytes(cls, data: bytes) -> SubwordMap:
        """Reads a map; FormatError if the bytes are damaged or of another version."""
        return cls(call(_core.SubwordMap.from_bytes, data))

    def to_bytes(self) -> bytes:
        """The map as bytes, the same on every platform."""
        return self._core.to_bytes()

    def embed(self, text: str | Iterable[str], language: str | None = None) -> Any:
        """A text's vector of unit length, or a row for each text; zeros where no part of a text is known.

        As a NumPy array of float32, or as lists of numbers where NumPy is not installed. Vectors are compared after
        the mean of their language and side was removed, which a matcher does.
        """
        texts = [text] if isinstance(text, str) else list(text)
        rows = from_floats(call(self._core.embed, list(map(plain_text, texts)), language), self.dimensions)
        return rows[0] if isinstance(text, str) else rows

    @property
    def model(self) -> str:
        """The map's name."""
        return self._core.parts()[0]

    @property
    def dimensions(self) -> int:
        """Numbers of a vector."""
        return self._core.parts()[1]

    @property
    def features(self) -> int:
        """How many words and parts of words it knows."""
        return self._core.parts()[2]

    @property
    def bits(self) -> int:
        """Bits of one number of its table."""
        return self._core.parts()[3]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SubwordMap) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self._core.parts())

    def __repr__(self) -> str:
        return f"SubwordMap({self.model!r}, {self.features} features x {self.dimensions} of {self.bits} bits)"

    def __reduce__(self) -> tuple[Any, ...]:
        return SubwordMap.from_bytes, (self.to_bytes(),)


class Taxonomy:
    """Concepts of competence and their graph.

    >>> taxonomy = Taxonomy.starter()
    >>> [taxonomy.label(m.concept, "en") for m in taxonomy.recognise("Laitan ruokaa.", language="fi")]
    ['cooking']
    """

    def __init__(self, core: _core.Taxonomy) -> None:
        self._core = core

    @classmethod
    def starter(cls) -> Taxonomy:
        """The taxonomy that comes with osuma, with its map of meaning."""
        return cls(_core.Taxonomy(None, None, None))

    @classmethod
    def from_esco(cls, path: str | PathLike[str], languages: Sequence[str] = ("en", "fi", "sv")) -> Taxonomy:
        """Reads ESCO from its official CSV packages: a zip, or a directory with zips, CSV files or both.

        Takes some seconds; keep `to_bytes` to have it at once the next time. NotFoundError for a table that is not
        there, FormatError for a zip that cannot be read, InvalidInputError with file, row and column for a fault.
        """
        return cls(call(_core.Taxonomy, None, None, (path, list(languages))))

    @classmethod
    def from_json(cls, text: str) -> Taxonomy:
        """Reads concepts from JSON: an array of them, or one a line. They are as in `from_concepts`."""
        return cls(call(_core.Taxonomy, None, plain_text(text), None))

    @classmethod
    def from_concepts(cls, concepts: Iterable[Mapping[str, Any]]) -> Taxonomy:
        """Makes a taxonomy of concepts. InvalidInputError begins its path with the concept's number.

        A concept has `uri` and `labels`, each of `text`, `language` and `kind` (preferred, alternative or hidden); it
        may have a `kind` (skill, knowledge, group or occupation), a `description` by language, `broader` and `related`
        URIs, and, as an occupation, `skills`, each of `concept` and `essential`.

        >>> sewing = {"uri": "my:sewing", "labels": [{"text": "ompelu", "language": "fi", "kind": "preferred"}]}
        >>> [mention.concept for mention in Taxonomy.from_concepts([sewing]).recognise("Osaan ompelun.")]
        ['my:sewing']
        """
        return cls.from_json(f"[{','.join(to_json(c, f'/{i}') for i, c in enumerate(concepts))}]")

    @classmethod
    def from_bytes(cls, data: bytes) -> Taxonomy:
        """Reads the compiled form, which has no map; FormatError if the bytes are damaged or of another version."""
        return cls(call(_core.Taxonomy, data, None, None))

    def to_bytes(self) -> bytes:
        """The compiled form without the map, the same on every platform; it loads at once.

        >>> taxonomy = Taxonomy.starter()
        >>> again = Taxonomy.from_bytes(taxonomy.to_bytes()).with_map(taxonomy.map)
        >>> len(again) == len(taxonomy), again.map == taxonomy.map
        (True, True)
        """
        return self._core.to_bytes()

    @property
    def map(self) -> SubwordMap | None:
        """The map from texts to meaning, if there is one."""
        core = self._core.map()
        return None if core is None else SubwordMap(core)

    def with_map(self, map: SubwordMap | None) -> Taxonomy:
        """The same concepts with another map, or with none."""
        return Taxonomy(self._core.with_map(None if map is None else map._core))

    def recognise(self, text: str, language: str | None = None) -> list[Mention]:
        """The concepts that a text names, in the order of their places."""
        found = ask(self._core.answer, "recognise", False, text=plain_text(text), language=language)
        return [Mention(**m) for m in found]

    def link(self, text: str, language: str | None = None, k: int = 10) -> list[Link]:
        """The k skills that a short text most likely means, best first; fewer if no others share a word with it.

        >>> [link.label for link in Taxonomy.starter().link("osaan leipoa leipää", language="fi", k=1)]
        ['leivän leipominen']
        """
        found = ask(self._core.answer, "link", True, text=plain_text(text), language=language, options={"k": k})
        return [Link(**m) for m in found]

    def similarity(self, claim: str, requirement: str) -> float:
        """To what degree, 0 to 1, a claim of one concept meets a requirement of another."""
        degree: float = ask(self._core.answer, "similarity", False, claim=claim, requirement=requirement)
        return degree

    def concept(self, uri: str) -> dict[str, Any]:
        """A concept, as `from_concepts` takes it; NotFoundError if it is not there."""
        found: dict[str, Any] = ask(self._core.answer, "concept", False, uri=uri)
        return found

    def concepts(self) -> list[dict[str, Any]]:
        """All concepts, as `from_concepts` takes them, in their order."""
        found: list[dict[str, Any]] = ask(self._core.answer, "concepts", False)
        return found

    def label(self, uri: str, language: str) -> str:
        """A concept's preferred label."""
        label: str = ask(self._core.answer, "label", False, uri=uri, language=language)
        return label

    def __len__(self) -> int:
        return len(self._core)

    def __repr__(self) -> str:
        return f"Taxonomy({len(self)} concepts{', with a map' if self.map else ''})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _taxonomy, (self.to_bytes(), self.map)


def _taxonomy(data: bytes, map: SubwordMap | None) -> Taxonomy:
    return Taxonomy.from_bytes(data).with_map(map)

"""osuma's exceptions. Each is also the built-in that one would expect, and survives pickling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from . import _core

T = TypeVar("T")


class OsumaError(Exception):
    """What osuma raises. `kind` says what went wrong, `path` where (a JSON pointer, `/row/column`, or a file)."""

    def __init__(self, kind: str, path: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} (at {self.path})" if self.path else self.message

    def __reduce__(self) -> tuple[type[OsumaError], tuple[str, str, str]]:
        return type(self), (self.kind, self.path, self.message)


class InvalidInputError(OsumaError, ValueError):
    """A document, option or argument that is not acceptable."""


class NotFoundError(OsumaError, KeyError):
    """An id, concept or directory that is not there."""


class FormatError(OsumaError, ValueError):
    """Bytes or a directory that are damaged, or of another version."""


class StorageError(OsumaError, OSError):
    """The storage failed, or another writer has the pool, or the pool is closed."""


class MissingSideError(OsumaError, LookupError):
    """The snapshot does not hold the side that the question needs."""


class CancelledError(OsumaError):
    """The work was cancelled."""


_KINDS: dict[str, type[OsumaError]] = {
    "invalid_input": InvalidInputError, "not_found": NotFoundError, "damaged": FormatError, "version": FormatError,
    "storage": StorageError, "locked": StorageError, "missing_side": MissingSideError, "cancelled": CancelledError,
}


def invalid(path: str, message: object) -> InvalidInputError:
    return InvalidInputError("invalid_input", path, str(message))


def call(function: Callable[..., T], *arguments: Any) -> T:
    """Calls the core; its errors become those of the tree."""
    try:
        return function(*arguments)
    except _core.CoreError as error:
        kind, path, message = error.args
        raise _KINDS.get(kind, OsumaError)(kind, path, message) from None
    except (OverflowError, UnicodeEncodeError) as error:  # numbers and strings that Rust has no place for
        raise invalid("", error) from None

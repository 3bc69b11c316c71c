"""Documents on their way to the core: dicts become JSON text, frames stay what they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from ._errors import invalid

Document = Mapping[str, Any]


class ArrowStream(Protocol):
    """A frame of pandas, polars, pyarrow, or anything else of the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


class ArrowArray(Protocol):
    """A record batch of the Arrow PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...


Documents = Iterable[Document] | ArrowStream | ArrowArray
Progress = bool | Callable[[int, int], None]


def _plain(value: Any) -> Any:
    """Dates, and NumPy's numbers and arrays, as JSON has them."""
    for name in ("isoformat", "tolist"):
        if hasattr(value, name):
            return getattr(value, name)()
    raise TypeError(f"{type(value).__name__} is not JSON serializable")


def to_json(value: Any, path: str = "") -> str:
    try:
        return json.dumps(value, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise invalid(path, error) from None


def to_core(documents: Any) -> Any:
    """JSON text, or an object with Arrow's interface. A fault in a dict is told with its number."""
    if hasattr(documents, "__arrow_c_array__") or hasattr(documents, "__arrow_c_stream__"):
        return documents
    if isinstance(documents, (str, bytes, Mapping)) or not isinstance(documents, Iterable):
        raise invalid("", f"got {type(documents).__name__}; give a list of dicts, or a frame")
    return f"[{','.join(to_json(d, f'/{i}') for i, d in enumerate(documents))}]"


@contextmanager
def told(progress: Progress, what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A function for the core to tell its progress to: the caller's, or tqdm's bar where tqdm is installed."""
    if progress is not True:
        yield progress or None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield None
        return
    with tqdm(desc=what, unit="") as bar:
        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield tell

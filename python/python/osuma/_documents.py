"""Documents on their way to the core: dicts become JSON text, frames stay what they are."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from ._errors import call, invalid

Document = Mapping[str, Any]


class ArrowStream(Protocol):
    """A frame of pandas, polars, pyarrow, or anything else of the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


class ArrowArray(Protocol):
    """A record batch of the Arrow PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...


Documents = Iterable[Document] | ArrowStream | ArrowArray
Progress = bool | Callable[[int, int], None]
#: A row of numbers for each text: a two-dimensional array of NumPy, or lists of numbers.
Vectors = Any


def plain_text(text: str) -> str:
    """Lone surrogates, which are no characters, become question marks; spans are bytes of the text with these."""
    return text.encode("utf-8", "replace").decode("utf-8")


def to_floats(rows: Vectors, path: str, count: int | None = None) -> tuple[int, bytes]:
    """Rows of numbers as the core takes them: how many each has, and all of them as 32-bit floats.

    Whether the numbers are finite is the core's to check.
    """
    try:
        if hasattr(rows, "astype") and hasattr(rows, "shape"):
            shape, data = tuple(rows.shape), rows.astype("float32").tobytes()
        else:
            lists = [list(map(float, row)) for row in (rows.tolist() if hasattr(rows, "tolist") else rows)]
            widths = {len(row) for row in lists}
            if len(widths) > 1:
                raise ValueError(f"rows of {' and '.join(map(str, sorted(widths)))} numbers")
            shape, data = (len(lists), *widths), array("f", (x for row in lists for x in row)).tobytes()
    except (TypeError, ValueError, OverflowError) as error:
        raise invalid(path, f"not one row of numbers for each text: {error}") from None
    if len(shape) != 2 or not shape[1] or (count is not None and shape[0] != count):
        wanted = "one row of numbers for each text" if count is None else f"{count} rows of numbers"
        raise invalid(path, f"has the shape {shape}; {wanted} would be right")
    return shape[1], data


def from_floats(data: bytes, width: int) -> Any:
    """The rows of `to_floats` again: an array of NumPy where it is installed, else lists."""
    try:
        import numpy
    except ImportError:
        values = array("f", data).tolist()
        return [values[i:i + width] for i in range(0, len(values), width)]
    return numpy.frombuffer(data, dtype=numpy.float32).reshape(-1, width).copy()


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


def ask(answer: Callable[..., str], question: str, *threads: bool, **arguments: Any) -> Any:
    """The core's answer to a question by its name. Arguments that are None are left out."""
    given = {name: value for name, value in arguments.items() if value is not None}
    return json.loads(call(answer, question, to_json(given), *threads))


def given(**options: Any) -> dict[str, Any]:
    """The options that are given; for the others the core has defaults."""
    return {name: list(value) if isinstance(value, (tuple, set)) else value
            for name, value in options.items() if value is not None}


def to_core(documents: Any) -> Any:
    """JSON text, or an object with Arrow's interface. A fault in a dict is told with its number."""
    if hasattr(documents, "__arrow_c_array__") or hasattr(documents, "__arrow_c_stream__"):
        return documents
    if isinstance(documents, (str, bytes, Mapping)) or not isinstance(documents, Iterable):
        raise invalid("", f"got {type(documents).__name__}; give a list of dicts, or a frame")
    return f"[{','.join(to_json(d, f'/{i}') for i, d in enumerate(documents))}]"


def to_events(events: Any) -> list[dict[str, Any]]:
    """Events as dicts, of whatever mapping; an error names the event by its place."""
    if isinstance(events, (str, bytes, Mapping)) or not isinstance(events, Iterable):
        raise invalid("", f"got {type(events).__name__}; give a list of dicts")
    listed = list(events)
    for i, event in enumerate(listed):
        if not isinstance(event, Mapping):
            raise invalid(f"/{i}", f"got {type(event).__name__}; an event is a dict")
    return [dict(event) for event in listed]


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

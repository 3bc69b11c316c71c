"""Frames in, tables out: a frame's rows are the same documents as dicts, and a table's rows the same as a ranking's."""

import datetime
import decimal
import json
import math
import pickle
from pathlib import Path
from typing import Any

import pytest

import osuma

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

COHORT = Path(__file__).parents[2] / "datasets" / "cohort"
PROFILES = [json.loads(line) for line in (COHORT / "profiles.jsonl").read_text(encoding="utf-8").splitlines()]
CHALLENGES = [json.loads(line) for line in (COHORT / "challenges.jsonl").read_text(encoding="utf-8").splitlines()]
TAXONOMY = osuma.Taxonomy.starter()


def flat(docs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Nested fields as JSON text."""
    return [{k: v if isinstance(v, (str, int)) else json.dumps(v) for k, v in d.items()} for d in docs]


def arrow(docs: list[dict[str, Any]]) -> Any:
    return pa.table({name: [d.get(name) for d in docs] for name in dict.fromkeys(k for d in docs for k in d)})


def read(frame: Any, side: str = "profiles") -> list[dict[str, Any]]:
    pool = osuma.Pool.in_memory(TAXONOMY)
    getattr(pool, f"add_{side}")(frame)
    pool.commit()
    return list(getattr(pool, side)())


class Stream:
    """Nothing but Arrow's interface."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("side", ["profiles", "challenges"])
@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame,
        lambda docs: pd.DataFrame(docs).iloc[::-1],  # with an index of its own
        lambda docs: pd.DataFrame(docs).set_index("id"),
        lambda docs: pl.DataFrame(docs, infer_schema_length=None),
        arrow,
        lambda docs: arrow(docs).to_batches()[0],
        lambda docs: arrow(docs).to_reader(max_chunksize=7),
        lambda docs: Stream(arrow(docs)),
        lambda docs: pd.DataFrame(flat(docs)),
        lambda docs: pl.DataFrame(flat(docs), infer_schema_length=None),
        iter,
    ],
    ids=["pandas", "pandas index", "pandas id index", "polars", "pyarrow", "batch", "reader", "stream", "pandas JSON",
         "polars JSON", "iterator"],
)
def test_the_cohort_is_the_same_from_every_frame(side, frame):
    docs = {"profiles": PROFILES, "challenges": CHALLENGES}[side]
    assert read(frame(docs), side) == read(docs, side)


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["fi", None]).dictionary_encode(),
        pa.array(["fi", None], pa.large_string()),
        pa.array(["fi", None], pa.string_view()),
    ],
    ids=lambda c: str(c.type),
)
def test_columns_of_text(column):
    docs = read(pa.table({"id": ["a", "b"], "text": ["x", "y"], "language": column}))
    assert docs == [{"id": "a", "text": "x", "language": "fi"}, {"id": "b", "text": "y"}]


@pytest.mark.parametrize(
    "size",
    [
        pa.array([3, None]), pa.array([3, None], pa.int8()), pa.array([3.0, math.nan]), pa.array([3, None], pa.float32()),
        pa.array([decimal.Decimal("3.0"), None]), pa.array([3, None], pa.uint64()),
    ],
    ids=lambda c: str(c.type),
)
def test_columns_of_numbers(size):
    docs = read(pa.table({"id": ["a", "b"], "title": ["", ""], "text": ["x", "y"], "team_size": size}), "challenges")
    assert [d.get("team_size") for d in docs] == [3, None]


DAY = datetime.date(2027, 2, 1)
NOON = datetime.datetime(2027, 2, 1, 12)


@pytest.mark.parametrize(
    "day",
    [
        pa.array([DAY]), pa.array([DAY], pa.date64()), pa.array([NOON], pa.timestamp("ns")), pa.array(["2027-02-01"]),
        # Half past midnight in Helsinki is still January in Greenwich.
        pa.array([datetime.datetime(2027, 1, 31, 22, 30)], pa.timestamp("us", "Europe/Helsinki")),
    ],
    ids=lambda c: str(c.type),
)
def test_columns_of_days(day):
    when = pa.StructArray.from_arrays([day, pa.array([37.5])], ["from", "hours_per_week"])
    docs = read(pa.table({"id": ["a"], "text": ["x"], "availability": when}))
    assert docs[0]["availability"] == {"from": "2027-02-01", "hours_per_week": 37.5}


def test_a_time_zone_that_is_none():
    when = pa.StructArray.from_arrays([pa.array([NOON], pa.timestamp("us", "Mars/Olympus"))], ["from"])
    with pytest.raises(osuma.InvalidInputError, match="Mars/Olympus") as error:
        read(pa.table({"id": ["a"], "text": ["x"], "availability": when}))
    assert error.value.path == "/availability"


def test_lists_maps_and_extra_stay_what_they_are():
    extra = pa.array([[("a", 3.0), ("b", 0.1)]], pa.map_(pa.string(), pa.float64()))
    routes = pa.array([["workshop", "commission"]], pa.list_(pa.string(), 2))
    docs = read(pa.table({"id": ["a"], "text": ["x"], "routes": routes, "extra": extra}))
    assert docs == [{"id": "a", "text": "x", "routes": ["workshop", "commission"], "extra": {"a": 3.0, "b": 0.1}}]
    assert isinstance(docs[0]["extra"]["a"], float)
    dates = [{"id": "a", "text": "x", "availability": {"from": DAY}, "extra": {"n": pd.Series([7])[0]}}]
    assert read(dates)[0] == {"id": "a", "text": "x", "availability": {"from": "2027-02-01"}, "extra": {"n": 7}}


GOOD = {"id": ["a", "b"], "text": ["x", "y"]}


@pytest.mark.parametrize(
    ("columns", "path", "message"),
    [
        ({"skils": [None, None]}, "/skils", "unknown field `skils`"),
        ({"id": ["a", "a"]}, "/1/id", "given twice"),
        ({"id": ["a", None]}, "/1", "missing field `id`"),
        ({"text": ["x", None]}, "/1", "missing field `text`"),
        ({"text": ["x", ""], "id": ["a", " "]}, "/1/id", "empty"),
        ({"text": [1, 2]}, "/0/text", "expected a string"),
        ({"language": ["fi", "de"]}, "/1/language", "unknown variant"),
        ({"skills": [[], [{"label": "x", "level": 9}]]}, "/1/skills/0/level", "1 to 5"),
        ({"skills": [[], [{"label": "x", "levl": 9}]]}, "/1/skills/0/levl", "unknown field"),
        ({"skills": [[], [{"concept": "osuma:flying"}]]}, "/1/skills/0/concept", "osuma:flying"),
        ({"skills": ["[]", '[{"label": "x", "level": 9}]']}, "/1/skills/0/level", "1 to 5"),
        ({"skills": ["[]", "[{]"]}, "/1/skills", "not JSON"),
        ({"place": [None, {"latitude": math.inf, "longitude": 1.0}]}, "/place", "inf"),
        ({"text": [b"x", b"\xff"]}, "/text", "Binary"),
        ({"availability": [None, {"from": datetime.timedelta(1)}]}, "/availability", "Duration"),
        ({"availability": [None, {"from": DAY, "until": datetime.date(2027, 1, 1)}]}, "/1/availability", "ends on"),
    ],
)
def test_a_fault_names_row_and_column_and_changes_nothing(columns, path, message):
    frame = pa.table(GOOD | columns)
    pool = osuma.Pool.in_memory(TAXONOMY)
    for put in (pool.add_profiles, pool.update_profiles):
        with pytest.raises(osuma.InvalidInputError) as error:
            put(frame)
        assert (error.value.path, message in str(error.value)) == (path, True), str(error.value)
    pool.commit()
    assert pool.count("profiles") == 0


def test_text_that_is_not_utf8_or_a_frame_that_breaks():
    broken = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")])

    def batches():
        yield pa.record_batch({"id": ["a"], "text": ["x"]})
        raise RuntimeError("the line is dead")

    pool = osuma.Pool.in_memory(TAXONOMY)
    schema = pa.schema({"id": pa.string(), "text": pa.string()})
    mixed = pd.DataFrame({"id": ["a", "b"], "text": ["x", 7]})
    double = pa.table([pa.array(["a"]), pa.array(["b"])], names=["id", "id"])
    for frame, message in [
        (pa.table({"id": ["a"], "text": broken}), "Invalid UTF8"),
        (pa.RecordBatchReader.from_batches(schema, batches()), "the line is dead"),
        (mixed, "cannot be read as Arrow"),
        (double, "two columns"),
        ("text", "str"), ({"id": "a", "text": "x"}, "dict"), (7, "int"), ([7], "invalid type"),
    ]:
        with pytest.raises(osuma.InvalidInputError, match=message):
            pool.add_profiles(frame)
    assert pool.count("profiles") == 0


@pytest.fixture(scope="module")
def matcher() -> osuma.Matcher:
    return osuma.Matcher(osuma.Snapshot.compile(TAXONOMY, pl.DataFrame(flat(PROFILES)), pd.DataFrame(CHALLENGES)))


def test_a_table_is_its_rankings(matcher):
    table = matcher.match_all(k=3)
    rows = table.to_pylist()
    assert len(table) == len(rows) == 3 * len(PROFILES)
    assert table.column_names == list(rows[0])
    ranking = matcher.challenges_for(PROFILES[0]["id"], k=3)
    assert ranking.to_arrow().to_pylist() == rows[:3] == ranking.table().to_pylist()
    assert [rows[0][s] for s in ranking[0].signals] == list(ranking[0].signals.values())
    assert table.to_arrow().to_pylist() == rows
    assert table.to_polars().to_dicts() == rows == pl.DataFrame(ranking.table())[:0].to_dicts() + rows
    frame = table.to_pandas()
    assert [None if math.isnan(x) else x for x in frame["score"]] == [r["score"] for r in rows] and len(ranking.to_pandas()) == 3
    schema = table.to_arrow().schema
    assert schema.field("rank").type == pa.uint32() and schema.field("score").type == pa.float64()
    assert schema.field("gates").type == pa.list_(pa.string()) and not schema.field("known").nullable
    none = osuma.Matcher(osuma.Snapshot.compile(TAXONOMY, [], [])).match_all()
    assert len(none) == 0 and none.to_arrow().schema == schema and repr(none).startswith("profile")


def test_threads_sides_and_progress_change_nothing(matcher):
    for side, other in (("profiles", CHALLENGES), ("challenges", PROFILES)):
        told: list[tuple[int, int]] = []
        one = matcher.match_all(k=10**6, side=side, threads=1, progress=lambda done, total: told.append((done, total)))
        assert one.to_pylist() == matcher.match_all(k=len(other), side=side, threads=3, progress=True).to_pylist()
        assert told == sorted(told) and told[-1][0] == told[-1][1] == len({r[side[:-1]] for r in one.to_pylist()})
    for threads in (0, 2000):
        with pytest.raises(osuma.InvalidInputError) as error:
            matcher.match_all(threads=threads)
        assert error.value.path == "/threads"

    def raising(done: int, total: int) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        matcher.match_all(progress=raising)
    pool = osuma.Pool.in_memory(TAXONOMY)
    many = [{"id": f"p{i}", "text": PROFILES[0]["text"] * 20} for i in range(2000)]
    with pytest.raises(LookupError, match="enough"):
        pool.add_profiles(many, progress=raising)
    pool.commit()
    assert pool.count("profiles") == 0
    pool.add_profiles(PROFILES, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(PROFILES), len(PROFILES))


def test_what_is_shown_is_escaped():
    problem = {"id": "<b>&", "title": "Bread", "text": "We need bread bakers."}
    profile = {"id": "<script>", "text": "I bake bread."}
    ranking = osuma.Matcher(osuma.Snapshot.compile(TAXONOMY, [profile], [problem])).challenges_for("<script>")
    for shown in (ranking._repr_html_(), ranking.table()._repr_html_()):
        assert "&lt;script&gt;" in shown and "&lt;b&gt;&amp;" in shown and "<script>" not in shown
    assert "<script>" in repr(ranking)


def test_everything_pickles(matcher):
    ranking = matcher.challenges_for(PROFILES[0]["id"])
    table = matcher.match_all(k=2)
    why = matcher.explain(PROFILES[0]["id"], CHALLENGES[0]["id"])
    assert pickle.loads(pickle.dumps(ranking)) == ranking and pickle.loads(pickle.dumps(why)) == why
    assert pickle.loads(pickle.dumps(table)).to_arrow() == table.to_arrow()
    again = pickle.loads(pickle.dumps(matcher))
    assert again.match_all(k=2).to_arrow() == table.to_arrow() and repr(again) == repr(matcher)
    gated = osuma.Matcher(matcher.snapshot, weights={"text": 0.1}, gates=["route"])
    assert pickle.loads(pickle.dumps(gated)).weights == {"text": 0.1} and gated.gates == ["route"]
    assert pickle.loads(pickle.dumps(matcher.snapshot)).to_bytes() == matcher.snapshot.to_bytes()
    taxonomy = pickle.loads(pickle.dumps(TAXONOMY))
    assert len(taxonomy) == len(TAXONOMY)
    assert osuma.Snapshot.compile(taxonomy, PROFILES, CHALLENGES).to_bytes() == matcher.snapshot.to_bytes()

"""Evaluation: the same figures as `ir_measures`, typed faults, and answers about matchers."""

import random

import ir_measures
import pytest

import osuma
from osuma import eval as ev

MEASURES = ["nDCG", "nDCG@5", "nDCG@10", "AP", "AP(rel=2)", "AP@5", "RR", "RR(rel=3)", "P@1", "P@5", "P(rel=2)@5",
            "R@5", "R(rel=2)@10"]


def random_case(seed: int) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, float]]]:
    """Ties, unjudged and missing documents, missing and unjudged queries, queries without a relevant document."""
    r = random.Random(seed)
    documents = [f"d{i}" for i in range(r.choice([5, 30, 120]))]
    some = lambda: r.sample(documents, r.randint(1, len(documents)))  # noqa: E731
    qrels = {f"q{q}": {d: r.choice([-1, 0, 0, 0, 1, 2, 3]) for d in some()} for q in range(12)}
    # pytrec_eval 0.5.11 may hang on a query whose grades are all below 0.
    for grades in qrels.values():
        grades[min(grades)] = max(grades[min(grades)], 0)
    # Scores of few bits: trec_eval holds them as 32-bit floats.
    run = {f"q{q}": {d: r.randint(0, 12) / 8 for d in some()} for q in range(2, 14)}
    return qrels, run


@pytest.mark.parametrize("seed", range(40))
def test_values_agree_with_ir_measures(seed):
    qrels, run = random_case(seed)
    measures = [ir_measures.parse_measure(m) for m in MEASURES]
    report = ev.evaluate_run(ev.Run(run), ev.Qrels(qrels), MEASURES, trec_ties=True, rounds=100)
    assert report.missing_queries == ["q0", "q1"]
    assert report.unjudged_queries == ["q12", "q13"]
    theirs = {(m.query_id, str(m.measure)): m.value for m in ir_measures.iter_calc(measures, qrels, run)}
    for q in report.queries:
        for name, measure, value in zip(MEASURES, measures, q.values, strict=True):
            assert value == pytest.approx(theirs.get((q.query, str(measure)), 0.0), abs=1e-9), (q.query, name)
    means = ir_measures.calc_aggregate(measures, qrels, run)
    for score, measure in zip(report.scores, measures, strict=True):
        assert score.mean == pytest.approx(means[measure], abs=1e-9), score


@pytest.mark.parametrize("seed", range(40, 60))
def test_exponential_gain_and_r_precision_agree_by_way_of_others(seed):
    qrels, run = random_case(seed)
    ours = ev.evaluate_run(
        ev.Run(run), ev.Qrels(qrels), ["nDCG(dcg='exp-log2')@10", "RP@5"], trec_ties=True, rounds=100)
    steep = {q: {d: 2 ** max(g, 0) - 1 for d, g in grades.items()} for q, grades in qrels.items()}
    ndcg, precision = ir_measures.parse_measure("nDCG@10"), ir_measures.parse_measure("P@5")
    theirs = {(m.query_id, m.measure): m.value for m in ir_measures.iter_calc([ndcg, precision], steep, run)}
    for q in ours.queries:
        assert q.values[0] == pytest.approx(theirs.get((q.query, ndcg), 0.0), abs=1e-9)
        hits = 5 * theirs.get((q.query, precision), 0.0)
        assert q.values[1] == pytest.approx(hits / min(5, q.relevant) if q.relevant else 0.0, abs=1e-9)


def test_files_come_back_the_same(tmp_path):
    qrels, run = random_case(1)
    (tmp_path / "qrels").write_text(ev.Qrels(qrels).to_trec())
    (tmp_path / "run").write_text(ev.Run(run).to_trec())
    assert ev.Qrels.read(tmp_path / "qrels").grades() == qrels
    assert ev.Run.read(tmp_path / "run").to_trec() == ev.Run(run).to_trec()
    read = list(ir_measures.read_trec_run(str(tmp_path / "run")))
    assert {(r.query_id, r.doc_id, r.score) for r in read} == {(q, d, s) for q in run for d, s in run[q].items()}


@pytest.mark.parametrize(("call", "kind", "path"), [
    (lambda: ev.Qrels.parse("q 0 d 1\nq 0 d"), osuma.InvalidInputError, "line 2"),
    (lambda: ev.Run.parse("q Q0 d 1 nan x"), osuma.InvalidInputError, "line 1"),
    (lambda: ev.Run({"q": {"d": float("nan")}}), osuma.InvalidInputError, ""),
    (lambda: ev.Qrels.read("no/such/file"), osuma.NotFoundError, "no/such/file"),
    (lambda: ev.Qrels({"q": {"d": 2**40}}), osuma.InvalidInputError, ""),
    (lambda: ev.evaluate_run(ev.Run({}), ev.Qrels({"q": {"d": 1}}), ["NDGC"]), osuma.InvalidInputError, "/measure"),
    (lambda: ev.evaluate_run(ev.Run({}), ev.Qrels({})), osuma.InvalidInputError, "/qrels"),
    (lambda: ev.evaluate_run(ev.Run({}), ev.Qrels({}), rounds=1), osuma.InvalidInputError, "/rounds"),
    (lambda: ev.evaluate_run(ev.Run({}), ev.Qrels({}), rounds=-1), osuma.InvalidInputError, ""),
])
def test_faults_are_typed(call, kind, path):
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.path == path


TRADES = {"bread": "baker", "boats": "builder", "clocks": "maker", "roofs": "roofer", "gardens": "gardener",
          "shoes": "cobbler", "lamps": "electrician", "horses": "groom"}


def matcher(weights: dict[str, float]) -> osuma.Matcher:
    people = [{"id": who, "language": "en", "text": f"Years with {trade}.", "place": {"name": "Turku"}}
              for trade, who in TRADES.items()]
    problems = [{"id": trade, "language": "en", "title": "Help", "text": f"Who knows about {trade}?",
                 "place": {"name": "Turku"}} for trade in TRADES]
    return osuma.Matcher(osuma.Snapshot.compile(osuma.Taxonomy.starter(), people, problems), weights=weights)


def test_matchers_are_measured_compared_and_tuned():
    text, blind = matcher({"text": 1.0}), matcher({"place": 1.0})
    qrels = ev.Qrels({trade: {who: 3} for trade, who in TRADES.items()})
    found = ev.evaluate(text, qrels, ["nDCG@10", "RR"])
    assert [s.mean for s in found.all.scores] == [1.0, 1.0]
    assert list(found.by_language) == ["en"]
    assert found.cross_language is None and found.same_language == found.all
    answer = ev.compare(blind, text, qrels, ["RR"])
    assert answer.all[0].verdict == "b" and answer.all[0].queries == 8
    assert answer.cross_language == []
    run = ev.Run.of_matcher(text, TRADES, k=3)
    assert ev.evaluate_run(run, qrels, ["RR"]).scores[0].mean == 1.0
    tuned = ev.tune(text, qrels, folds=3)
    assert not tuned.accepted and tuned.weights == {"text": 1.0}
    assert sorted(c for f in tuned.folds for c in f.challenges) == sorted(TRADES)
    with pytest.raises(osuma.InvalidInputError, match="folds need at least 10"):
        ev.tune(text, qrels)

"""Times osuma beside its peers on the same generated texts, the same terms and equal threads.

Before anything is timed, each peer's top-10 is compared with the exact product in float64 of the formula that the peer
can express. Prints a Markdown table. Usage: run.py PEERS_BINARY [--profiles N] [--challenges N] [--labels ESCO.json]
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

options = argparse.ArgumentParser()
options.add_argument("binary")
options.add_argument("--profiles", type=int, default=5_000)
options.add_argument("--challenges", type=int, default=20_000)
options.add_argument("--labels")
options.add_argument("--threads", type=int, default=2)
options.add_argument("--runs", type=int, default=5)
options.add_argument("--budget", type=int, default=60, help="seconds after which osuma begins no further run")
options = options.parse_args()
THREADS = str(options.threads)
for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = THREADS

import bm25s  # noqa: E402
import faiss  # noqa: E402
import numpy as np  # noqa: E402
import scipy.sparse as sparse  # noqa: E402
import tantivy  # noqa: E402
from sparse_dot_topn import sp_matmul_topn, zip_sp_matmul_topn  # noqa: E402

K, K1, B = 10, 1.2, 0.75


def rust(directory, *work):
    sizes = ["--profiles", str(options.profiles), "--challenges", str(options.challenges), "--threads", THREADS]
    labels = ["--labels", options.labels] if options.labels else []
    command = [options.binary, directory, *sizes, *labels, *work]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def seconds(work):
    """Of each run, after one that warms up."""
    work()
    times = []
    for _ in range(options.runs):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return times


def counts(directory, side, width):
    read = lambda ending, kind: np.fromfile(f"{directory}/{side}.{ending}", kind)
    offsets, terms = read("offsets", "<u8").astype(np.int32), read("terms", "<u4").astype(np.int32)
    return sparse.csr_matrix((read("counts", "<u4").astype(float), terms, offsets), (len(offsets) - 1, width))


def weighed(p, c):
    """As osuma weighs: a profile is the document of BM25, a challenge the query, idf is over both sides."""
    both = np.bincount(np.concatenate([p.indices, c.indices]), minlength=p.shape[1])
    n = p.shape[0] + c.shape[0]
    idf = np.log1p((n - both + 0.5) / (both + 0.5))
    lengths = np.asarray(p.sum(1)).ravel()
    norm = np.repeat(K1 * (1 - B + B * lengths / lengths.mean()), np.diff(p.indptr))
    impacts, weights = p.copy(), c.copy()
    impacts.data = p.data * (K1 + 1) / (p.data + norm)
    weights.data = idf[c.indices] * c.data * (K1 + 1) / (c.data + K1)
    return impacts, weights


def shared(weights):
    """The challenge's most, so that a sum becomes a share (all its terms are known)."""
    most = np.asarray(weights.sum(1)).ravel() * (K1 + 1)
    return sparse.diags(1 / np.maximum(most, 1e-300)) @ weights


def plain(p, c):
    """BM25 as the search engines have it: a challenge is the document, a profile's distinct terms the query."""
    df = np.bincount(c.indices, minlength=c.shape[1])
    idf = np.log1p((c.shape[0] - df + 0.5) / (df + 0.5))
    lengths = np.asarray(c.sum(1)).ravel()
    norm = np.repeat(K1 * (1 - B + B * lengths / lengths.mean()), np.diff(c.indptr))
    impacts, query = c.copy(), p.copy()
    impacts.data = idf[c.indices] * c.data / (c.data + norm)
    query.data[:] = 1.0
    return query, impacts


SAMPLE = 300


def exact(a, b):
    """Scores of the first queries in float64."""
    return np.asarray((a[:SAMPLE] @ b.T.tocsr()).todense())


def agreement(scores, top):
    """The share of a top-10 that belongs there: a tie with the tenth counts, and so does a difference of rounding."""
    right = wanted = 0
    for row, found in zip(scores, top):
        some = min(K, int((row > 0).sum()))
        wanted += some
        if some:
            tenth = np.partition(row, -some)[-some]
            right += sum(i < len(row) and row[i] >= tenth * (1 - 1e-5) for i in np.unique(found[:some]))
    return right / max(wanted, 1)


def main():
    rows = []

    def row(name, what, times, agrees, note=""):
        rows.append((name, what, times, agrees, note))
        print(f"  {name}: {statistics.median(times):.3f} s, agreement {agrees:.4f}", file=sys.stderr)

    with tempfile.TemporaryDirectory() as directory:
        rust(directory, "terms")
        words = Path(directory, "terms.txt").read_text().split("\n")
        p, c = counts(directory, "profiles", len(words)), counts(directory, "challenges", len(words))
        df = np.bincount(c.indices, minlength=len(words))
        postings = int(df[p.indices].sum())

        impacts, weights = weighed(p, c)
        sums, shares = exact(impacts, weights), exact(impacts, shared(weights))
        top = lambda name: np.fromfile(f"{directory}/{name}.top", "<u4").reshape(-1, K)
        times = [float(t) for t in rust(directory, "kernel", "--runs", str(options.runs + 2)).split()]
        row("kernel study (not the engine)", "text", times[1:], agreement(sums, top("kernel")))
        budget = ["--runs", str(options.runs + 1), "--budget", str(options.budget)]
        for name, flags in (("match_all_table", ["--table"]), ("match_all", [])):
            times = [float(t) for t in rust(directory, "osuma", *budget, *flags).split()]
            row(f"**osuma** {name}", "text", times[1:] or times, agreement(shares, top("osuma")))

        single, transposed = impacts.astype(np.float32), weights.astype(np.float32).T.tocsr()
        variants = []
        for parts in (1, 2, 4):
            edges = np.linspace(0, c.shape[0], parts + 1).astype(int)
            blocks = [transposed[:, a:b].tocsr() for a, b in zip(edges, edges[1:])]

            def product(blocks=blocks):
                found = [sp_matmul_topn(single, x, top_n=K, n_threads=options.threads, sort=True) for x in blocks]
                return found[0] if len(found) == 1 else zip_sp_matmul_topn(K, found)

            variants.append((seconds(product), parts, product))
        times, parts, product = min(variants, key=lambda v: (statistics.median(v[0]), v[1]))
        best = product().tolil().rows
        row("sparse_dot_topn", "text", times, agreement(sums, best), f"f32, candidates in {parts} part(s), the best of 1, 2, 4")

        def scipy_product():
            out = []
            for first in range(0, p.shape[0], 500):
                dense = np.asarray((single[first : first + 500] @ transposed).todense())
                out.append(np.argpartition(dense, -K, axis=1)[:, -K:])
            return np.concatenate(out)

        row("scipy", "text", seconds(scipy_product), agreement(sums, scipy_product()), "csr product, argpartition, 1 thread")

        query, documents = plain(p, c)
        theirs = exact(query, documents)
        tokens = lambda m: [np.repeat(m.indices[a:b], m.data[a:b].astype(int)).tolist() for a, b in zip(m.indptr, m.indptr[1:])]
        corpus, asked = tokens(c), [m.tolist() for m in np.split(p.indices, p.indptr[1:-1])]
        retriever = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numba")
        retriever.index(bm25s.tokenization.Tokenized(ids=corpus, vocab={w: i for i, w in enumerate(words)}), show_progress=False)
        known = [[words[t] for t in q] for q in asked]
        retrieve = lambda: retriever.retrieve(known, k=K, n_threads=options.threads, show_progress=False)
        row("bm25s numba", "BM25", seconds(retrieve), agreement(theirs, retrieve().documents))

        schema = tantivy.SchemaBuilder()
        schema.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
        schema.add_integer_field("id", stored=True)
        schema = schema.build()
        index = tantivy.Index(schema)
        writer = index.writer(200_000_000, 1)
        for i, doc in enumerate(corpus):
            writer.add_document(tantivy.Document(body=" ".join(f"t{t}" for t in doc), id=i))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        searcher = index.searcher()
        sample = asked[:SAMPLE]

        def search():
            should = tantivy.Occur.Should
            term = lambda t: tantivy.Query.term_query(schema, "body", f"t{t}", index_option="freq")
            queries = [tantivy.Query.boolean_query([(should, term(t)) for t in q]) for q in sample]
            return [[a for _, a in searcher.search(q, K, count=False).hits] for q in queries]

        found = [[searcher.doc(a)["id"][0] for a in hits] for hits in search()]
        share = p.shape[0] / len(sample)
        times = [t * share / options.threads for t in seconds(search)]
        note = f"from {len(sample)} queries on 1 thread, divided by {THREADS}; lengths in one byte"
        row("tantivy-py", "BM25", times, agreement(theirs, found), note)

        times = [float(t) for t in rust(directory, "cosine", "--runs", str(options.runs + 1)).split()]
        vectors = lambda side: np.fromfile(f"{directory}/{side}.vectors", "<f4").reshape(-1, 384)
        people, problems = vectors("profiles"), vectors("challenges")
        cosines = people[:SAMPLE].astype(float) @ problems.astype(float).T
        row("**osuma** match_all_table", "cosine", times[1:], agreement(cosines + 1, top("osuma")), "384-d f32, random vectors, exact")
        faiss.omp_set_num_threads(options.threads)
        flat = faiss.IndexFlatIP(384)
        flat.add(problems)
        nearest = lambda: flat.search(people, K)[1]
        row("faiss flat", "cosine", seconds(nearest), agreement(cosines + 1, nearest()), "the same vectors")
        quantised = faiss.IndexScalarQuantizer(384, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
        quantised.train(problems)
        quantised.add(problems)
        nearest = lambda: quantised.search(people, K)[1]
        row("faiss flat, int8", "cosine", seconds(nearest), agreement(cosines + 1, nearest()), "the same, 8 bits a value")

    ours = {what: statistics.median(times) for name, what, times, _, _ in reversed(rows) if "**osuma**" in name}
    ours["BM25"] = ours["text"]
    cpu = next((x.split(":")[1].strip() for x in open("/proc/cpuinfo") if x.startswith("model name")), platform.machine())
    print(f"{options.profiles:,} profiles x {options.challenges:,} challenges, top-{K}, {THREADS} threads; "
          f"{len(words):,} terms, {p.nnz / p.shape[0]:.0f} and {c.nnz / c.shape[0]:.0f} a document, {postings:,} postings; "
          f"texts from {'ESCO' if options.labels else 'the starter taxonomy'}.")
    load = os.getloadavg()[0]
    print(f"{time.strftime('%Y-%m-%d')}, {cpu}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}; "
          + ", ".join(f"{n} {version(n)}" for n in ("sparse-dot-topn", "bm25s", "numba", "scipy", "tantivy", "faiss-cpu")) + ".\n")
    print("| | work | median s | min - max | times osuma's | top-10 agrees | |\n|---|---|---|---|---|---|---|")
    for name, what, times, agrees, note in rows:
        ratio = f"{statistics.median(times) / ours[what]:.3g}"
        print(f"| {name} | {what} | {statistics.median(times):.3f} | {min(times):.3f} - {max(times):.3f}, {len(times)} runs "
              f"| {ratio} | {100 * agrees:.1f} % | {note} |")
    print("\ntext: osuma's formula (profile as BM25's document, idf over both sides, counts of the challenge saturated), "
          "which a sparse product can express; BM25: the challenge as document, distinct words of the profile as query, "
          "which search engines can. Each is checked against its own formula in float64.")


main()

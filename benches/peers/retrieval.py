"""The same measurements as `cargo bench --bench retrieval`, for rank_bm25, bm25s, tantivy and numpy, on the same texts.

    python -m venv v && v/bin/pip install numpy rank_bm25 bm25s tantivy
    v/bin/python benches/peers/retrieval.py

One thread each. Times are the processor's, least of several, in milliseconds; a query is one of 500 with 3 to 12 words.
Tantivy is asked through its Python binding with queries parsed before.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import bisect
import time

import bm25s
import numpy as np
import rank_bm25
import tantivy

TEXTS, WORDS, QUERIES, VOCABULARY = 50_000, 60, 500, 30_000
MASK = (1 << 64) - 1


def texts_and_queries():
    """The texts of benches/retrieval.rs, word for word."""
    sums, total = [], 0.0
    for rank in range(1, VOCABULARY + 1):
        total += 1.0 / rank
        sums.append(total)
    state = 42

    def text(words):
        nonlocal state
        out = []
        for _ in range(words):
            state = (state * 6364136223846793005 + 1442695040888963407) & MASK
            at = (state >> 33) / (1 << 31) * total
            out.append(f"w{bisect.bisect_left(sums, at)}")
        return " ".join(out)

    texts = [text(WORDS) for _ in range(TEXTS)]
    return texts, [text(3 + number % 10) for number in range(QUERIES)]


def least(work, times=5):
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found) * 1e3


def show(name, milliseconds):
    print(f"{name:44} {milliseconds:10.3f} ms", flush=True)


def main():
    texts, queries = texts_and_queries()
    words = [text.split() for text in texts]
    asked = [query.split() for query in queries]

    index = None

    def build():
        nonlocal index
        index = rank_bm25.BM25Okapi([text.split() for text in texts])

    show("rank_bm25: index", least(build, 3))
    show("rank_bm25: query", least(lambda: [index.get_top_n(one, texts, 10) for one in asked[:20]], 3) / 20)

    def build_sparse():
        nonlocal index
        index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        index.index([text.split() for text in texts], show_progress=False)

    show("bm25s: index", least(build_sparse, 3))

    def ask_sparse():
        for one in asked:
            index.retrieve([one], k=10, show_progress=False, n_threads=0)

    show("bm25s: query", least(ask_sparse, 3) / QUERIES)

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False)
    schema = builder.build()

    def build_tantivy():
        nonlocal index
        index = tantivy.Index(schema)
        writer = index.writer(num_threads=1)
        for text in texts:
            writer.add_document(tantivy.Document(text=text))
        writer.commit()
        writer.wait_merging_threads()

    show("tantivy: index (its writer's threads included)", least(build_tantivy, 3))
    index.reload()
    searcher = index.searcher()
    parsed = [index.parse_query(query, ["text"]) for query in queries]
    show("tantivy: query", least(lambda: [searcher.search(one, 10, count=False) for one in parsed]) / QUERIES)

    vectors = np.random.default_rng(7).random((100_000, 384), dtype=np.float32) - 0.5
    query = vectors[5] * 0.5 + 0.1

    def nearest():
        products = vectors @ query
        best = np.argpartition(-products, 10)[:10]
        return best[np.argsort(-products[best])]

    show("numpy: ten nearest of 100,000 x 384", least(nearest, 30))


if __name__ == "__main__":
    main()

"""What the same statistics cost by SciPy, on values of the same shapes as benches/statistics.rs.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1
    venv/bin/python benches/peers/statistics.py

Prints the median of some runs in milliseconds, one after the other on one thread.
"""
import sys
import time

# This file has the name of a module that others import.
sys.path.pop(0)

import statistics  # noqa: E402

import numpy as np  # noqa: E402
from scipy import stats  # noqa: E402

rng = np.random.default_rng(1)
differences = rng.uniform(size=1_000) - rng.uniform(size=1_000)
twenty = differences[:20]


def milliseconds(call, runs):
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        call()
        taken.append(1_000 * (time.perf_counter() - begun))
    return statistics.median(taken)


def bootstrap(method, batch=None):
    return stats.bootstrap((differences,), np.mean, n_resamples=10_000, method=method, vectorized=True, batch=batch,
                           rng=np.random.default_rng(1))


def flips(values, resamples):
    return stats.permutation_test((values,), np.mean, permutation_type="samples", vectorized=True, n_resamples=resamples,
                                  batch=1_000, rng=np.random.default_rng(1))


def table(cases):
    cells = [rng.uniform(size=cases) * chance for chance in (0.3, 0.4, 0.5, 0.6)]
    plain, tuned, prompted, both = cells
    for one, other in [(prompted, plain), (tuned, plain), (both, plain), (both, prompted), (both, tuned)]:
        d = one - other
        stats.bootstrap((d,), np.mean, n_resamples=10_000, method="BCa", vectorized=True, batch=500, rng=np.random.default_rng(1))
        flips(d, 10_000)
    d = both - prompted - tuned + plain
    stats.bootstrap((d,), np.mean, n_resamples=10_000, method="BCa", vectorized=True, batch=500, rng=np.random.default_rng(1))


for name, call, runs in [
    ("ten_thousand_paired_bootstrap_resamples, 1000, percentile", lambda: bootstrap("percentile"), 5),
    ("ten_thousand_paired_bootstrap_resamples, 1000, BCa", lambda: bootstrap("BCa"), 5),
    ("sign_flip_test, 1000, 10,000 drawn", lambda: flips(differences, 10_000), 3),
    ("mcnemar, exact", lambda: stats.binomtest(125, 291, 0.5).pvalue, 20),
    ("five comparisons and the interaction, 5000", lambda: table(5_000), 1),
]:
    print(f"{name}: {milliseconds(call, runs):.3f} ms", flush=True)

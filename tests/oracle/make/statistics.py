"""Makes made_statistics.jsonl: reference values for what visible_stats.jsonl does not cover.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 statsmodels==0.15.0 krippendorff==0.9.0
    venv/bin/python tests/oracle/make/statistics.py > tests/oracle/made_statistics.jsonl

By packages: BCa (scipy), Cohen's kappa (statsmodels), Krippendorff's alpha (krippendorff), cases for a mean (statsmodels).
By other ways than the program's own: Tango's interval (the constrained likelihood maximised numerically, the score solved by
Brent's method), power (every table summed with scipy's binomial), the beta-binomial mixture (scipy's betaln, Brent), the
betting confidence sequence (array code from the paper), standard errors of strengths (finite differences).
"""
import json
import math
import sys

# This file has the name of a module that others import.
sys.path.pop(0)

import krippendorff
import numpy as np
from scipy import optimize, special, stats
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.power import TTestPower

rng = np.random.default_rng(20261127)


def out(**record):
    print(json.dumps(record))


def rounded(values):
    return [round(float(value), 3) for value in values]


# BCa of a mean, and of the interaction on the log-odds scale; means and spread over 12 seeds of 10,000 resamples.
def bca(columns, statistic, level):
    ends = []
    for seed in range(12):
        result = stats.bootstrap(columns, statistic, n_resamples=10_000, paired=len(columns) > 1, vectorized=True,
                                 confidence_level=level, method="BCa", rng=np.random.default_rng(seed))
        ends.append([result.confidence_interval.low, result.confidence_interval.high])
    ends = np.array(ends)
    # Six standard deviations of one run, and of the mean of twelve.
    tolerance = 6 * ends.std(axis=0, ddof=1).max() * math.sqrt(1 + 1 / 12)
    return [float(end) for end in ends.mean(axis=0)], float(tolerance)


for name, values in [
    ("skewed", rounded(rng.beta(0.4, 3.0, 30))),
    ("differences", rounded(rng.uniform(0, 1, 40) - rng.beta(2, 5, 40))),
    ("few", rounded(rng.exponential(0.2, 9).clip(0, 1))),
]:
    for level in [0.95, 0.9]:
        ends, tolerance = bca((values,), np.mean, level)
        out(id=f"bca-{name}-{level}", kind="bca", values=values, level=level, result={"bca": ends, "tolerance": tolerance})


def log_odds(plain, tuned, prompted, both, axis=-1):
    def logit(x):
        n, right = x.shape[axis], x.sum(axis=axis)
        return np.log((right + 0.5) / (n - right + 0.5))
    return logit(both) - logit(prompted) - logit(tuned) + logit(plain)


for name, chances in [("reinforce", [0.2, 0.3, 0.3, 0.8]), ("add", [0.3, 0.5, 0.4, 0.6])]:
    cells = [rounded(rng.uniform(size=60) < chance) for chance in chances]
    ends, tolerance = bca(tuple(np.array(cell) for cell in cells), log_odds, 0.95)
    contrast = np.array(cells[3]) - cells[2] - cells[1] + cells[0]
    wide, wide_tolerance = bca((contrast,), np.mean, 0.95)
    narrow, narrow_tolerance = bca((contrast,), np.mean, 0.9)
    out(id=f"interaction-{name}", kind="interaction", cells=cells, result={
        "value": float(contrast.mean()), "interval95": wide, "interval90": narrow,
        "tolerance": max(wide_tolerance, narrow_tolerance),
        "log_odds": float(log_odds(*(np.array(cell) for cell in cells))), "log_odds_interval95": ends,
        "log_odds_tolerance": tolerance,
    })

# Cohen's kappa.
for name, n, labels, noise in [("two", 50, 2, 0.3), ("four", 120, 4, 0.5), ("against", 30, 2, 0.9)]:
    first = rng.integers(0, labels, n)
    second = np.where(rng.uniform(size=n) < noise, rng.integers(0, labels, n), first)
    if name == "against":
        second = 1 - second
    table = np.zeros((labels, labels))
    np.add.at(table, (first, second), 1)
    found = cohens_kappa(table)
    out(id=f"kappa-{name}", kind="kappa", first=first.tolist(), second=second.tolist(),
        result={"kappa": float(found.kappa), "standard_error": float(found.std_kappa)})

# Krippendorff's alpha, with ratings missing.
for name, raters, units, values in [("two", 2, 25, 3), ("four", 4, 30, 5), ("many", 6, 12, 7)]:
    truth = rng.integers(1, values + 1, units)
    ratings = np.clip(truth + rng.integers(-1, 2, (raters, units)), 1, values).astype(float)
    ratings[rng.uniform(size=ratings.shape) < 0.2] = np.nan
    by_unit = [[value for value in ratings[:, unit] if not math.isnan(value)] for unit in range(units)]
    out(id=f"alpha-{name}", kind="krippendorff_alpha", units=by_unit, result={
        scale: float(krippendorff.alpha(reliability_data=ratings, level_of_measurement=scale))
        for scale in ["nominal", "ordinal", "interval"]
    })


# Tango's interval.
def tango_score(b, c, n, delta):
    low, high = max(0.0, -delta), (1 - delta) / 2
    def minus(q):
        terms = [(b, q + delta), (c, q), (n - b - c, 1 - 2 * q - delta)]
        return -sum(count * math.log(max(share, 1e-300)) for count, share in terms if count > 0)
    # The likelihood is concave: solve its slope, which is monotone, instead of trusting a minimiser's last digits.
    def slope(q):
        terms = [(b, q + delta, 1), (c, q, 1), (n - b - c, 1 - 2 * q - delta, -2)]
        return sum(sign * count / share for count, share, sign in terms if count > 0)
    inner = (low + 1e-15 * max(1, low), high - 1e-15)
    if slope(inner[0]) <= 0:
        q = low
    elif slope(inner[1]) >= 0:
        q = high
    else:
        q = optimize.brentq(slope, *inner, xtol=1e-16, rtol=1e-14)
    assert minus(q) <= min(minus(low), minus(high)) + 1e-9
    return (b - c - n * delta) / math.sqrt(n * (2 * q + delta * (1 - delta)))


for b, c, n in [(1, 7, 21), (9, 16, 80), (0, 5, 30), (43, 4, 60), (120, 90, 1500), (0, 0, 25)]:
    for level in [0.95, 0.9]:
        z = stats.norm.ppf((1 + level) / 2)
        centre = (b - c) / n
        low = optimize.brentq(lambda d: tango_score(b, c, n, d) - z, -1 + 1e-9, centre - 1e-12 if b or c else -1e-12, xtol=1e-15)
        high = optimize.brentq(lambda d: tango_score(b, c, n, d) + z, centre + 1e-12 if b or c else 1e-12, 1 - 1e-9, xtol=1e-15)
        out(id=f"tango-{b}-{c}-{n}-{level}", kind="tango", b=b, c=c, n=n, level=level, result={"tango": [low, high]})


# Power of the exact test, every table summed.
def power(n, difference, discordance):
    total = 0.0
    wins = (discordance + difference) / (2 * discordance)
    for pairs in range(n + 1):
        k = np.arange(pairs + 1)
        p = np.minimum(1, 2 * stats.binom.cdf(np.minimum(k, pairs - k), pairs, 0.5))
        total += stats.binom.pmf(pairs, n, discordance) * stats.binom.pmf(k, pairs, wins)[p <= 0.05].sum()
    return float(total)


for n, difference, discordance in [(40, 0.2, 0.4), (120, 0.1, 0.2), (300, 0.05, 0.1), (300, 0.0, 0.2), (25, 0.4, 0.4)]:
    out(id=f"power-{n}-{difference}-{discordance}", kind="power", n=n, difference=difference, discordance=discordance,
        result={"power": power(n, difference, discordance)})
for difference, deviation in [(0.05, 0.3), (0.1, 0.25), (0.2, 0.5)]:
    cases = TTestPower().solve_power(effect_size=difference / deviation, power=0.8, alpha=0.05)
    out(id=f"cases-{difference}-{deviation}", kind="cases_for_mean", difference=difference, deviation=deviation,
        result={"cases": float(cases)})

# The beta-binomial mixture.
for name, n, chance in [("even", 80, 0.5), ("better", 60, 0.75), ("all", 12, 1.0)]:
    won = (rng.uniform(size=n) < chance).astype(int)
    def log_evidence(w, l, share):
        return special.betaln(w + 0.5, l + 0.5) - special.betaln(0.5, 0.5) - special.xlogy(w, share) - special.xlog1py(l, -share)
    wins = np.cumsum(won)
    losses = np.arange(1, n + 1) - wins
    most = max(0.0, max(log_evidence(w, l, 0.5) for w, l in zip(wins, losses)))
    w, l = wins[-1], losses[-1]
    bar = -math.log(0.05)
    centre = w / (w + l)
    low = optimize.brentq(lambda s: log_evidence(w, l, s) - bar, 1e-12, centre - 1e-12, xtol=1e-15) if w else 0.0
    high = optimize.brentq(lambda s: log_evidence(w, l, s) - bar, centre + 1e-12, 1 - 1e-12, xtol=1e-15) if l else 1.0
    out(id=f"evidence-{name}", kind="beta_binomial", won=won.tolist(), result={"p": math.exp(-most), "interval95": [low, high]})


# The betting confidence sequence, on the same grid, whole arrays at once.
def betting(x, alpha, grid):
    t = np.arange(1, len(x) + 1)
    mu = (0.5 + np.cumsum(x)) / (t + 1)
    variance = (0.25 + np.cumsum((x - mu) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], variance[:-1]])
    stake = np.sqrt(2 * np.log(2 / alpha) / (before * t * np.log(t + 1)))
    ends = []
    for m in grid:
        with np.errstate(divide="ignore"):
            plus = np.cumprod(1 + np.minimum(stake, 0.5 / m if m else np.inf) * (x - m))
            minus = np.cumprod(1 - np.minimum(stake, 0.5 / (1 - m) if m < 1 else np.inf) * (x - m))
        if (np.maximum(plus, minus) / 2).max() < 1 / alpha:
            ends.append(m)
    step = grid[1] - grid[0]
    return [max(-1.0, 2 * (min(ends) - step) - 1), min(1.0, 2 * (max(ends) + step) - 1)]


for name, n, centre in [("none", 60, 0.0), ("better", 150, 0.15), ("worse", 90, -0.4)]:
    differences = rounded(np.clip(rng.normal(centre, 0.25, n), -1, 1))
    x = (np.array(differences) + 1) / 2
    out(id=f"betting-{name}", kind="betting", differences=differences,
        result={"interval95": [float(end) for end in betting(x, 0.05, np.arange(1001) / 1000)]})


# Standard errors of strengths, by finite differences of the penalised likelihood.
for name, wins, penalty in [("three", [[0, 3, 1], [7, 0, 4], [9, 6, 0]], 0.1), ("half", [[0, 2.5, 4], [1.5, 0, 3], [0, 1, 0]], 0.5)]:
    w = np.array(wins, float)
    def cost(x):
        return (w * np.logaddexp(0, x[None, :] - x[:, None])).sum() + penalty * (x ** 2).sum()
    best = optimize.minimize(cost, np.zeros(len(w)), method="BFGS", options={"gtol": 1e-10}).x
    h = 1e-4
    unit = np.eye(len(w)) * h
    hessian = np.array([[(cost(best + a + b) - cost(best + a - b) - cost(best - a + b) + cost(best - a - b)) / (4 * h * h)
                         for b in unit] for a in unit])
    errors = np.sqrt(np.diag(np.linalg.inv(hessian)))
    out(id=f"strengths-{name}", kind="strength_errors", wins=wins, l2_alpha=penalty,
        result={"standard_errors": errors.tolist(), "tolerance": 1e-4})

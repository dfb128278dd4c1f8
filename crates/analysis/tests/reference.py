#!/usr/bin/env python3
"""Known answers for the statistics of das-analysis, computed by SciPy, statsmodels and SALib.

    python3 -m venv VENV
    VENV/bin/pip install scipy==1.17.1 numpy==2.4.6 statsmodels==0.15.0 SALib==1.6.0
    VENV/bin/python crates/analysis/tests/reference.py > crates/analysis/tests/it/reference.rs
    VENV/bin/python crates/analysis/tests/reference.py --check
    VENV/bin/python crates/analysis/tests/reference.py --coverage

The tests compare with what is written; --check computes it again and compares with the file, numbers to 1e-9 of their size.
--coverage (a minute) prints how often SciPy's own BCa interval holds the mean, the figures that comments on coverage quote.
Nothing here is shared with the crate but the generator of draws, which is written down a second time (Xoshiro256++ as seeded by
SplitMix64, Lemire's bounded numbers) so that SciPy corrects the very resamples that the crate draws.
"""

import math
import pathlib
import re
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import scipy
import statsmodels
from SALib.analyze import morris as morris_analyze
from SALib.sample import morris as morris_sample
from scipy import stats
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats._resampling import _bca_interval, BootstrapResult
from scipy.stats._common import ConfidenceInterval
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

FILE = pathlib.Path(__file__).parent / "it" / "reference.rs"
MASK = (1 << 64) - 1
RESAMPLES = 2000


class Stream:
    """Xoshiro256++ (Blackman and Vigna), its state filled by SplitMix64."""

    def __init__(self, seed):
        self.s = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            z = seed
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
            self.s.append(z ^ (z >> 31))

    def bits(self):
        def turn(x, k):
            return ((x << k) | (x >> (64 - k))) & MASK

        s = self.s
        out = (turn((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = turn(s[3], 45)
        return out

    def below(self, n):
        wide = n * (self.bits() >> 32)
        if wide & 0xFFFFFFFF < n:
            threshold = ((1 << 32) - n) % n
            while wide & 0xFFFFFFFF < threshold:
                wide = n * (self.bits() >> 32)
        return wide >> 32


def bca(values, level, seed):
    """SciPy's BCa interval over the resamples that a stream gives of the ascending values."""
    ascending = np.sort(values)
    stream = Stream(seed)
    n = len(ascending)
    means = np.array([np.mean(ascending[[stream.below(n) for _ in range(n)]]) for _ in range(RESAMPLES)])
    before = BootstrapResult(ConfidenceInterval(0.0, 0.0), means, 0.0)
    result = stats.bootstrap(
        (ascending,), np.mean, n_resamples=0, confidence_level=level, method="BCa", bootstrap_result=before
    )
    acceleration = _bca_interval((ascending,), np.mean, -1, (1 - level) / 2, means, None, np)[2]
    interval = result.confidence_interval
    return interval.low, interval.high, acceleration


def number(x):
    if isinstance(x, bool):
        return str(x).lower()
    if isinstance(x, (int, np.integer)):
        return str(int(x))
    if not math.isfinite(x):
        raise ValueError("not a known answer")
    text = repr(float(x))
    return text if re.search(r"[.e]", text) else text + ".0"


def row(values):
    return ", ".join(number(x) for x in values)


def differences(name, values, exact):
    d = np.array(values)
    t = stats.ttest_1samp(d, 0.0)
    ci = {level: t.confidence_interval(level) for level in (0.95, 0.99)}
    moved = d[d != 0]
    ranks = stats.rankdata(np.abs(moved))
    above, below = ranks[moved > 0].sum(), ranks[moved < 0].sum()
    # Zeros are taken out before, as "wilcox" does, so that method="exact" is about the rest.
    w = stats.wilcoxon(moved, zero_method="wilcox", correction=True, method="exact" if exact else "asymptotic")
    dz = d.mean() / d.std(ddof=1)
    m = len(d) - 1
    j = math.exp(gammaln(m / 2) - gammaln((m - 1) / 2)) / math.sqrt(m / 2)
    low, high, acceleration = bca(d, 0.95, 7)
    return f"""
/// {name}
pub(crate) const {name}: Differences = Differences {{
    values: &[{row(values)}],
    mean: {number(d.mean())},
    sd: {number(d.std(ddof=1))},
    t: {number(t.statistic)},
    p: {number(t.pvalue)},
    at_95: [{row(ci[0.95])}],
    at_99: [{row(ci[0.99])}],
    ranks: [{row([above, below])}],
    wilcoxon_p: {number(w.pvalue)},
    exact: {number(exact)},
    dz: {number(dz)},
    gz: {number(j * dz)},
    rank_biserial: {number((above - below) / (above + below))},
    bca: [{row([low, high])}],
    acceleration: {number(acceleration)},
}};
"""


def generate():
    rng = np.random.default_rng(20240117)
    skewed = np.round(rng.exponential(0.08, 30) - 0.05, 6).tolist()
    small = np.round(rng.normal(0.03, 0.05, 12), 6).tolist()
    edge = np.round(rng.normal(0.01, 0.05, 25), 6).tolist()
    tied = [0.0, 1.0, -1.0, 2.0, 2.0, 0.0, 3.0, -2.0, 1.0, 1.0, 4.0, 5.0, -1.0, 2.0, 3.0, 3.0, 0.0, 7.0, -4.0, 1.0]
    out = f"""//! Known answers by SciPy {scipy.__version__}, NumPy {np.__version__}, statsmodels {statsmodels.__version__}, SALib {version("SALib")}.
//!
//! Written by `python crates/analysis/tests/reference.py`, checked by the same with `--check`; its head says with what versions.

#![expect(clippy::unreadable_literal, reason = "digits as the script writes them")]

/// Differences and what they come to: `scipy.stats.ttest_1samp`, `wilcoxon`, `bootstrap` (BCa over {RESAMPLES} resamples of stream 7).
pub(crate) struct Differences {{
    pub(crate) values: &'static [f64],
    pub(crate) mean: f64,
    pub(crate) sd: f64,
    pub(crate) t: f64,
    pub(crate) p: f64,
    pub(crate) at_95: [f64; 2],
    pub(crate) at_99: [f64; 2],
    pub(crate) ranks: [f64; 2],
    pub(crate) wilcoxon_p: f64,
    pub(crate) exact: bool,
    pub(crate) dz: f64,
    pub(crate) gz: f64,
    pub(crate) rank_biserial: f64,
    pub(crate) bca: [f64; 2],
    pub(crate) acceleration: f64,
}}

/// Resamples behind `bca`.
pub(crate) const RESAMPLES: u32 = {RESAMPLES};
"""
    for name, values, exact in [
        ("SKEWED_30", skewed, False),
        ("SMALL_12", small, True),
        ("EDGE_25", edge, True),
        ("TIED_20", tied, False),
    ]:
        out += differences(name, values, exact)

    # statsmodels.stats.multitest.multipletests, methods holm and fdr_bh.
    p = [0.001, 0.0401, 0.2, 0.012, 0.0125, 0.9, 0.03, 0.03, 0.0004, 0.5]
    out += f"""
/// Raw p, Holm's and Benjamini and Hochberg's: `statsmodels.stats.multitest.multipletests`, methods `holm` and `fdr_bh`.
pub(crate) const FAMILY: [[f64; {len(p)}]; 3] = [
    [{row(p)}],
    [{row(multipletests(p, method="holm")[1])}],
    [{row(multipletests(p, method="fdr_bh")[1])}],
];
"""

    a = np.round(rng.normal(0.2, 1, 15), 1)
    b = np.round(rng.normal(0, 1, 11), 1)
    u = stats.mannwhitneyu(a, b).statistic
    out += f"""
/// Two samples with ties and Cliff's delta as 2U/(n_a·n_b) − 1 with U of `scipy.stats.mannwhitneyu`.
pub(crate) const CLIFF: (&[f64], &[f64], f64) = (&[{row(a)}], &[{row(b)}], {number(2 * u / (len(a) * len(b)) - 1)});
"""

    grid = [
        (d, n, alpha)
        for n in (2, 3, 5, 10, 30, 100, 1000, 10_000, 100_000)
        for d in (0.0, 0.005, 0.05, 0.3, 0.8, 2.0)
        for alpha in (1e-6, 0.0001, 0.004, 0.05, 0.1)
    ]
    # Few pairs, a very large effect and a small alpha: where the power turns within a sliver of the spread.
    grid += [(20.0, n, alpha) for n in (2, 3) for alpha in (1e-6, 0.0001, 0.004)]
    lines = []
    for d, n, alpha in grid:
        df, shift = n - 1, d * math.sqrt(n)
        critical = stats.t.isf(alpha / 2, df)
        # P(T' < -c; shift) = P(T' > c; -shift): SciPy has no number for some lower tails near 0.
        lower = stats.nct.sf(critical, df, -shift)
        power = stats.nct.sf(critical, df, shift) + lower if d else alpha
        lines.append(f"    ({number(d)}, {n}, {number(alpha)}, {number(power)}),")
    out += f"""
/// d_z, n, α, power by `scipy.stats.nct`.
pub(crate) const POWER: [(f64, u64, f64, f64); {len(grid)}] = [
""" + "\n".join(lines) + "\n];\n"

    lines = []
    asked = [(d, a, p) for d in (0.1, 0.2, 0.5, 0.8, 1.2) for a in (0.05, 0.05 / 12) for p in (0.8, 0.95)]
    for d, alpha, power in asked:
        n = TTestPower().solve_power(effect_size=d, alpha=alpha, power=power, alternative="two-sided")
        lines.append(f"    ({number(d)}, {number(alpha)}, {number(power)}, {math.ceil(float(np.squeeze(n)))}),")
    out += f"""
/// d_z, α, power, seeds: `statsmodels.stats.power.TTestPower().solve_power`, rounded up.
pub(crate) const SEEDS: [(f64, f64, f64, u64); {len(asked)}] = [
""" + "\n".join(lines) + "\n];\n"

    lines = []
    asked = [(n, a, p) for n in (5, 10, 30, 100) for a in (0.05, 0.05 / 12) for p in (0.8, 0.95)]
    for n, alpha, power in asked:
        # statsmodels searches d to 1e-6 only: a root to 1e-13 of SciPy's noncentral t, near its answer.
        critical = stats.t.isf(alpha / 2, n - 1)

        def short(d):
            return stats.nct.sf(critical, n - 1, d * math.sqrt(n)) + stats.nct.cdf(-critical, n - 1, d * math.sqrt(n)) - power

        near = float(np.squeeze(TTestPower().solve_power(nobs=n, alpha=alpha, power=power, alternative="two-sided")))
        d = brentq(short, 0.99 * near, 1.01 * near, xtol=1e-13)
        lines.append(f"    ({n}, {number(alpha)}, {number(power)}, {number(d)}),")
    out += f"""
/// n, α, power, d_z: root of the power by `scipy.stats.nct` near the answer of `TTestPower().solve_power`.
pub(crate) const EFFECTS: [(u64, f64, f64, f64); {len(asked)}] = [
""" + "\n".join(lines) + "\n];\n"

    bounds = [[0.0, 0.3], [-1.0, 2.0], [10.0, 70.0]]
    problem = {"num_vars": 3, "names": ["tax", "audit", "bond"], "bounds": bounds}
    x = morris_sample.sample(problem, 8, num_levels=6, seed=3)
    y = np.sin(9 * x[:, 0]) + 0.7 * x[:, 1] ** 2 + 0.01 * x[:, 0] * x[:, 2] + 0.02 * x[:, 2]
    s = morris_analyze.analyze(problem, x, y, num_levels=6, seed=3)
    points = "\n".join(f"    [{row(point)}]," for point in x)
    out += f"""
/// Ranges of the three parameters.
pub(crate) const MORRIS_BOUNDS: [[f64; 2]; 3] = [{", ".join(f"[{row(b)}]" for b in bounds)}];

/// Eight trajectories on a grid of six levels: `SALib.sample.morris`.
pub(crate) const MORRIS_POINTS: [[f64; 3]; {len(x)}] = [
{points}
];

/// sin 9·tax + 0.7·audit² + 0.01·tax·bond + 0.02·bond at the points.
pub(crate) const MORRIS_OUTPUTS: [f64; {len(y)}] = [{row(y)}];

/// μ, μ*, σ by parameter: `SALib.analyze.morris`.
pub(crate) const MORRIS_FIGURES: [[f64; 3]; 3] = [
    {", ".join(f"[{row(f)}]" for f in zip(s["mu"], s["mu_star"], s["sigma"]))}
];
"""
    formatted = subprocess.run(
        ["rustfmt", "--edition", "2024"], input=out, capture_output=True, text=True, check=True
    )
    return formatted.stdout


def check():
    pattern = re.compile(r"-?\d+\.\d+(?:e-?\d+)?|-?\d+e-?\d+")
    text, now = FILE.read_text(), generate()
    # Versions are in the head: another version may differ there.
    body, fresh = (t.split("#![expect", 1)[1] for t in (text, now))
    if re.sub(r"\s+", "", pattern.sub("#", body)) != re.sub(r"\s+", "", pattern.sub("#", fresh)):
        sys.exit(f"{FILE.name} is not what this script writes")
    pairs = list(zip(pattern.findall(body), pattern.findall(fresh)))
    for old, new in pairs:
        if not math.isclose(float(old), float(new), rel_tol=1e-9, abs_tol=1e-12):
            sys.exit(f"{FILE.name} says {old}, computed now: {new}")
    print(f"{len(pairs)} known answers agree")


def coverage():
    for n, kind in ((30, "exponential"), (30, "normal"), (10, "normal")):
        rng = np.random.default_rng(1)
        samples = rng.exponential(1, (4000, n)) if kind == "exponential" else rng.normal(1, 1, (4000, n))
        held = 0
        for sample in samples:
            result = stats.bootstrap((sample,), np.mean, n_resamples=1000, method="BCa", rng=rng)
            held += result.confidence_interval.low <= 1 <= result.confidence_interval.high
        print(f"{kind}, n = {n}: {held / len(samples)} of {len(samples)} samples at 95 %")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:] == ["--coverage"]:
        coverage()
    else:
        sys.stdout.write(generate())

//! What verdicts cost: resampling, sign flips, the whole table.
//!
//! `cargo bench --bench statistics`; `benches/peers/statistics.py` does the same by `SciPy`, on values of the same shapes.

use divan::{Bencher, black_box};
use fourfold::stats::{FourfoldVerdict, McNemar, Paired, Resampled, Settings, power, sign_flip};

fn main() {
    divan::main();
}

/// Numbers from 0 to 1, the same on every machine (Knuth's linear congruential generator).
fn grades(count: usize, mut state: u64) -> Vec<f64> {
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        })
        .collect()
}

fn differences(count: usize) -> Vec<f64> {
    grades(count, 1).iter().zip(grades(count, 2)).map(|(a, b)| a - b).collect()
}

fn table(count: usize, graded: bool) -> Vec<[f64; 4]> {
    let cells = [0.3, 0.4, 0.5, 0.6].map(|chance| {
        let drawn = grades(count, (chance * 100.0) as u64);
        drawn.into_iter().map(move |grade| if graded { grade * chance } else { f64::from(u8::from(grade < chance)) })
    });
    let [plain, tuned, prompted, both] = cells;
    plain.zip(tuned).zip(prompted).zip(both).map(|(((a, b), c), d)| [a, b, c, d]).collect()
}

#[divan::bench(args = [1_000])]
fn ten_thousand_paired_bootstrap_resamples(bencher: Bencher<'_, '_>, cases: usize) {
    let differences = differences(cases);
    bencher.bench_local(|| Resampled::mean(black_box(&differences), 10_000, 1));
}

#[divan::bench(args = [20, 1_000])]
fn sign_flip_test(bencher: Bencher<'_, '_>, cases: usize) {
    let differences = differences(cases);
    bencher.bench_local(|| sign_flip(black_box(&differences), 1));
}

#[divan::bench(args = [1_000])]
fn mcnemar_with_tango(bencher: Bencher<'_, '_>, cases: u64) {
    let table = McNemar { both: cases / 2, first_only: cases / 6, second_only: cases / 8, neither: cases / 5 };
    bencher.bench_local(|| {
        let table = black_box(table);
        (table.p_exact(), table.tango(fourfold::stats::Confidence::NINETY_FIVE))
    });
}

#[divan::bench(args = [1_000])]
fn paired_comparison_of_grades(bencher: Bencher<'_, '_>, cases: usize) {
    let rows: Vec<[f64; 2]> = grades(cases, 1).into_iter().zip(grades(cases, 2)).map(|(a, b)| [a, b]).collect();
    bencher.bench_local(|| Paired::of(black_box(&rows), &Settings::default()));
}

#[divan::bench(args = [5_000])]
fn fourfold_verdict_of_grades(bencher: Bencher<'_, '_>, cases: usize) {
    let rows = table(cases, true);
    bencher.bench_local(|| FourfoldVerdict::of(black_box(&rows), &Settings::default()));
}

#[divan::bench(args = [5_000])]
fn fourfold_verdict_of_right_and_wrong(bencher: Bencher<'_, '_>, cases: usize) {
    let rows = table(cases, false);
    bencher.bench_local(|| FourfoldVerdict::of(black_box(&rows), &Settings::default()));
}

#[divan::bench]
fn cases_for_five_points_at_twenty_per_cent_discordance(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| power::cases_for(black_box(0.05), 0.2, fourfold::stats::Confidence::NINETY_FIVE));
}

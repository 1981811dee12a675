//! How often each verdict is given where it is false: never more often than it claims. Every world here is one in which the
//! verdict would be wrong, drawn again and again by a fixed seed.

use super::random::Random;
use super::{
    Betting, ByCase, Confidence, Figure, Finding, FourfoldVerdict, Headline, Paired, Settings, Together, WinsAndLosses,
    judge,
};

/// Of `tries` verdicts that are false at most `level`, plus three standard errors of the count.
fn assert_at_most(what: &str, level: f64, tries: u32, mut is_given: impl FnMut(&mut Random) -> bool) -> f64 {
    let mut random = Random::new(20_261_127);
    let given = (0..tries).filter(|_| is_given(&mut random)).count();
    let share = given as f64 / f64::from(tries);
    let slack = 3.0 * (level * (1.0 - level) / f64::from(tries)).sqrt();
    println!("{what}: {share:.4} of {tries}, claimed {level}");
    assert!(share <= level + slack, "{what}: {share} of {tries} verdicts are false, claimed {level}");
    share
}

fn tries(quick: u32) -> u32 {
    std::env::var("FOURFOLD_SIMULATIONS")
        .ok()
        .and_then(|times| times.parse::<u32>().ok())
        .map_or(quick, |times| quick * times)
}

fn settings(random: &mut Random) -> Settings {
    Settings { resamples: 250, seed: random.bits(), ..Settings::default() }
}

fn uniform(random: &mut Random) -> f64 {
    (random.bits() >> 11) as f64 / (1_u64 << 53) as f64
}

fn yes(random: &mut Random, chance: f64) -> f64 {
    f64::from(u8::from(uniform(random) < chance))
}

/// Pairs of right and wrong: the first alone right with `first`, the second alone with `second`.
fn shares(random: &mut Random, n: usize, first: f64, second: f64) -> Vec<[f64; 2]> {
    (0..n)
        .map(|_| match uniform(random) {
            draw if draw < first => [1.0, 0.0],
            draw if draw < first + second => [0.0, 1.0],
            draw if draw < f64::midpoint(1.0, first + second) => [1.0, 1.0],
            _ => [0.0, 0.0],
        })
        .collect()
}

/// Graded pairs whose true difference is `difference`: both noisy around the case's own level.
fn grades(random: &mut Random, n: usize, difference: f64) -> Vec<[f64; 2]> {
    (0..n)
        .map(|_| {
            let level = 0.3 + 0.4 * uniform(random);
            let mut noisy = |centre: f64| centre + 0.25 * (uniform(random) - 0.5);
            [noisy(level + difference), noisy(level)]
        })
        .collect()
}

/// Graded pairs that mostly agree; a few lose much, so that the true difference is `-rate * 0.9`.
fn rare(random: &mut Random, n: usize, rate: f64) -> Vec<[f64; 2]> {
    (0..n).map(|_| [0.9 - 0.9 * yes(random, rate), 0.9]).collect()
}

fn finding(rows: &[[f64; 2]], settings: &Settings) -> Finding {
    judge(&[&Paired::of(rows, settings).unwrap()], settings)[0].finding
}

fn has_winner(rows: &[[f64; 2]], settings: &Settings) -> bool {
    matches!(finding(rows, settings), Finding::Better | Finding::Worse)
}

#[test]
fn equal_arms_have_no_winner() {
    for n in [15, 60] {
        assert_at_most(&format!("winner of equal shares, n = {n}"), 0.05, tries(800), |random| {
            let settings = settings(random);
            has_winner(&shares(random, n, 0.15, 0.15), &settings)
        });
    }
    for n in [8, 20, 30] {
        assert_at_most(&format!("winner of equal grades, n = {n}"), 0.05, tries(150), |random| {
            let settings = settings(random);
            has_winner(&grades(random, n, 0.0), &settings)
        });
    }
}

#[test]
fn a_family_of_equal_arms_has_no_winner() {
    assert_at_most("any winner of three against a baseline", 0.05, tries(400), |random| {
        let settings = settings(random);
        let rows: Vec<[f64; 4]> = (0..60).map(|_| std::array::from_fn(|_| yes(random, 0.5))).collect();
        let family = [1, 2, 3].map(|arm| {
            let pairs: Vec<[f64; 2]> = rows.iter().map(|row| [row[arm], row[0]]).collect();
            Paired::of(&pairs, &settings).unwrap()
        });
        judge(&family.each_ref(), &settings).iter().any(|verdict| verdict.finding != Finding::TooFew)
    });
}

#[test]
fn arms_a_margin_apart_are_not_equivalent() {
    for (n, discordance) in [(150, 0.05), (400, 0.15)] {
        assert_at_most(&format!("equivalence of shares 5 points apart, n = {n}"), 0.05, tries(400), |random| {
            let settings = settings(random);
            let rows = shares(random, n, f64::midpoint(discordance, 0.05), (discordance - 0.05) / 2.0);
            Paired::of(&rows, &settings).unwrap().is_equivalent(&settings)
        });
    }
    for n in [20, 60] {
        assert_at_most(&format!("equivalence of grades 5 points apart, n = {n}"), 0.05, tries(150), |random| {
            let settings = settings(random);
            Paired::of(&grades(random, n, 0.05), &settings).unwrap().is_equivalent(&settings)
        });
    }
    for n in [60, 100] {
        assert_at_most(&format!("equivalence where few cases lose much, n = {n}"), 0.05, tries(150), |random| {
            let settings = settings(random);
            Paired::of(&rare(random, n, 0.05 / 0.9), &settings).unwrap().is_equivalent(&settings)
        });
    }
    // The same where the others differ a little, so that few cases of which none loses much look alike, and not the same.
    for n in [8, 30, 60] {
        assert_at_most(&format!("equivalence where no case seen may lose much, n = {n}"), 0.05, tries(150), |random| {
            let settings = settings(random);
            let mut rows = rare(random, n, 0.05 / 0.9);
            for [arm, _] in &mut rows {
                *arm -= *arm * 0.01 * uniform(random);
            }
            Paired::of(&rows, &settings).unwrap().is_equivalent(&settings)
        });
    }
}

#[test]
fn intervals_of_few_graded_cases_hold_the_mean() {
    // Student's own, of values that are not normal: some 7 in a hundred. A bootstrap alone misses the mean of two every other time.
    for n in [2, 3, 5, 10] {
        assert_at_most(&format!("an interval without the mean, n = {n}"), 0.08, tries(300), |random| {
            let scores: Vec<f64> = (0..n).map(|_| uniform(random)).collect();
            !Figure::of(&scores, Confidence::NINETY_FIVE, random.bits()).unwrap().interval.contains(0.5)
        });
    }
}

fn table(random: &mut Random, n: usize, chances: [f64; 4]) -> Vec<[f64; 4]> {
    // Cases differ in how hard they are; the cells of one case go together.
    (0..n)
        .map(|_| {
            let shift = 0.3 * (uniform(random) - 0.5);
            chances.map(|chance| yes(random, chance + shift))
        })
        .collect()
}

fn verdict_of(random: &mut Random, n: usize, chances: [f64; 4]) -> FourfoldVerdict {
    let settings = settings(random);
    FourfoldVerdict::of(&table(random, n, chances), &settings).unwrap()
}

#[test]
fn both_are_not_advised_where_one_does_as_well() {
    // Both beat tuning by far, and prompting not at all: one side of a two-sided 5 %.
    assert_at_most("use both", 0.025, tries(200), |random| {
        verdict_of(random, 60, [0.2, 0.2, 0.7, 0.7]).headline == Headline::UseBoth
    });
}

#[test]
fn methods_that_add_up_neither_reinforce_nor_overlap_nor_collide() {
    for n in [25, 80] {
        assert_at_most(&format!("reinforce, n = {n}"), 0.025, tries(150), |random| {
            verdict_of(random, n, [0.2, 0.4, 0.5, 0.7]).together == Together::Reinforce
        });
        assert_at_most(&format!("overlap, n = {n}"), 0.025, tries(150), |random| {
            verdict_of(random, n, [0.2, 0.4, 0.4, 0.6]).together == Together::Overlap
        });
        assert_at_most(&format!("collide, n = {n}"), 0.05, tries(150), |random| {
            verdict_of(random, n, [0.2, 0.6, 0.6, 0.6]).together == Together::Collide
        });
    }
}

#[test]
fn an_interaction_of_the_margin_does_not_add_up() {
    // Few cases of either kind, so that the interval can be narrow enough: one in twenty is won by both alone.
    for n in [60, 100, 200] {
        assert_at_most(&format!("add up, n = {n}"), 0.05, tries(150), |random| {
            let settings = settings(random);
            let rows: Vec<[f64; 4]> = (0..n).map(|_| [0.0, 0.0, 0.0, yes(random, 0.05)]).collect();
            FourfoldVerdict::of(&rows, &settings).unwrap().together == Together::AddUp
        });
    }
}

#[test]
fn looking_after_every_case_keeps_the_level() {
    assert_at_most("a winner at any look, wins and losses", 0.05, tries(800), |random| {
        let mut seen = WinsAndLosses::default();
        (0..300).any(|_| {
            seen.add(uniform(random) < 0.5);
            seen.p_value() <= 0.05
        })
    });
    assert_at_most("the true mean out at any look, graded", 0.05, tries(60), |random| {
        let mut betting = Betting::new(Confidence::NINETY_FIVE);
        for _ in 0..150 {
            betting.add(if uniform(random) < 0.1 { 0.8 } else { -0.2 * uniform(random) });
        }
        // The mean is 0.1 * 0.8 - 0.9 * 0.1; what was out at any look is out at the last.
        !betting.interval().contains(-0.01)
    });
}

#[test]
fn a_fixed_test_looked_at_again_and_again_would_not() {
    // What the sequential test is for: the exact test at every tenth case finds a winner far too often.
    let mut random = Random::new(1);
    let fooled = (0..200)
        .filter(|_| {
            let mut rows = Vec::new();
            (0..30).any(|_| {
                rows.extend(shares(&mut random, 10, 0.5, 0.5));
                Paired::of(&rows, &Settings::default()).unwrap().p <= 0.05
            })
        })
        .count();
    assert!(fooled > 30, "{fooled} of 200");
}

#[test]
fn repeats_are_no_cases() {
    // 12 cases, 10 equal repeats each: as many trials as 120 cases, and no more evidence than 12.
    assert_at_most("winner of equal arms with repeats", 0.05, tries(300), |random| {
        let settings = settings(random);
        let mut arm =
            |_| -> ByCase { (0..12).map(|case| (case.to_string(), vec![Some(yes(random, 0.5)); 10])).collect() };
        let arms = [arm(0), arm(1)];
        let aligned = super::align(arms.each_ref());
        aligned.rows.len() == 12 && has_winner(&aligned.rows, &settings)
    });
}

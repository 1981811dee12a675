//! What a verdict says, in words: the one place where they are chosen. A figure never stands without its n and its interval, a
//! relative gain never without the absolute one, and nothing is called better that is not shown to be.

mod table;

pub use table::{Column, Tuned, headline, headline_missing, one_or_the_other, together};

use super::{Confidence, Figure, Finding, Interval, LeftOut, Looks, Paired, Sensitivity, Settings, Verdict};

/// With its sign, three digits; what rounds to nothing has none.
pub fn signed(value: f64) -> String {
    let rounded = (value * 1_000.0).round() / 1_000.0;
    if rounded == 0.0 { "±0.000".to_owned() } else { format!("{rounded:+.3}") }
}

/// `95 %`, `98.3 %`.
pub fn percent(confidence: Confidence) -> String {
    percent_of(confidence.level())
}

fn percent_of(share: f64) -> String {
    let tenths = (share * 1_000.0).round() / 10.0;
    if (tenths - tenths.round()).abs() < 1e-9 { format!("{tenths:.0} %") } else { format!("{tenths:.1} %") }
}

/// `95 % interval +0.030 to +0.210`.
pub fn interval(interval: Interval, confidence: Confidence) -> String {
    format!("{} interval {} to {}", percent(confidence), signed(interval.low), signed(interval.high))
}

/// A mean with its interval: `0.610 (0.520 to 0.690)`.
pub fn figure(figure: &Figure) -> String {
    format!("{:.3} ({:.3} to {:.3})", figure.mean, figure.interval.low, figure.interval.high)
}

/// `p = 0.004`, `p < 0.001`.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") }
}

/// A gain in points, and as a share of what it is a gain over, where that is not nothing.
pub fn gain(paired: &Paired) -> String {
    let share = 100.0 * paired.difference / paired.other;
    if paired.other > 0.0 && share.is_finite() {
        let share = share.round();
        let share = if share == 0.0 { "±0".to_owned() } else { format!("{share:+.0}") };
        format!("{} ({share} % of {:.3})", signed(paired.difference), paired.other)
    } else {
        format!("{} (from 0)", signed(paired.difference))
    }
}

/// A count, grouped by thousands.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// How many cases.
pub fn cases(n: u64) -> String {
    if n == 1 { "1 case".to_owned() } else { format!("{} cases", grouped(n)) }
}

/// So many of what `noun` names in the singular: `1 call`, `2 calls`.
pub fn counted(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(n)) }
}

/// What `arm` is to `other`.
pub fn comparison(arm: &str, other: &str, paired: &Paired, verdict: &Verdict, settings: &Settings) -> String {
    let looks = if verdict.looks == Looks::Every { " at every look" } else { "" };
    let numbers = format!("{}, {}{looks}", gain(paired), interval(verdict.interval, verdict.confidence));
    let small = if verdict.within_margin {
        format!(" The difference is sure, and smaller than the margin of {:.3}.", settings.margin)
    } else {
        String::new()
    };
    match verdict.finding {
        Finding::Better => format!("{arm} is better than {other}: {numbers}.{small}"),
        Finding::Worse => format!("{arm} is worse than {other}: {numbers}.{small}"),
        Finding::Equivalent => {
            // The interval that it is read off: two one-sided tests at 5 % are a 90 % interval within the margin.
            let narrower = settings.narrower();
            let numbers = match verdict.looks {
                Looks::Once => format!("{}, {}", gain(paired), interval(paired.interval(narrower), narrower)),
                Looks::Every => numbers,
            };
            format!("{arm} and {other} are equivalent within {:.3}: {numbers}.", settings.margin)
        }
        Finding::TooFew if verdict.looks == Looks::Every => {
            format!("Nothing is clear yet between {arm} and {other}: {numbers}.")
        }
        Finding::TooFew => {
            let needed = paired.cases_for(settings.margin, verdict.confidence);
            let would_do = of_these(paired.n, settings.margin, needed);
            // An exact test asks more of few cases than an approximate interval does.
            let apart = verdict.interval.low > 0.0 || verdict.interval.high < 0.0;
            let but = if apart { " (the interval leaves out 0, the test does not reject)" } else { "" };
            format!("Too few cases to tell {arm} from {other}: {numbers}{but}. {would_do}")
        }
    }
}

/// The difference of two arms with its interval, and nothing about what it shows.
pub fn difference(paired: &Paired, verdict: &Verdict) -> String {
    format!("{}, {}", gain(paired), interval(verdict.interval, verdict.confidence))
}

/// How many cases show a difference that somebody names.
pub fn enough(difference: f64, needed: Option<u64>) -> String {
    match needed {
        Some(needed) => {
            format!("About {} would show a difference of {difference:.3} four times in five.", cases(needed))
        }
        None => format!("How many would show a difference of {difference:.3} cannot be said from these."),
    }
}

/// The same where `n` cases are there: they may be enough for it, and what there is a smaller difference.
pub(super) fn of_these(n: usize, difference: f64, needed: Option<u64>) -> String {
    match needed {
        Some(needed) if needed <= n as u64 => format!(
            "{} would have shown a difference of {difference:.3} four times in five; a smaller one takes more.",
            cases(n as u64)
        ),
        needed => enough(difference, needed),
    }
}

/// How many more cases than `n` show a difference that somebody names; never asked of the difference seen.
pub fn how_many_more(n: usize, difference: f64, needed: Option<u64>) -> String {
    match needed.map(|needed| needed.saturating_sub(n as u64)) {
        Some(0) => {
            format!("{} are enough to show a difference of {difference:.3} four times in five.", cases(n as u64))
        }
        Some(more) => {
            let what = cases(more);
            let what = what.strip_suffix(" cases").or(what.strip_suffix(" case")).unwrap_or(&what);
            format!("{what} more cases would show a difference of {difference:.3} four times in five.")
        }
        None => enough(difference, None),
    }
}

/// The line under a verdict: test, p, n, seed, how the interval was made, and what was left out.
pub fn why(paired: &Paired, verdict: &Verdict, settings: &Settings, left_out: LeftOut) -> String {
    let family = match (verdict.family, verdict.looks) {
        (0 | 1, _) => String::new(),
        (family, Looks::Once) => format!(" (Holm over {family})"),
        (family, Looks::Every) => format!(" (Bonferroni over {family})"),
    };
    let mid = paired
        .p_mid
        .filter(|_| verdict.looks == Looks::Once)
        .map_or_else(String::new, |p| format!(", mid-{} alone", p_value(p)));
    let method = verdict.method(paired).as_str();
    let interval = match verdict.looks {
        Looks::Once => format!("{method} interval"),
        Looks::Every => format!("interval by a {method}"),
    };
    let one_sided = if verdict.finding == Finding::Equivalent && verdict.looks == Looks::Once {
        format!("two one-sided tests at {} each, of this comparison alone; ", percent_of(settings.alpha()))
    } else {
        String::new()
    };
    let counted = |count: usize| grouped(count as u64);
    format!(
        "why: {one_sided}{}, {}{family}{mid}; {} better, {} worse, {} equal; {interval}; n = {}; seed {}; {}",
        verdict.test(paired),
        p_value(verdict.p),
        counted(paired.wins),
        counted(paired.losses),
        counted(paired.n - paired.wins - paired.losses),
        counted(paired.n),
        settings.seed,
        self::left_out(left_out)
    )
}

/// What a comparison leaves out, and how many.
pub fn left_out(left_out: LeftOut) -> String {
    let mut parts = Vec::new();
    for (count, what) in
        [(left_out.elsewhere, "not asked of every arm"), (left_out.missing, "without a score from every arm")]
    {
        if count > 0 {
            parts.push(format!("{} {what}", grouped(count as u64)));
        }
    }
    let cases =
        if parts.is_empty() { "no case left out".to_owned() } else { format!("left out: {}", parts.join(", ")) };
    match left_out.not_scores {
        0 => cases,
        1 => format!("{cases}; 1 score was no number from 0 to 1 and counts as missing"),
        many => format!("{cases}; {many} scores were no numbers from 0 to 1 and count as missing"),
    }
}

/// Whether a verdict survives the trials that are missing; nothing where none is.
pub fn missing(sensitivity: Option<&Sensitivity>, finding: Finding) -> Option<String> {
    let seen = sensitivity?;
    let trials = if seen.trials == 1 {
        "the trial without a score".to_owned()
    } else {
        format!("all {} trials without a score", grouped(seen.trials as u64))
    };
    Some(if seen.survives(finding) {
        format!("It survives counting {trials} for the arm, and against it.")
    } else {
        let word = |finding| match finding {
            Finding::Better => "better",
            Finding::Worse => "worse",
            Finding::Equivalent => "equivalent",
            Finding::TooFew => "too few cases to say",
        };
        format!(
            "It hangs on {trials}: counted for the arm it is {}, against it {}.",
            word(seen.counted_for),
            word(seen.counted_against)
        )
    })
}

/// A verdict before the planned cases are through is provisional, unless the run was declared sequential. Nothing where it stands.
pub fn provisional(n: usize, planned: usize, looks: Looks) -> Option<String> {
    (n < planned && looks == Looks::Once)
        .then(|| format!("Provisional: {} of {} planned cases.", grouped(n as u64), grouped(planned as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Beside, align, judge};

    fn pairs(wins: usize, losses: usize, ties: usize) -> Vec<[f64; 2]> {
        std::iter::repeat_n([1.0, 0.0], wins)
            .chain(std::iter::repeat_n([0.0, 1.0], losses))
            .chain(std::iter::repeat_n([1.0, 1.0], ties))
            .collect()
    }

    fn said(rows: &[[f64; 2]]) -> (String, String) {
        let settings = Settings::default();
        let paired = Paired::of(rows, &settings).unwrap();
        let verdict = judge(&[&paired], &settings)[0];
        let left_out = LeftOut { elsewhere: 2, missing: 1, not_scores: 0 };
        (comparison("few-shot", "plain", &paired, &verdict, &settings), why(&paired, &verdict, &settings, left_out))
    }

    #[test]
    fn enough_cases_are_not_asked_for_again() {
        assert_eq!(of_these(100, 0.05, Some(630)), enough(0.05, Some(630)));
        assert!(of_these(650, 0.05, Some(630)).starts_with("650 cases would have shown"));
    }

    #[test]
    fn a_comparison_says_what_is_shown_and_no_more() {
        let (words, why) = said(&pairs(20, 3, 77));
        assert_eq!(words, "few-shot is better than plain: +0.170 (+21 % of 0.800), 95 % interval +0.084 to +0.265.");
        assert_eq!(
            why,
            "why: exact McNemar test, p < 0.001, mid-p < 0.001 alone; 20 better, 3 worse, 77 equal; Tango interval; n = 100; \
             seed 1; left out: 2 not asked of every arm, 1 without a score from every arm"
        );
        let (words, _) = said(&pairs(3, 20, 77));
        assert!(words.starts_with("few-shot is worse than plain: -0.170 (-18 % of 0.970)"), "{words}");
        let (words, _) = said(&pairs(3, 3, 394));
        assert!(
            words
                .starts_with("few-shot and plain are equivalent within 0.050: ±0.000 (±0 % of 0.993), 90 % interval -"),
            "{words}"
        );
        let (_, why) = said(&pairs(3, 3, 394));
        assert!(
            why.starts_with("why: two one-sided tests at 5 % each, of this comparison alone; exact McNemar"),
            "{why}"
        );
        let (words, _) = said(&pairs(6, 3, 31));
        assert!(words.starts_with("Too few cases to tell few-shot from plain: +0.075"), "{words}");
        assert!(words.contains(" cases would show a difference of 0.050 four times in five."), "{words}");
        let (words, _) = said(&pairs(5, 0, 25));
        assert!(words.contains(" (the interval leaves out 0, the test does not reject). About "), "{words}");
        let settings = Settings::default();
        let paired = Paired::of(&pairs(6, 3, 31), &settings).unwrap();
        let needed = |family: &[&Paired]| {
            let verdict = judge(family, &settings)[0];
            (verdict.confidence, paired.cases_for(0.05, verdict.confidence).unwrap())
        };
        let (alone, beside) = (needed(&[&paired]), needed(&[&paired; 4]));
        assert_eq!((alone.0, beside.0), (Confidence::NINETY_FIVE, Confidence::NINETY_FIVE.shared_by(4)));
        assert!(beside.1 * 10 > alone.1 * 12, "one of four asks for more cases: {beside:?} {alone:?}");
        let (words, _) = said(&pairs(60, 10, 2_930));
        assert!(words.ends_with("The difference is sure, and smaller than the margin of 0.050."), "{words}");
    }

    #[test]
    fn a_gain_over_nothing_has_no_ratio() {
        let (words, _) = said(&pairs(12, 0, 0));
        assert!(words.contains("+1.000 (from 0)"), "{words}");
    }

    #[test]
    fn figures_are_rounded_alike_everywhere() {
        assert_eq!((signed(0.12345).as_str(), signed(-0.0001).as_str()), ("+0.123", "±0.000"));
        assert_eq!((p_value(0.0004).as_str(), p_value(0.25).as_str()), ("p < 0.001", "p = 0.250"));
        assert_eq!(percent(Confidence::NINETY_FIVE), "95 %");
        assert_eq!(percent(Confidence::new(1.0 - 0.05 / 3.0).unwrap()), "98.3 %");
        assert_eq!((cases(1), cases(999), cases(12_345)), ("1 case".into(), "999 cases".into(), "12,345 cases".into()));
    }

    #[test]
    fn how_many_more_is_asked_of_a_named_difference() {
        assert_eq!(
            how_many_more(40, 0.1, Some(240)),
            "200 more cases would show a difference of 0.100 four times in five."
        );
        assert_eq!(
            how_many_more(300, 0.1, Some(240)),
            "300 cases are enough to show a difference of 0.100 four times in five."
        );
        assert!(how_many_more(40, 0.1, None).contains("cannot be said"));
    }

    #[test]
    fn what_is_left_out_and_what_is_missing() {
        assert_eq!(left_out(LeftOut::default()), "no case left out");
        let strange = left_out(LeftOut { not_scores: 2, ..LeftOut::default() });
        assert_eq!(strange, "no case left out; 2 scores were no numbers from 0 to 1 and count as missing");
        assert_eq!(missing(None, Finding::Better), None);
        let seen = Sensitivity { trials: 2, counted_for: Finding::Better, counted_against: Finding::TooFew };
        assert_eq!(
            missing(Some(&seen), Finding::Better).unwrap(),
            "It hangs on all 2 trials without a score: counted for the arm it is better, against it too few cases to say."
        );
        let sure = Sensitivity { trials: 1, counted_for: Finding::Better, counted_against: Finding::Better };
        assert_eq!(
            missing(Some(&sure), Finding::Better).unwrap(),
            "It survives counting the trial without a score for the arm, and against it."
        );
        assert_eq!(provisional(40, 100, Looks::Once).as_deref(), Some("Provisional: 40 of 100 planned cases."));
        assert_eq!((provisional(100, 100, Looks::Once), provisional(40, 100, Looks::Every)), (None, None));
    }

    #[test]
    fn the_words_for_missing_trials_come_from_the_trials() {
        let arm = |scores: &[Option<f64>]| {
            scores.iter().enumerate().map(|(index, score)| (index.to_string(), vec![*score])).collect()
        };
        let (one, other) = (arm(&[Some(1.0), None]), arm(&[Some(0.0), Some(0.0)]));
        let seen = Beside::pair(&one, &other).sensitivity(&Settings::default()).unwrap();
        assert_eq!(align([&one, &other]).left_out.missing, 1);
        assert!(
            missing(seen.as_ref(), Finding::TooFew)
                .unwrap()
                .starts_with("It survives counting the trial without a score")
        );
    }
}

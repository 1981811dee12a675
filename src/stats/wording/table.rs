//! The words for a whole table: what to do, and how the two methods go together.

use super::{cases, comparison, interval, of_these, percent, signed};
use crate::stats::{Finding, FourfoldVerdict, Headline, Settings, Together, Verdict};

/// What stands in the tuned column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// An adapter that is known.
    #[default]
    Adapter,
    /// A tuned model of a server, which keeps to itself how it was tuned.
    Model,
    /// A model of another lineage than the base column's.
    Unrelated,
}

/// What was tuned, as far as it was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuned {
    /// With how many seeds models were tuned on the same rows and compared.
    pub seeds: usize,
    /// What they are.
    pub column: Column,
}

impl Tuned {
    /// One adapter, or one model.
    pub const fn one(column: Column) -> Self {
        Self { seeds: 1, column }
    }

    /// One adapter speaks for itself alone: tuning again with another seed makes another.
    pub const fn name(self) -> &'static str {
        match self.column {
            _ if self.seeds > 1 => "tuning",
            Column::Adapter => "this adapter",
            Column::Model => "this tuned model",
            Column::Unrelated => "the other model",
        }
    }
}

/// A headline in two or three words, for where it stands beside others.
const fn named(headline: Headline) -> &'static str {
    match headline {
        Headline::UseBoth => "use both",
        Headline::Prompt => "prompt it",
        Headline::Tune => "tune it",
        Headline::Either => "either alone",
        Headline::Neither => "neither",
        Headline::TooFew => "too few cases",
    }
}

/// Whether a table's headline survives the trials that are missing; nothing where none is.
pub fn headline_missing(again: Option<[Headline; 2]>, headline: Headline) -> Option<String> {
    let [counted_for, counted_against] = again?;
    Some(if counted_for == headline && counted_against == headline {
        "It survives counting every trial without a score for both together, and against.".to_owned()
    } else {
        format!(
            "It hangs on the trials without a score: counted for both together it is \"{}\", against \"{}\".",
            named(counted_for),
            named(counted_against)
        )
    })
}

/// What to do: prompt it, tune it, or both.
pub fn headline(verdict: &FourfoldVerdict, tuned: Tuned, settings: &Settings) -> String {
    let name = tuned.name();
    let margin = settings.margin;
    match verdict.headline {
        Headline::UseBoth => format!("Use both: together they beat prompting alone and {name} alone."),
        Headline::Prompt => {
            let unshown = unshown(&[&verdict.prompting.1], "prompting");
            format!("Prompt it: prompting with {name} is no better than prompting alone, within {margin:.3}{unshown}.")
        }
        Headline::Tune => {
            let what = if tuned.column == Column::Unrelated { "Take the other model" } else { "Tune it" };
            let unshown = unshown(&[&verdict.tuning.1], name);
            format!("{what}: {name} with prompting is no better than {name} alone, within {margin:.3}{unshown}.")
        }
        Headline::Either => {
            let unshown = unshown(&[&verdict.prompting.1, &verdict.tuning.1], "either");
            format!(
                "Either alone: prompting and {name} together are no better than one of them, within {margin:.3}{unshown}."
            )
        }
        Headline::Neither => {
            format!(
                "Neither: prompting, {name} and both are no better than the plain prompt on the base model, within {margin:.3}."
            )
        }
        Headline::TooFew => {
            let would_do = of_these(verdict.n, margin, verdict.cases_for(margin));
            format!("Too few cases to say which to use. {would_do}")
        }
    }
}

/// Tuning alone against prompting alone, for who can have only one of them.
pub fn one_or_the_other(verdict: &FourfoldVerdict, tuned: Tuned, settings: &Settings) -> String {
    let (paired, judged) = &verdict.tuning_for_prompting;
    let words = comparison(&format!("{} alone", tuned.name()), "prompting alone", paired, judged, settings);
    format!("One or the other, exploratory: {words}")
}

/// What a headline that names `what` leaves open where none of these verdicts against the plain prompt is *better*.
fn unshown(against_plain: &[&Verdict], what: &str) -> String {
    if against_plain.iter().any(|verdict| verdict.finding == Finding::Better) {
        return String::new();
    }
    format!("; that {what} alone beats the plain prompt on the base model is not shown")
}

/// How the two go together, with the interaction on both scales.
pub fn together(verdict: &FourfoldVerdict, tuned: Tuned, settings: &Settings) -> String {
    let name = tuned.name();
    let seen = &verdict.interaction;
    let odds = seen.log_odds_interval;
    let unshown = match seen.side() {
        1 if odds.low <= 0.0 => ", where it is not shown",
        -1 if odds.high >= 0.0 => ", where it is not shown",
        _ => "",
    };
    let numbers = format!(
        "interaction {}, {}; on the log-odds scale {:+.2}, {:+.2} to {:+.2}{unshown}",
        signed(seen.value),
        interval(seen.interval, settings.confidence),
        seen.log_odds,
        odds.low,
        odds.high
    );
    let words = match verdict.together {
        Together::AddUp => format!(
            "Prompting and {name} add up: the {} interval of the interaction, {} to {}, lies within {:.3}",
            percent(settings.narrower()),
            signed(seen.narrower.low),
            signed(seen.narrower.high),
            settings.margin
        ),
        Together::Reinforce => format!("Prompting and {name} reinforce each other"),
        Together::Overlap => format!("Prompting and {name} overlap: both add less than the sum"),
        Together::Collide => format!("Prompting and {name} collide: both are worse than the better one alone"),
        Together::NoRoom => format!(
            "No room to add: plain {:.3}, prompting {} and {name} {} make {:.3}, beyond the scale",
            verdict.prompting.0.other,
            signed(verdict.prompting.0.difference),
            signed(verdict.tuning.0.difference),
            verdict.prompting.0.other + verdict.prompting.0.difference + verdict.tuning.0.difference
        ),
        Together::TooFew { needed } => {
            let would_do = match needed {
                Some(needed) => {
                    format!(
                        "About {} would show an interaction of {:.3} four times in five",
                        cases(needed),
                        settings.margin
                    )
                }
                None => "How many would do cannot be said from these".to_owned(),
            };
            format!("Too few cases to say whether they add up, reinforce, overlap or collide. {would_do}")
        }
    };
    format!("{words}; {numbers}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_adapter_is_not_all_of_tuning() {
        let settings = Settings { resamples: 1_000, ..Settings::default() };
        let table = |groups: &[([u8; 4], usize)]| {
            let rows: Vec<[f64; 4]> =
                groups.iter().flat_map(|(cells, count)| std::iter::repeat_n(cells.map(f64::from), *count)).collect();
            FourfoldVerdict::of(&rows, &settings).unwrap()
        };
        let (one, several) = (Tuned::one(Column::Adapter), Tuned { seeds: 3, column: Column::Adapter });
        assert_eq!(Tuned::one(Column::Model).name(), "this tuned model");
        assert_eq!(Tuned::one(Column::Unrelated).name(), "the other model");
        let both = table(&[([0, 0, 0, 1], 40), ([0, 1, 0, 1], 10), ([0, 0, 1, 1], 10), ([0, 0, 0, 0], 40)]);
        assert_eq!(
            headline(&both, one, &settings),
            "Use both: together they beat prompting alone and this adapter alone."
        );
        assert_eq!(
            headline(&both, several, &settings),
            "Use both: together they beat prompting alone and tuning alone."
        );
        let alone = one_or_the_other(&both, one, &settings);
        assert!(alone.starts_with("One or the other, exploratory: "), "{alone}");
        assert!(alone.contains("this adapter alone") && alone.contains("prompting alone"), "{alone}");
        let words = together(&both, several, &settings);
        assert!(
            words.starts_with("Prompting and tuning reinforce each other; interaction +0.400, 95 % interval +0."),
            "{words}"
        );
        // Two cells are nearly empty: what is much in points is little in odds, and that is said.
        assert!(words.ends_with(", where it is not shown."), "{words}");
        let plain =
            table(&[([0, 0, 0, 1], 40), ([0, 1, 0, 1], 20), ([0, 0, 1, 1], 20), ([1, 1, 1, 1], 30), ([0, 0, 0, 0], 5)]);
        let words = together(&plain, several, &settings);
        assert!(words.contains("; on the log-odds scale +") && !words.contains("not shown"), "{words}");
        let full = table(&[([0, 1, 1, 1], 90), ([0, 0, 0, 0], 10)]);
        assert!(together(&full, one, &settings).starts_with(
            "No room to add: plain 0.000, prompting +0.900 and this adapter +0.900 make 1.800, beyond the scale; "
        ),);
        assert!(
            headline(&full, one, &settings)
                .starts_with("Either alone: prompting and this adapter together are no better")
        );
        let few = table(&[([0, 1, 0, 1], 1), ([0, 0, 1, 1], 1), ([0, 0, 0, 0], 3), ([0, 1, 1, 0], 1)]);
        assert!(headline(&few, one, &settings).starts_with("Too few cases to say which to use. About "));
        assert!(together(&few, one, &settings).starts_with("Too few cases to say whether they add up, reinforce"));
    }

    #[test]
    fn a_headline_that_hangs_on_missing_trials_says_so() {
        assert_eq!(headline_missing(None, Headline::UseBoth), None);
        assert_eq!(
            headline_missing(Some([Headline::UseBoth, Headline::TooFew]), Headline::UseBoth).unwrap(),
            "It hangs on the trials without a score: counted for both together it is \"use both\", against \"too few cases\"."
        );
        assert!(
            headline_missing(Some([Headline::Tune; 2]), Headline::Tune)
                .unwrap()
                .starts_with("It survives counting every")
        );
    }
}

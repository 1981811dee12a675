//! The verdict of a whole table: prompt it, tune it, or both; and how the two go together.

use super::{Fourfold, Interaction};
use crate::stats::bootstrap::{Resampled, resampled_sums};
use crate::stats::sample::Figure;
use crate::stats::unfit::on_scale;
use crate::stats::{Finding, Looks, Paired, Settings, Unfit, Verdict, judge, power};

/// How two methods go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// The interaction is shown to be smaller than the margin: each adds what it adds alone.
    AddUp,
    /// The interaction is above 0: both add more than the sum.
    Reinforce,
    /// The interaction is below 0: both add less than the sum.
    Overlap,
    /// Both are worse than the better one alone.
    Collide,
    /// What each adds alone makes a sum beyond the scale, and both are shown to stay within: whether the methods do that or the scale's
    /// end does cannot be told.
    NoRoom,
    /// None of these is shown.
    TooFew {
        /// How many cases show an interaction as large as the margin, with 80 % power.
        needed: Option<u64>,
    },
}

impl Together {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AddUp => "add-up",
            Self::Reinforce => "reinforce",
            Self::Overlap => "overlap",
            Self::Collide => "collide",
            Self::NoRoom => "no-room",
            Self::TooFew { .. } => "too-few-cases",
        }
    }
}

/// The answer to the question: prompt it, tune it, or both?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headline {
    /// Both together beat prompting alone, and tuning alone.
    UseBoth,
    /// Both together are no better than prompting alone, and that is shown.
    Prompt,
    /// Both together are no better than tuning alone, and that is shown.
    Tune,
    /// Both together are no better than either alone, and that is shown of each.
    Either,
    /// Neither alone, nor both together, is better than the plain prompt on the base model, and that is shown of each.
    Neither,
    /// None of these is shown.
    TooFew,
}

impl Headline {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UseBoth => "use-both",
            Self::Prompt => "prompt",
            Self::Tune => "tune",
            Self::Either => "either",
            Self::Neither => "neither",
            Self::TooFew => "too-few-cases",
        }
    }
}

/// A comparison with what it shows.
pub(super) type Judged = (Paired, Verdict);

/// The whole verdict of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct FourfoldVerdict {
    /// Cases.
    pub n: usize,
    /// The mean of each cell with its interval.
    pub cells: Fourfold<Figure>,
    /// What prompting alone adds to the plain prompt on the base model: with the next two a family by Holm.
    pub prompting: Judged,
    /// What tuning alone adds.
    pub tuning: Judged,
    /// What both add.
    pub both: Judged,
    /// Both against prompting alone.
    pub over_prompting: Judged,
    /// Both against tuning alone.
    pub over_tuning: Judged,
    /// Tuning alone against prompting alone, on its own and outside of any family: what is chosen between where one of them is to do.
    pub tuning_for_prompting: Judged,
    /// The difference of differences.
    pub interaction: Interaction,
    /// How the methods go together.
    pub together: Together,
    /// What to do.
    pub headline: Headline,
}

/// Sums and ends of the scale that differ by less than this differ by rounding.
const ROUNDING: f64 = 1e-9;

impl FourfoldVerdict {
    /// Of each case's scores, 0 to 1, in the order plain base, plain tuned, prompted base, prompted tuned. Cases are
    /// resampled once for all figures: whole rows, by the seed.
    pub fn of(rows: &[[f64; 4]], settings: &Settings) -> Result<Self, Unfit> {
        on_scale(rows.iter().flatten().copied())?;
        if rows.is_empty() {
            return Err(Unfit::NoCases);
        }
        // Whatever order they are read in: the seed alone decides what is drawn.
        let mut sorted = rows.to_vec();
        sorted.sort_unstable_by(|one, other| {
            let unlike = one.iter().zip(other).map(|(one, other)| one.total_cmp(other)).find(|order| order.is_ne());
            unlike.unwrap_or(std::cmp::Ordering::Equal)
        });
        let rows = sorted.as_slice();
        let n = rows.len();
        let sums = resampled_sums(rows, settings.resamples, settings.seed);
        let figure = |cell: usize| {
            let scores: Vec<f64> = rows.iter().map(|row| row[cell]).collect();
            Figure::new(&scores, settings.confidence, || {
                let means = sums.iter().map(|sum| sum[cell] / n as f64).collect();
                Resampled::new(scores.iter().sum::<f64>() / n as f64, means, scores.iter().map(|score| -score))
            })
            .ok_or(Unfit::NoCases)
        };
        let compare = |arm: usize, other: usize| {
            let pairs: Vec<[f64; 2]> = rows.iter().map(|row| [row[arm], row[other]]).collect();
            let differences: Vec<f64> = pairs.iter().map(|[arm, other]| arm - other).collect();
            Paired::with(&pairs, &differences, settings.seed, || {
                let means = sums.iter().map(|sum| (sum[arm] - sum[other]) / n as f64).collect();
                let mean = differences.iter().sum::<f64>() / n as f64;
                Resampled::new(mean, means, differences.iter().map(|each| -each))
            })
        };
        let [plain, tuned, prompted, both] = [0, 1, 2, 3];
        let (over_prompting, over_tuning) = (compare(both, prompted)?, compare(both, tuned)?);
        let tuning_for_prompting = compare(tuned, prompted)?;
        let judged_alone = judge(&[&tuning_for_prompting], settings).into_iter().next().ok_or(Unfit::NoCases)?;
        let against_plain = [compare(prompted, plain)?, compare(tuned, plain)?, compare(both, plain)?];
        let family = judge(&against_plain.each_ref(), settings);
        let mut family = against_plain.into_iter().zip(family);
        let mut next = || family.next().ok_or(Unfit::NoCases);
        let [prompting, tuning, both_added] = [next()?, next()?, next()?];
        let interaction = Interaction::of(rows, &sums, settings).ok_or(Unfit::NoCases)?;
        let singles = Singles::new(&over_prompting, &over_tuning, settings);
        let together = together(
            &interaction,
            singles.worse.0 || singles.worse.1,
            [prompting.0.difference, tuning.0.difference, prompting.0.other],
            settings,
        );
        let headline = singles.headline([&prompting, &tuning, &both_added].map(|(_, verdict)| verdict.finding));
        Ok(Self {
            n,
            cells: Fourfold::of([figure(plain)?, figure(tuned)?, figure(prompted)?, figure(both)?]),
            prompting,
            tuning,
            both: both_added,
            over_prompting: (over_prompting, singles.over_prompting),
            over_tuning: (over_tuning, singles.over_tuning),
            tuning_for_prompting: (tuning_for_prompting, judged_alone),
            interaction,
            together,
            headline,
        })
    }
}

impl FourfoldVerdict {
    /// How many cases show a difference of this size, with 80 % power, in both comparisons that the headline stands on.
    pub fn cases_for(&self, difference: f64) -> Option<u64> {
        let of = |(paired, verdict): &Judged| paired.cases_for(difference, verdict.confidence);
        Some(of(&self.over_prompting)?.max(of(&self.over_tuning)?))
    }
}

/// Both against each single method.
struct Singles {
    /// Each on its own: to claim both at once, each has to be won at the full level (intersection-union, Berger 1982).
    over_prompting: Verdict,
    over_tuning: Verdict,
    /// Whether both are worse than prompting, and than tuning; two chances, so a family of two.
    worse: (bool, bool),
    /// Whether prompting, and whether tuning, is shown to do as well alone.
    enough: (bool, bool),
}

impl Singles {
    fn new(over_prompting: &Paired, over_tuning: &Paired, settings: &Settings) -> Self {
        let alone = |paired: &Paired| judge(&[paired], settings).into_iter().next();
        let family = judge(&[over_prompting, over_tuning], settings);
        let worse = |index: usize| family.get(index).is_some_and(|verdict| verdict.finding == Finding::Worse);
        // Two claims of equivalence, of which either alone would be acted on, need no more: the other single method is
        // compared with the same margin, and a wrong word about one is counted at its own level.
        let enough = |paired: &Paired, index: usize| worse(index) || paired.is_equivalent(settings);
        let nothing = Verdict {
            finding: Finding::TooFew,
            p: 1.0,
            interval: over_prompting.interval(settings.confidence),
            confidence: settings.confidence,
            within_margin: false,
            family: 1,
            looks: Looks::Once,
        };
        Self {
            over_prompting: alone(over_prompting).unwrap_or(nothing),
            over_tuning: alone(over_tuning).unwrap_or(nothing),
            worse: (worse(0), worse(1)),
            enough: (enough(over_prompting, 0), enough(over_tuning, 1)),
        }
    }

    /// What to do, given what prompting, tuning and both are against the plain prompt on the base model: who is no better than that is
    /// never what to use.
    fn headline(&self, against_plain: [Finding; 3]) -> Headline {
        let [prompting, tuning, both] =
            against_plain.map(|finding| matches!(finding, Finding::Equivalent | Finding::Worse));
        let better = |verdict: Verdict| verdict.finding == Finding::Better;
        if better(self.over_prompting) && better(self.over_tuning) {
            // Each alone does harm, and both no more than undo it.
            return if both { Headline::Neither } else { Headline::UseBoth };
        }
        if prompting && tuning && both {
            return Headline::Neither;
        }
        let word = match self.enough {
            // Worse than the one and as good as the other: the one.
            (true, true) if self.worse == (true, false) => Headline::Prompt,
            (true, true) if self.worse == (false, true) => Headline::Tune,
            (true, true) => Headline::Either,
            (true, false) => Headline::Prompt,
            (false, true) => Headline::Tune,
            (false, false) => Headline::TooFew,
        };
        match word {
            Headline::Either if prompting && against_plain[1] == Finding::Better => Headline::Tune,
            Headline::Either if tuning && against_plain[0] == Finding::Better => Headline::Prompt,
            Headline::Prompt if prompting => Headline::TooFew,
            Headline::Tune if tuning => Headline::TooFew,
            Headline::Either if prompting || tuning => Headline::TooFew,
            word => word,
        }
    }
}

/// The word for how the methods go together: the first that is shown.
fn together(interaction: &Interaction, collide: bool, parts: [f64; 3], settings: &Settings) -> Together {
    let sum: f64 = parts.iter().sum();
    if collide {
        Together::Collide
    } else if interaction.is_within_margin() {
        Together::AddUp
    } else if (interaction.side() < 0 && sum > 1.0 + ROUNDING) || (interaction.side() > 0 && sum < -ROUNDING) {
        // What is there beyond chance is what the end of the scale makes of any two such methods.
        Together::NoRoom
    } else if interaction.side() > 0 {
        Together::Reinforce
    } else if interaction.side() < 0 {
        Together::Overlap
    } else {
        Together::TooFew { needed: power::cases_for_mean(settings.margin, interaction.deviation, settings.confidence) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verdict(groups: &[([u8; 4], usize)]) -> FourfoldVerdict {
        let rows: Vec<[f64; 4]> =
            groups.iter().flat_map(|(cells, count)| std::iter::repeat_n(cells.map(f64::from), *count)).collect();
        FourfoldVerdict::of(&rows, &Settings { resamples: 2_000, ..Settings::default() }).unwrap()
    }

    #[test]
    fn every_word_has_its_table() {
        // Cells in the order plain, tuned, prompted, both; groups of cases that fare alike.
        let reinforce = verdict(&[([0, 0, 0, 1], 40), ([0, 1, 0, 1], 10), ([0, 0, 1, 1], 10), ([0, 0, 0, 0], 40)]);
        assert_eq!((reinforce.together, reinforce.headline), (Together::Reinforce, Headline::UseBoth));
        let overlap = verdict(&[([0, 1, 1, 1], 40), ([0, 0, 0, 0], 60)]);
        assert_eq!((overlap.together, overlap.headline), (Together::Overlap, Headline::Either));
        let collide = verdict(&[([0, 1, 0, 0], 40), ([0, 0, 0, 0], 40), ([1, 1, 1, 1], 20)]);
        assert_eq!((collide.together, collide.headline), (Together::Collide, Headline::Tune));
        assert_eq!(collide.tuning_for_prompting.1.finding, Finding::Better, "40 cases one way, none the other");
        let no_room = verdict(&[([0, 1, 1, 1], 90), ([0, 0, 0, 0], 10)]);
        assert_eq!((no_room.together, no_room.headline), (Together::NoRoom, Headline::Either));
        // Two methods that do harm, stopped by the floor: no reinforcement.
        let floor = verdict(&[([1, 0, 0, 0], 40), ([1, 1, 1, 1], 10), ([0, 0, 0, 0], 50)]);
        assert_eq!((floor.together, floor.headline), (Together::NoRoom, Headline::Neither));
        let one = verdict(&[([1, 0, 0, 0], 1)]);
        assert!(matches!(one.together, Together::TooFew { .. }), "one case shows nothing: {:?}", one.together);
        let add_up = verdict(&[([0, 1, 0, 1], 60), ([0, 0, 1, 1], 60), ([0, 0, 0, 0], 180)]);
        assert_eq!((add_up.together, add_up.headline), (Together::AddUp, Headline::UseBoth));
        assert_eq!(add_up.tuning_for_prompting.1.finding, Finding::TooFew, "60 cases each way");
        let few =
            verdict(&[([0, 1, 0, 1], 2), ([0, 0, 1, 1], 2), ([0, 0, 0, 1], 1), ([0, 1, 1, 0], 1), ([0, 0, 0, 0], 9)]);
        assert!(
            matches!(few.together, Together::TooFew { needed: Some(needed) } if needed > 100),
            "{:?}",
            few.together
        );
        assert_eq!(few.headline, Headline::TooFew);
        assert!(few.cases_for(0.05).is_some_and(|needed| needed > 100));
        let nothing = verdict(&[([1, 1, 1, 1], 100), ([0, 0, 0, 0], 100)]);
        assert_eq!((nothing.together, nothing.headline), (Together::AddUp, Headline::Neither));
        let prompt = verdict(&[([0, 0, 1, 1], 100), ([0, 0, 0, 0], 100)]);
        assert_eq!((prompt.together, prompt.headline), (Together::AddUp, Headline::Prompt));
    }

    #[test]
    fn what_is_no_better_than_the_plain_prompt_is_not_what_to_use() {
        // Prompting changes nothing, tuning does harm, both together undo it.
        let harm = verdict(&[([1, 0, 1, 1], 50), ([0, 0, 0, 0], 30), ([1, 1, 1, 1], 20)]);
        assert_eq!(harm.headline, Headline::Neither);
        // Each alone does harm, both together do not: they beat each alone, and not the plain prompt.
        let undone = verdict(&[([1, 0, 0, 1], 50), ([0, 0, 0, 0], 30), ([1, 1, 1, 1], 20)]);
        assert_eq!(undone.over_prompting.1.finding, Finding::Better);
        assert_eq!(undone.over_tuning.1.finding, Finding::Better);
        assert_eq!(undone.headline, Headline::Neither);
        // The same the other way round.
        let mirrored = verdict(&[([1, 1, 0, 1], 50), ([0, 0, 0, 0], 30), ([1, 1, 1, 1], 20)]);
        assert_eq!(mirrored.headline, Headline::Neither);
    }

    #[test]
    fn the_order_of_the_cases_does_not_matter() {
        let rows: Vec<[f64; 4]> = (0..40_u32)
            .map(|case| std::array::from_fn(|cell| f64::from(case * (7 + 6 * cell as u32) % 11) / 10.0))
            .collect();
        let turned: Vec<[f64; 4]> = rows.iter().rev().copied().collect();
        let of = |rows: &[[f64; 4]]| FourfoldVerdict::of(rows, &Settings { resamples: 500, ..Settings::default() });
        assert_eq!(of(&rows), of(&turned));
    }

    #[test]
    fn one_win_of_two_is_no_case_for_both() {
        // Both beat prompting alone by far, tuning alone by one case.
        let seen = verdict(&[([0, 1, 0, 1], 40), ([0, 0, 0, 1], 1), ([0, 0, 0, 0], 19)]);
        assert_eq!(seen.over_prompting.1.finding, Finding::Better);
        assert_eq!(seen.over_tuning.1.finding, Finding::TooFew);
        assert_eq!(seen.headline, Headline::TooFew);
    }

    #[test]
    fn one_case_and_bad_scores() {
        let one = verdict(&[([0, 0, 0, 1], 1)]);
        assert!(one.headline == Headline::TooFew && matches!(one.together, Together::TooFew { .. }));
        assert_eq!(FourfoldVerdict::of(&[], &Settings::default()), Err(Unfit::NoCases));
        for bad in [f64::NAN, f64::NEG_INFINITY, 2.0] {
            assert!(FourfoldVerdict::of(&[[0.0, 0.0, 0.0, bad]], &Settings::default()).is_err());
        }
    }

    fn score() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), Just(1.0), Just(0.5), 0.0_f64..=1.0]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn every_figure_is_a_number(rows in prop::collection::vec([score(), score(), score(), score()], 1..30), seed: u64) {
            let settings = Settings { seed, resamples: 100, ..Settings::default() };
            let seen = FourfoldVerdict::of(&rows, &settings).unwrap();
            for figure in seen.cells.cells() {
                prop_assert!(figure.mean.is_finite() && figure.interval.low.is_finite() && figure.interval.high.is_finite());
                prop_assert!(figure.interval.low >= -1e-9 && figure.interval.high <= 1.0 + 1e-9);
            }
            for (paired, verdict) in [&seen.prompting, &seen.tuning, &seen.both, &seen.over_prompting, &seen.over_tuning] {
                prop_assert!(paired.p > 0.0 && verdict.p <= 1.0 && verdict.interval.low <= verdict.interval.high);
            }
            let interaction = seen.interaction;
            for value in [interaction.value, interaction.interval.low, interaction.interval.high, interaction.log_odds] {
                prop_assert!(value.is_finite());
            }
            prop_assert!(interaction.log_odds_interval.low <= interaction.log_odds_interval.high);
        }
    }
}

//! The verdicts of a run: all arms against the baseline, one pair alone, the four cells.

use super::{NotAsked, unfit};
use crate::report::{Against, FourfoldFacts};
use crate::stats::{
    ByCase, Finding, FourfoldVerdict, LeftOut, Paired, Settings, Unfit, Verdict, align, headline_sensitivity, judge,
    sensitivity, wording,
};

/// What all verdicts of a run share.
pub(super) struct Context<'a> {
    pub(super) names: &'a [&'a str],
    pub(super) scores: &'a [ByCase],
    /// Cases of the plan.
    pub(super) planned: usize,
    pub(super) sequential: bool,
    pub(super) settings: Settings,
}

/// A comparison before it is judged.
struct Compared {
    arm: usize,
    other: usize,
    paired: Paired,
    left_out: LeftOut,
}

impl Context<'_> {
    /// Every arm against the baseline, in one family; and the arms that have no case in common with it.
    pub(super) fn family(&self, baseline: Option<usize>) -> Result<(Vec<Against>, Vec<usize>), NotAsked> {
        let Some(baseline) = baseline else { return Ok(Default::default()) };
        let (mut compared, mut without) = (Vec::new(), Vec::new());
        for arm in (0..self.scores.len()).filter(|arm| *arm != baseline) {
            match self.compare(arm, baseline)? {
                Some(found) => compared.push(found),
                None => without.push(arm),
            }
        }
        Ok((self.judged(&compared)?, without))
    }

    /// One arm against another, alone; nothing where they have no case in common.
    pub(super) fn pair(&self, arm: usize, other: usize) -> Result<Option<Against>, NotAsked> {
        let compared = self.compare(arm, other)?;
        Ok(self.judged(compared.as_slice())?.into_iter().next())
    }

    fn compare(&self, arm: usize, other: usize) -> Result<Option<Compared>, NotAsked> {
        let (Some(own), Some(base)) = (self.scores.get(arm), self.scores.get(other)) else { return Ok(None) };
        let aligned = align([own, base]);
        if aligned.rows.is_empty() {
            return Ok(None);
        }
        let paired = Paired::of(&aligned.rows, &self.settings).map_err(|error| unfit(&error))?;
        Ok(Some(Compared { arm, other, paired, left_out: aligned.left_out }))
    }

    fn judged(&self, compared: &[Compared]) -> Result<Vec<Against>, NotAsked> {
        let family: Vec<&Paired> = compared.iter().map(|each| &each.paired).collect();
        let verdicts = judge(&family, &self.settings);
        compared.iter().zip(verdicts).map(|(each, verdict)| self.told(each, &verdict)).collect()
    }

    fn told(&self, each: &Compared, verdict: &Verdict) -> Result<Against, NotAsked> {
        let Compared { arm, other, paired, left_out } = each;
        let name = |arm: usize| self.names.get(arm).copied().unwrap_or("?");
        let mut remarks = Vec::new();
        if left_out.missing > 0
            && let (Some(own), Some(base)) = (self.scores.get(*arm), self.scores.get(*other))
        {
            // A winner is held to the level it had in its family.
            let confidence = match verdict.finding {
                Finding::Better | Finding::Worse => verdict.confidence,
                Finding::Equivalent | Finding::TooFew => self.settings.confidence,
            };
            let seen =
                sensitivity(own, base, &Settings { confidence, ..self.settings }).map_err(|error| unfit(&error))?;
            remarks.extend(wording::missing(seen.as_ref(), verdict.finding));
        }
        remarks.extend(wording::provisional(paired.n, self.planned.saturating_sub(left_out.missing), self.sequential));
        Ok(Against {
            arm: *arm,
            other: *other,
            finding: verdict.finding,
            difference: paired.difference,
            interval: verdict.interval,
            level: wording::percent(verdict.confidence),
            p: verdict.p,
            n: paired.n,
            better: paired.wins,
            worse: paired.losses,
            sentence: wording::comparison(name(*arm), name(*other), paired, verdict, &self.settings),
            why: wording::why(paired, verdict, &self.settings, *left_out),
            remarks,
        })
    }

    /// The four cells; nothing where no case has all four.
    pub(super) fn fourfold(&self, cells: [usize; 4]) -> Result<Option<FourfoldFacts>, NotAsked> {
        let nothing = ByCase::new();
        let scores = cells.map(|cell| self.scores.get(cell).unwrap_or(&nothing));
        let aligned = align(scores);
        let settings = &self.settings;
        let verdict = match FourfoldVerdict::of(&aligned.rows, settings) {
            Ok(verdict) => verdict,
            Err(Unfit::NoCases) => return Ok(None),
            Err(error) => return Err(unfit(&error)),
        };
        let again = if aligned.left_out.missing > 0 {
            headline_sensitivity(scores, settings).map_err(|error| unfit(&error))?
        } else {
            None
        };
        // One adapter speaks for itself alone.
        let tuned = wording::Tuned { seeds: 1 };
        let name = tuned.name();
        let mut remarks = vec![wording::together(&verdict, tuned, settings)];
        remarks.extend(wording::headline_missing(again, verdict.headline));
        let planned = self.planned.saturating_sub(aligned.left_out.missing);
        remarks.extend(wording::provisional(verdict.n, planned, self.sequential));
        let comparisons = [
            ("both", "prompting alone", &verdict.over_prompting),
            ("both", &*format!("{name} alone"), &verdict.over_tuning),
            ("prompting", "neither", &verdict.prompting),
            (name, "neither", &verdict.tuning),
            ("both", "neither", &verdict.both),
        ]
        .into_iter()
        .map(|(arm, other, (paired, judged))| {
            (
                wording::comparison(arm, other, paired, judged, settings),
                wording::why(paired, judged, settings, aligned.left_out),
            )
        })
        .collect();
        Ok(Some(FourfoldFacts {
            cells,
            figures: verdict.cells.cells(),
            n: verdict.n,
            headline: verdict.headline,
            together: verdict.together,
            interaction: verdict.interaction,
            sentence: wording::headline(&verdict, tuned, settings),
            remarks,
            comparisons,
        }))
    }
}

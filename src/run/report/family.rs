//! The verdicts of a run: all arms against the baseline, one pair alone, the four cells.

use super::{NotAsked, unread};
use crate::report::{Against, CellCost, Dollars, FourfoldCosts, FourfoldFacts};
use crate::run::compare::{self, Looking, Table, judged, unfit};
use crate::run::fourfold::{CellCosts, CostFigure};
use crate::run::runner::four;
use crate::stats::{Beside, ByCase, FourfoldVerdict, Looks, Settings, Unfit, wording};
use crate::store::Store;

/// What all verdicts of a run share.
pub(super) struct Context<'a> {
    pub(super) names: &'a [&'a str],
    pub(super) scores: &'a [ByCase],
    pub(super) metric: &'a str,
    /// Cases of the plan.
    pub(super) planned: usize,
    pub(super) looking: Looking,
    pub(super) settings: Settings,
    /// What stands in the tuned column of the four cells.
    pub(super) column: wording::Column,
}

impl Context<'_> {
    /// Every arm against the baseline, in one family; and the arms that have no case in common with it.
    pub(super) fn family(&self, baseline: Option<usize>) -> Result<(Vec<Against>, Vec<usize>), NotAsked> {
        let Some(baseline) = baseline else { return Ok(Default::default()) };
        self.judged((0..self.scores.len()).filter(|arm| *arm != baseline).collect(), baseline)
    }

    /// One arm against another, alone; nothing where they have no case in common.
    pub(super) fn pair(&self, arm: usize, other: usize) -> Result<Option<Against>, NotAsked> {
        Ok(self.judged(vec![arm], other)?.0.into_iter().next())
    }

    fn name(&self, arm: usize) -> &str {
        self.names.get(arm).copied().unwrap_or("?")
    }

    /// Arms as one family against another arm; and those of them without a case in common with it.
    fn judged(&self, arms: Vec<usize>, other: usize) -> Result<(Vec<Against>, Vec<usize>), NotAsked> {
        let nothing = ByCase::new();
        let scores = |arm: usize| self.scores.get(arm).unwrap_or(&nothing);
        let beside = |arm: usize| match self.looking {
            Looking::Once => Beside::pair(scores(arm), scores(other)),
            Looking::Every { .. } => Beside::pair_in_order(scores(arm), scores(other)),
        };
        let pairs: Vec<(usize, Beside<2>)> = arms.into_iter().map(|arm| (arm, beside(arm))).collect();
        let with = |wanted: bool| {
            pairs.iter().filter(move |(_, pair)| pair.rows.is_empty() != wanted).map(|(arm, _)| *arm).collect()
        };
        let (with, without): (Vec<usize>, Vec<usize>) = (with(true), with(false));
        let named = pairs.into_iter().map(|(arm, pair)| (self.name(arm).to_owned(), pair)).collect();
        let found = judged(self.name(other), named, (self.metric, self.planned), self.looking, &self.settings)?;
        let told = with.into_iter().zip(&found.arms).map(|(arm, against)| self.told((arm, other), against));
        Ok((told.collect(), without))
    }

    fn told(&self, (arm, other): (usize, usize), against: &compare::Against) -> Against {
        let compare::Against { paired, verdict, left_out, sensitivity, .. } = against;
        let mut remarks: Vec<String> = wording::missing(sensitivity.as_ref(), verdict.finding).into_iter().collect();
        remarks.extend(wording::provisional(paired.n, self.planned, verdict.looks));
        Against {
            arm,
            other,
            finding: verdict.finding,
            difference: paired.difference,
            interval: verdict.interval,
            level: wording::percent(verdict.confidence),
            p: verdict.p,
            n: paired.n,
            better: paired.wins,
            worse: paired.losses,
            sentence: wording::comparison(self.name(arm), self.name(other), paired, verdict, &self.settings),
            why: wording::why(paired, verdict, &self.settings, *left_out),
            remarks,
        }
    }

    /// The four cells of a run; nothing where no case has all four, or where columns were stopped one by one.
    pub(super) fn fourfold(
        &self,
        store: &Store,
        run: i64,
        cells: [usize; 4],
    ) -> Result<Option<FourfoldFacts>, NotAsked> {
        if self.looking != Looking::Once {
            return Ok(None);
        }
        let beside = four(store, (run, self.names.len()), cells, |_| true).map_err(|error| unread(&error))?;
        let beside = beside.unwrap_or(Beside::table());
        let settings = &self.settings;
        let table = match Table::of(&beside, (self.metric, self.planned), settings) {
            Ok(table) => table,
            Err(Unfit::NoCases) => return Ok(None),
            Err(error) => return Err(unfit(&error)),
        };
        // One adapter speaks for itself alone.
        let tuned = wording::Tuned::one(self.column);
        let verdict = &table.verdict;
        let mut remarks =
            vec![wording::together(verdict, tuned, settings), wording::one_or_the_other(verdict, tuned, settings)];
        remarks.extend(wording::headline_missing(table.again, verdict.headline));
        remarks.extend(wording::provisional(verdict.n, self.planned, Looks::Once));
        let comparisons = table.comparisons(tuned.name()).into_iter().map(|(arm, other, (paired, judged))| {
            (
                wording::comparison(arm, &other, paired, judged, settings),
                wording::why(paired, judged, settings, table.left_out),
            )
        });
        Ok(Some(FourfoldFacts {
            cells,
            figures: verdict.cells.cells(),
            n: verdict.n,
            headline: verdict.headline,
            together: verdict.together,
            interaction: verdict.interaction,
            sentence: wording::headline(verdict, tuned, settings),
            remarks,
            comparisons: comparisons.collect(),
            costs: table.costs.as_ref().map(|costs| costs_told(costs, verdict, settings)),
        }))
    }
}

/// What the cells cost, as a report tells it.
fn costs_told(costs: &CellCosts, verdict: &FourfoldVerdict, settings: &Settings) -> FourfoldCosts {
    let dollars =
        |figure: Option<CostFigure>| figure.map(|CostFigure { n, mean, interval }| Dollars { n, mean, interval });
    let mut places = 0..;
    FourfoldCosts {
        cells: costs.cells.map(|figure| {
            let place = places.next().unwrap_or(0);
            CellCost {
                words: costs.cell_in_words(place),
                dollars: dollars(figure),
                unpriced: costs.unpriced.get(place).copied().unwrap_or(0),
            }
        }),
        is_worth_a_table: costs.is_worth_telling(),
        prompting: dollars(costs.prompting),
        tuning: dollars(costs.tuning),
        both: dollars(costs.both),
        tuning_less_prompting: dollars(costs.tuned_for_prompted),
        sentences: costs.in_words(verdict, settings),
    }
}

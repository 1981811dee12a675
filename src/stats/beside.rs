//! Arms beside each other, case by case, as their trials come in: the rows that can be compared, what is left out, and the same rows
//! with every missing trial counted for one arm, then against it. Only means are kept, never trials.

use super::cases::{ByCase, LeftOut};
use super::{
    Finding, FourfoldVerdict, Headline, Paired, Sensitivity, Settings, Unfit, Verdict, judge, judge_at_every_look,
};

/// The trials of one arm on one case.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trials {
    sum: f64,
    scored: usize,
    missing: usize,
    not_scores: usize,
    /// Dollars, of those with a score and a price.
    cost: f64,
    priced: usize,
}

impl Trials {
    /// Counts one more trial: its score, `None` where it is missing, and its price in dollars, where it is known. A score off the
    /// scale counts as missing, too.
    pub fn add(&mut self, score: Option<f64>, cost: Option<f64>) {
        if let (Some(_), Some(cost)) = (score, cost) {
            self.cost += cost;
            self.priced += 1;
        }
        match score {
            Some(score) if (0.0..=1.0).contains(&score) => {
                self.sum += score;
                self.scored += 1;
            }
            Some(_) => {
                self.not_scores += 1;
                self.missing += 1;
            }
            None => self.missing += 1,
        }
    }

    /// The trials of a case, with their prices in the same order; one that was asked and has none is one missing trial.
    fn of(scores: &[Option<f64>], costs: &[Option<f64>]) -> Self {
        let mut trials = Self::default();
        for (index, score) in scores.iter().enumerate() {
            trials.add(*score, costs.get(index).copied().flatten());
        }
        if scores.is_empty() {
            trials.missing = 1;
        }
        trials
    }

    /// Whether the arm was asked the case.
    pub const fn is_asked(self) -> bool {
        self.scored + self.missing > 0
    }

    /// The mean of its scores; `None` without any.
    pub fn mean(self) -> Option<f64> {
        (self.scored > 0).then(|| self.sum / self.scored as f64)
    }

    /// Dollars for a trial; `None` where no price is known.
    fn price(self) -> Option<f64> {
        (self.priced > 0).then(|| self.cost / self.priced as f64)
    }

    /// The mean with each missing trial counted as this score.
    fn filled(self, score: f64) -> f64 {
        (self.sum + score * self.missing as f64) / (self.scored + self.missing).max(1) as f64
    }
}

/// `K` arms beside each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside<const K: usize> {
    /// For each case that can be compared the mean of every arm.
    pub rows: Vec<[f64; K]>,
    /// What a trial of every arm cost on these cases, in dollars; only kept of a table.
    pub prices: Option<Vec<[Option<f64>; K]>>,
    /// How many cases each arm was asked.
    pub asked: [usize; K],
    /// What is left out.
    pub left_out: LeftOut,
    /// Trials that are missing on cases that every arm was asked.
    pub missing: usize,
    /// The arm that missing trials are counted for, and against.
    favoured: usize,
    /// Every row with missing trials counted for that arm (full marks there, none elsewhere), and against it; kept once there is one.
    filled: Option<[Vec<[f64; K]>; 2]>,
}

impl<const K: usize> Beside<K> {
    /// Nothing yet. Missing trials will be counted for and against the arm at this place.
    pub const fn new(favoured: usize) -> Self {
        let left_out = LeftOut { elsewhere: 0, missing: 0, not_scores: 0 };
        Self { rows: Vec::new(), prices: None, asked: [0; K], left_out, missing: 0, favoured, filled: None }
    }

    /// Puts one more case beside the others.
    pub fn add(&mut self, case: [Trials; K]) {
        if !case.iter().any(|arm| arm.is_asked()) {
            return;
        }
        for (asked, arm) in self.asked.iter_mut().zip(case) {
            *asked += usize::from(arm.is_asked());
        }
        if !case.iter().all(|arm| arm.is_asked()) {
            self.left_out.elsewhere += 1;
            return;
        }
        self.left_out.not_scores += case.iter().map(|arm| arm.not_scores).sum::<usize>();
        let missing: usize = case.iter().map(|arm| arm.missing).sum();
        if missing > 0 {
            self.missing += missing;
            let rows = &self.rows;
            self.filled.get_or_insert_with(|| [rows.clone(), rows.clone()]);
        }
        if let Some(filled) = &mut self.filled {
            for (rows, own) in filled.iter_mut().zip([1.0, 0.0]) {
                rows.push(std::array::from_fn(|arm| {
                    let score = if arm == self.favoured { own } else { 1.0 - own };
                    case.get(arm).map_or(0.0, |arm| arm.filled(score))
                }));
            }
        }
        let means = case.map(Trials::mean);
        if means.iter().all(Option::is_some) {
            self.rows.push(means.map(Option::unwrap_or_default));
            if let Some(prices) = &mut self.prices {
                prices.push(case.map(Trials::price));
            }
        } else {
            self.left_out.missing += 1;
        }
    }

    /// With arms whose scores are all there; and what their trials cost, in the same order, where that is known.
    fn with(mut self, arms: [&ByCase; K], costs: Option<[&ByCase; K]>) -> Self {
        let mut cases: Vec<&String> = arms.iter().flat_map(|arm| arm.keys()).collect();
        cases.sort_unstable();
        cases.dedup();
        for case in cases {
            let trials = |arm: &ByCase, costs: Option<&&ByCase>| {
                let costs = costs.and_then(|costs| costs.get(case)).map(Vec::as_slice).unwrap_or_default();
                arm.get(case).map_or_else(Trials::default, |scores| Trials::of(scores, costs))
            };
            let mut places = 0..K;
            self.add(arms.map(|arm| trials(arm, places.next().and_then(|place| costs.as_ref()?.get(place)))));
        }
        self
    }
}

impl Beside<2> {
    /// An arm beside another. Missing trials are counted for and against the first.
    pub fn pair(arm: &ByCase, other: &ByCase) -> Self {
        Self::new(0).with([arm, other], None)
    }

    /// The same of cases whose ids are in the order they were to be asked in, up to the first that one of the two has not come to:
    /// whichever is quick to answer must not count first.
    pub fn pair_in_order(arm: &ByCase, other: &ByCase) -> Self {
        let mut beside = Self::new(0);
        let asked =
            |one: &ByCase, id: &String| one.get(id).map_or_else(Trials::default, |scores| Trials::of(scores, &[]));
        let mut ids: Vec<&String> = arm.keys().chain(other.keys()).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            beside.add_in_order([asked(arm, id), asked(other, id)]);
        }
        beside
    }

    /// Puts the next case of the order in which they were to be asked beside the others.
    pub fn add_in_order(&mut self, case: [Trials; 2]) {
        if self.left_out.elsewhere == 0 && case.iter().all(|trials| trials.is_asked()) {
            self.add(case);
        } else if case.iter().any(|trials| trials.is_asked()) {
            self.left_out.elsewhere += 1;
        }
    }

    /// The verdict of rows in the order they were to be asked in, which holds at every look.
    pub fn judge_at_every_look(&self, family: usize, once_each: bool, settings: &Settings) -> Verdict {
        judge_at_every_look(&self.rows, family, once_each, settings)
    }

    /// As [`Beside::sensitivity`], of a verdict that holds at every look.
    pub fn sensitivity_at_every_look(
        &self,
        family: usize,
        once_each: bool,
        settings: &Settings,
    ) -> Option<Sensitivity> {
        let [counted_for, counted_against] = self.filled.as_ref()?;
        let finding = |rows: &[[f64; 2]]| judge_at_every_look(rows, family, once_each, settings).finding;
        let (counted_for, counted_against) = (finding(counted_for), finding(counted_against));
        Some(Sensitivity { trials: self.missing, counted_for, counted_against })
    }

    /// The verdict of the first against the second made twice more. `settings` hold the level that it had in its family. `None`
    /// where nothing is missing.
    pub fn sensitivity(&self, settings: &Settings) -> Result<Option<Sensitivity>, Unfit> {
        let Some([counted_for, counted_against]) = &self.filled else { return Ok(None) };
        let finding = |rows: &[[f64; 2]]| {
            let paired = Paired::of(rows, settings)?;
            Ok(judge(&[&paired], settings).first().map_or(Finding::TooFew, |verdict| verdict.finding))
        };
        let trials = self.missing;
        Ok(Some(Sensitivity { trials, counted_for: finding(counted_for)?, counted_against: finding(counted_against)? }))
    }
}

impl Beside<4> {
    /// Where both methods together stand among the cells.
    const BOTH: usize = 3;

    /// Nothing yet of a table whose prices are read.
    pub fn table() -> Self {
        Self { prices: Some(Vec::new()), ..Self::new(Self::BOTH) }
    }

    /// The scores of four cells in the order plain base, plain tuned, prompted base, prompted tuned.
    pub fn cells(cells: [&ByCase; 4]) -> Self {
        Self::new(Self::BOTH).with(cells, None)
    }

    /// The same with what each trial cost, in dollars, by case in the order of the scores.
    pub fn priced_cells(cells: [&ByCase; 4], costs: [&ByCase; 4]) -> Self {
        Self::table().with(cells, Some(costs))
    }

    /// The table's headline made twice more: with every missing trial counted for both methods together, then against. `None`
    /// where nothing is missing.
    pub fn headline_sensitivity(&self, settings: &Settings) -> Result<Option<[Headline; 2]>, Unfit> {
        let Some([counted_for, counted_against]) = &self.filled else { return Ok(None) };
        let headline = |rows: &[[f64; 4]]| Ok(FourfoldVerdict::of(rows, settings)?.headline);
        Ok(Some([headline(counted_for)?, headline(counted_against)?]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::align;

    fn arms(scores: &[[Option<f64>; 2]]) -> [ByCase; 2] {
        [0, 1]
            .map(|arm| scores.iter().enumerate().map(|(index, row)| (format!("{index:03}"), vec![row[arm]])).collect())
    }

    proptest! {
        #[test]
        fn row_by_row_it_is_what_alignment_makes_of_the_whole(
            scores in prop::collection::vec([prop::option::of(-0.2_f64..1.2), prop::option::of(-0.2_f64..1.2)], 0..30),
            gone in prop::collection::vec(any::<bool>(), 30),
        ) {
            let [mut one, two] = arms(&scores);
            let mut number = 0;
            one.retain(|_, _| { number += 1; !gone[number - 1] });
            let (whole, beside) = (align([&one, &two]), Beside::pair(&one, &two));
            prop_assert_eq!(beside.left_out, whole.left_out);
            prop_assert_eq!(beside.asked, [one.len(), two.len()]);
            prop_assert_eq!(beside.rows, whole.rows);
        }
    }

    #[test]
    fn a_table_keeps_what_its_compared_cases_cost() {
        let list = |values: &[Option<f64>]| ByCase::from([("a".to_owned(), values.to_vec())]);
        let scores = [list(&[Some(1.0), None]), list(&[Some(0.0)]), list(&[Some(1.0)]), list(&[Some(0.5)])];
        let costs = [list(&[Some(0.2), Some(9.0)]), list(&[None]), list(&[Some(0.0)]), list(&[Some(0.4)])];
        let table = Beside::priced_cells(scores.each_ref(), costs.each_ref());
        assert_eq!(table.prices, Some(vec![[Some(0.2), None, Some(0.0), Some(0.4)]]), "a missing trial has no share");
        assert_eq!(Beside::cells(scores.each_ref()).prices, None);
    }

    #[test]
    fn missing_trials_count_for_the_favoured_arm_and_then_against() {
        let mut beside = Beside::<2>::new(0);
        let trials = |scores: &[Option<f64>]| Trials::of(scores, &[]);
        beside.add([trials(&[Some(1.0)]), trials(&[Some(0.5)])]);
        assert_eq!(beside.sensitivity(&Settings::default()), Ok(None));
        beside.add([trials(&[Some(1.0), None]), trials(&[])]);
        assert_eq!(beside.filled, Some([vec![[1.0, 0.5], [1.0, 0.0]], vec![[1.0, 0.5], [0.5, 1.0]]]));
        assert_eq!((beside.missing, beside.left_out.missing, beside.rows.len()), (2, 1, 1));
    }
}

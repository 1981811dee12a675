//! The verdict of the four cells over what is recorded of them.

use std::sync::Arc;

use super::recorded::{RecordedArm, recorded};
use super::{planned, unfit};
use crate::data::Split;
use crate::run::fourfold::{Cell, CellCosts, questions};
use crate::run::missing::Unscored;
use crate::run::{NotAsked, Question, Session};
use crate::stats::{Beside, FourfoldVerdict, Headline, LeftOut, Looks, Paired, Settings, Unfit, Verdict, wording};
use crate::store::Store;

/// The table over what is recorded.
#[derive(Clone, Debug)]
pub struct Table {
    /// The metric.
    pub metric: String,
    /// Cases of the split.
    pub planned: usize,
    /// How many cases each cell has an answer or a failure for, in the order of [`Cell::ALL`].
    pub asked: [usize; 4],
    /// What is left out.
    pub left_out: LeftOut,
    /// The verdict.
    pub verdict: FourfoldVerdict,
    /// What the cells cost, over the same cases; `None` where that was not read.
    pub costs: Option<CellCosts>,
    /// The headline with missing trials counted either way; `None` where none is missing.
    pub again: Option<[Headline; 2]>,
    /// Answers without a score in a cell, and why.
    pub unscored: Vec<Unscored>,
}

impl Table {
    /// The verdict of four cells beside each other, by `metric` over `planned` cases. Pure.
    pub fn of(cells: &Beside<4>, (metric, planned): (&str, usize), settings: &Settings) -> Result<Self, Unfit> {
        Ok(Self {
            metric: metric.to_owned(),
            planned,
            asked: cells.asked,
            left_out: cells.left_out,
            verdict: FourfoldVerdict::of(&cells.rows, settings)?,
            costs: cells.prices.as_ref().map(|prices| CellCosts::of(prices, settings)),
            again: cells.headline_sensitivity(settings)?,
            unscored: Vec::new(),
        })
    }

    /// The comparisons behind the headline, each with what it compares: first what both adds to either method alone.
    pub fn comparisons<'t>(&'t self, tuned: &'t str) -> [(&'t str, String, &'t (Paired, Verdict)); 5] {
        let verdict = &self.verdict;
        [
            ("both", "prompting alone".to_owned(), &verdict.over_prompting),
            ("both", format!("{tuned} alone"), &verdict.over_tuning),
            ("prompting", "the plain base".to_owned(), &verdict.prompting),
            (tuned, "the plain base".to_owned(), &verdict.tuning),
            ("both", "the plain base".to_owned(), &verdict.both),
        ]
    }

    /// The cells as a table of two by two, 58 columns wide.
    pub fn grid(&self) -> [String; 3] {
        let cells = self.verdict.cells.cells().map(|figure| wording::figure(&figure));
        two_by_two("", &cells, 26)
    }

    /// What a case costs in each cell, in the same way, where that is worth telling.
    pub fn cost_grid(&self) -> Option<[String; 3]> {
        let costs = self.costs.as_ref().filter(|costs| costs.is_worth_telling())?;
        Some(two_by_two("a case", &std::array::from_fn(|cell| costs.cell_in_words(cell)), 36))
    }

    /// The table, then its verdict in a few sentences.
    pub fn on_a_page(&self, settings: &Settings, tuned: wording::Tuned) -> Vec<String> {
        let mut lines = vec![self.about(settings)];
        lines.extend(self.grid());
        lines.extend(self.cost_grid().into_iter().flatten());
        // The headline stands apart, between two empty lines.
        lines.push(String::new());
        let mut sentences = self.sentences(settings, tuned).into_iter();
        lines.extend(sentences.next());
        lines.push(String::new());
        lines.extend(sentences);
        lines
    }

    fn about(&self, settings: &Settings) -> String {
        let cases = wording::counted(self.verdict.n as u64, "recorded case");
        format!("{} over {cases}, {} intervals:", self.metric, wording::percent(settings.confidence))
    }

    /// The table and its verdict in a few sentences, for a narrow page.
    pub fn in_words(&self, settings: &Settings, tuned: wording::Tuned) -> Vec<String> {
        let mut lines = vec![self.about(settings)];
        let cells = Cell::ALL.into_iter().zip(self.verdict.cells.cells());
        lines.extend(cells.enumerate().map(|(index, (cell, figure))| {
            let costs = self.costs.as_ref().filter(|costs| costs.is_worth_telling());
            let cost = costs.map_or_else(String::new, |costs| format!(", {}", costs.cell_in_words(index)));
            format!("{} {}{cost}", cell.title(), wording::figure(&figure))
        }));
        lines.extend(self.sentences(settings, tuned));
        lines
    }

    fn sentences(&self, settings: &Settings, tuned: wording::Tuned) -> Vec<String> {
        let verdict = &self.verdict;
        let mut lines = vec![wording::headline(verdict, tuned, settings)];
        lines.extend(wording::headline_missing(self.again, verdict.headline));
        lines.push(wording::together(verdict, tuned, settings));
        lines.push(wording::one_or_the_other(verdict, tuned, settings));
        lines.extend(self.costs.iter().flat_map(|costs| costs.in_words(verdict, settings)));
        lines.extend(wording::provisional(verdict.n, self.planned, Looks::Once));
        lines.extend(self.unscored.iter().map(Unscored::in_words));
        for (arm, other, (paired, judged)) in self.comparisons(tuned.name()).into_iter().take(2) {
            lines.push(wording::comparison(arm, &other, paired, judged, settings));
            lines.push(wording::why(paired, judged, settings, self.left_out));
        }
        lines
    }
}

/// Four cells, in the order of [`Cell::ALL`], as a table with a head; its first column says what they are of.
fn two_by_two(of: &str, cells: &[String; 4], width: usize) -> [String; 3] {
    let [plain_base, plain_tuned, prompted_base, prompted_tuned] = cells;
    [(of, "base", "tuned"), ("plain", plain_base, plain_tuned), ("prompted", prompted_base, prompted_tuned)]
        .map(|(row, base, tuned)| format!("{row:<10}{base:<width$}{tuned}"))
}

/// The verdict of the four cells on the primary metric, over what is recorded of the split.
pub fn table(session: &Session, store: &Store, split: Split, settings: &Settings) -> Result<Table, NotAsked> {
    table_of(session, store, &questions(session, &Arc::default(), Some(split), None)?, split, settings)
}

/// The same of four questions that need not be those of the declared table.
pub fn table_of(
    session: &Session,
    store: &Store,
    questions: &[(Cell, Question)],
    split: Split,
    settings: &Settings,
) -> Result<Table, NotAsked> {
    let mut cells: [RecordedArm; 4] = std::array::from_fn(|_| RecordedArm::default());
    for ((_, question), cell) in questions.iter().zip(&mut cells) {
        *cell = recorded(session, store, question, split)?;
    }
    let beside =
        Beside::priced_cells(cells.each_ref().map(|cell| &cell.scores), cells.each_ref().map(|cell| &cell.costs));
    let unscored: Vec<Unscored> = Cell::ALL
        .iter()
        .zip(&cells)
        .filter_map(|(cell, RecordedArm { unscored: (answers, reasons), .. })| {
            Unscored::of(cell.title(), session.primary(), *answers, reasons)
        })
        .collect();
    let table = Table::of(&beside, (session.primary(), planned(session, split)), settings);
    table.map(|table| Table { unscored: unscored.clone(), ..table }).map_err(|error| match error {
        Unfit::NoCases if !unscored.is_empty() => NotAsked {
            what: format!(
                "no case has a score in all four cells. {}",
                unscored.iter().map(Unscored::in_words).collect::<Vec<_>>().join(" ")
            ),
            hint: "Mend the metric, then compare again: the answers are recorded.".to_owned(),
        },
        Unfit::NoCases => {
            let counts: Vec<String> =
                Cell::ALL.iter().zip(beside.asked).map(|(cell, n)| format!("{} {n}", cell.as_str())).collect();
            NotAsked {
                what: format!("no case is recorded in all four cells ({})", counts.join(", ")),
                hint: "Ask all four on the same cases: `fourfold run --fourfold --case 1`, and so on.".to_owned(),
            }
        }
        other => unfit(&other),
    })
}

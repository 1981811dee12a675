//! The fourfold table of one case: {plain, prompted} x {base, tuned}, its questions, its scores and its margins. Pure but
//! for making the questions; asking is the caller's, who may stream the four cells side by side.

mod cost;
mod declared;

pub use cost::{CellCosts, CostFigure, Paid, in_words as cost_in_words};
pub use declared::{Lacking, as_arms, column, table_of, table_with};

use std::sync::Arc;

use super::question::{NotAsked, Question};
use super::session::Session;
use crate::config::{Fourfold, PromptAndStrategy};
use crate::data::{Case, Split};
use crate::model::Parameters;
use crate::score::{self, Answer, Aspect, MetricId, Outcome, Parts, Score};
use crate::stats::{Fourfold as Table, Margins, bought};
use crate::strategy::StrategyConfig;

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// The plain prompt on the base model.
    PlainBase,
    /// The plain prompt on the tuned model.
    PlainTuned,
    /// The full prompt on the base model.
    PromptedBase,
    /// The full prompt on the tuned model.
    PromptedTuned,
}

impl Cell {
    /// All four, row by row.
    pub const ALL: [Self; 4] = [Self::PlainBase, Self::PlainTuned, Self::PromptedBase, Self::PromptedTuned];

    /// The name in records and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlainBase => "plain-base",
            Self::PlainTuned => "plain-tuned",
            Self::PromptedBase => "prompted-base",
            Self::PromptedTuned => "prompted-tuned",
        }
    }

    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::PlainBase => "plain · base",
            Self::PlainTuned => "plain · tuned",
            Self::PromptedBase => "prompted · base",
            Self::PromptedTuned => "prompted · tuned",
        }
    }

    const fn pair(self, table: &Fourfold) -> &PromptAndStrategy {
        match self {
            Self::PlainBase | Self::PlainTuned => &table.plain,
            Self::PromptedBase | Self::PromptedTuned => &table.prompted,
        }
    }

    fn model(self, table: &Fourfold) -> &str {
        match self {
            Self::PlainBase | Self::PromptedBase => &table.base,
            Self::PlainTuned | Self::PromptedTuned => &table.tuned,
        }
    }
}

/// One value for each cell, in the order of [`Cell::ALL`].
pub type Cells<T> = [T; 4];

fn table<T>([plain_base, plain_tuned, prompted_base, prompted_tuned]: Cells<T>) -> Table<T> {
    Table { plain_base, plain_tuned, prompted_base, prompted_tuned }
}

/// The four questions of a case. Fails where the workbench declares no table.
pub fn questions(
    session: &Session,
    case: &Arc<Case>,
    split: Option<Split>,
    seed: Option<u64>,
) -> Result<Vec<(Cell, Question)>, NotAsked> {
    let table = session.workbench.fourfold.as_ref().ok_or_else(|| NotAsked {
        what: "the workbench declares no [fourfold] table".to_owned(),
        hint: "Add one with `base`, `tuned`, `plain` and `prompted` to fourfold.toml.".to_owned(),
    })?;
    questions_of(session, table, case, split, seed)
}

/// The four questions of a case by this table, which need not be the declared one.
pub fn questions_of(
    session: &Session,
    table: &Fourfold,
    case: &Arc<Case>,
    split: Option<Split>,
    seed: Option<u64>,
) -> Result<Vec<(Cell, Question)>, NotAsked> {
    Cell::ALL
        .into_iter()
        .map(|cell| {
            let pair = cell.pair(table);
            let strategy =
                StrategyConfig::from_parts(&pair.strategy.name, &pair.strategy.settings).map_err(|error| NotAsked {
                    what: format!("[fourfold] {}: {error}", cell.as_str()),
                    hint: error.hint(),
                })?;
            let question = Question {
                arm: cell.as_str().to_owned(),
                prompt_path: session.workbench.root.join(&pair.prompt),
                prompt_text: None,
                strategy,
                model: cell.model(table).to_owned(),
                parameters: Parameters { seed, ..Parameters::default() },
                case: Arc::clone(case),
                split,
                sample: 0,
            };
            Ok((cell, question))
        })
        .collect()
}

/// A metric over the four cells; `None` in a cell that has no number.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricRow {
    /// Which.
    pub metric: MetricId,
    /// What it speaks of.
    pub aspect: Aspect,
    /// The cells, in the order of [`Cell::ALL`].
    pub cells: Cells<Option<f64>>,
    /// What each method added; `None` unless all four cells have a number.
    pub margins: Option<Margins>,
}

/// Scores four answers by every metric that has something to say about this case: the workbench's own first, then what
/// else speaks of form and of content. A missing answer has no number; a model's non-answer scores 0.
pub fn rows(session: &Session, answers: &Cells<(Outcome, String)>, reference: Option<&str>) -> Vec<MetricRow> {
    let own: Vec<MetricId> = session.metrics().iter().map(|metric| metric.id()).collect();
    let said: Vec<MetricId> = parts(answers, reference)
        .iter()
        .flat_map(|parts| parts.form.iter().chain(&parts.content))
        .map(|(metric, _)| *metric)
        .collect();
    let mut metrics: Vec<&dyn score::Metric> = session.metrics().iter().map(AsRef::as_ref).collect();
    metrics.extend(score::ALL.iter().filter(|metric| said.contains(&metric.id()) && !own.contains(&metric.id())));
    metrics
        .into_iter()
        .map(|metric| {
            let cells: Cells<Option<f64>> = std::array::from_fn(|index| {
                let (outcome, text) = answers.get(index)?;
                let scored = score::score_all(&[metric], *outcome, &Answer { text }, reference);
                scored.first().and_then(|(_, score): &(MetricId, Score)| score.number())
            });
            let margins = table(cells).complete().map(|whole| whole.margins());
            MetricRow { metric: metric.id(), aspect: metric.aspect(), cells, margins }
        })
        .collect()
}

/// Form and content of each cell's answer.
pub fn parts(answers: &Cells<(Outcome, String)>, reference: Option<&str>) -> Cells<Parts> {
    std::array::from_fn(|index| {
        answers.get(index).map(|(outcome, text)| Parts::of(*outcome, text, reference)).unwrap_or_default()
    })
}

/// One aspect over the four cells: its mean in each, and what each method added.
#[derive(Clone, Debug, PartialEq)]
pub struct AspectRow {
    /// Form or content.
    pub aspect: Aspect,
    /// The cells, in the order of [`Cell::ALL`].
    pub cells: Cells<Option<f64>>,
    /// What each method added; `None` unless all four cells have a number.
    pub margins: Option<Margins>,
}

/// Form and content over the four cells.
pub fn aspects(cells: &Cells<Parts>) -> [AspectRow; 2] {
    [Aspect::Form, Aspect::Content].map(|aspect| {
        let values: Cells<Option<f64>> = std::array::from_fn(|index| cells.get(index)?.score(aspect));
        let margins = table(values).complete().map(|whole| whole.margins());
        AspectRow { aspect, cells: values, margins }
    })
}

/// What tuning and what prompting bought, in words: on the plain row and on the base model, each alone.
pub fn in_words([form, content]: &[AspectRow; 2]) -> Vec<String> {
    let (Some(form), Some(content)) = (form.margins, content.margins) else { return Vec::new() };
    vec![
        bought("tuning", form.tuning, content.tuning),
        bought("prompting", form.prompting, content.prompting),
        bought("the two together", form.both, content.both),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = "{\"who\":\"Felix\",\"qty\":4}";

    #[test]
    fn what_a_method_bought_is_told_by_aspect() {
        let answer = |text: &str| (Outcome::Answer, text.to_owned());
        let right = answer(REFERENCE);
        let answers = [answer("Felix wants 4."), right.clone(), answer("It is for Felix."), right];
        let rows = aspects(&parts(&answers, Some(REFERENCE)));
        let [form, content] = &rows;
        assert_eq!(content.cells, [Some(1.0), Some(1.0), Some(0.5), Some(1.0)]);
        assert!(form.margins.unwrap().tuning > 0.5, "{form:?}");
        let words = in_words(&rows);
        assert!(words[0].starts_with("tuning bought the form: +"), "{words:?}");
        assert!(words[0].ends_with("; the content: ±0.00"), "{words:?}");
        assert!(words[1].contains("content: -0.50"), "{words:?}");
    }

    #[test]
    fn without_a_reference_nothing_is_said() {
        let answers = std::array::from_fn(|_| (Outcome::Answer, "x".to_owned()));
        assert!(in_words(&aspects(&parts(&answers, None))).is_empty());
    }
}

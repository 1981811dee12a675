//! The fourfold table of one case: {plain, prompted} x {base, tuned}, its questions, its scores and its margins. Pure but
//! for making the questions; asking is the caller's, who may stream the four cells side by side.

use super::session::{NotAsked, Question, Session};
use crate::config::{Fourfold, PromptAndStrategy};
use crate::data::{Case, Split};
use crate::model::Parameters;
use crate::score::{self, Answer, Aspect, MetricId, Outcome, Score};
use crate::stats::{Fourfold as Table, Margins};
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
    case: &Case,
    split: Option<Split>,
    seed: Option<u64>,
) -> Result<Vec<(Cell, Question)>, NotAsked> {
    let table = session.workbench.fourfold.as_ref().ok_or_else(|| NotAsked {
        what: "the workbench declares no [fourfold] table".to_owned(),
        hint: "Add one with `base`, `tuned`, `plain` and `prompted` to fourfold.toml; `fourfold tune` prints it."
            .to_owned(),
    })?;
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
                case: case.clone(),
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

/// Scores four answers by every metric that has something to say about this case: the workbench's own first, form and
/// content apart. A missing answer has no number; a model's non-answer scores 0.
pub fn rows(session: &Session, answers: &Cells<(Outcome, String)>, reference: Option<&str>) -> Vec<MetricRow> {
    let own: Vec<MetricId> = session.metrics().iter().map(|metric| metric.id()).collect();
    let json = reference.is_some_and(|text| serde_json::from_str::<serde_json::Value>(text).is_ok());
    let mut metrics: Vec<&dyn score::Metric> = session.metrics().to_vec();
    // Validity as JSON is asked only where the reference is JSON.
    metrics.extend(score::ALL.iter().filter(|metric| {
        let form = metric.aspect() == Aspect::Form && (metric.needs_reference() || json);
        form && !own.contains(&metric.id())
    }));
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

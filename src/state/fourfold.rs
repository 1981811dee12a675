//! The fourfold view: {plain, prompted} x {base, tuned} as the four arms on the screen, on the same case.

use super::arm::{ArmState, Phase};
use super::pane::{ArmSlot, Pane};
use super::{CostNote, State};
use crate::model::{Cost, Price};
use crate::run::fourfold::Paid;
use crate::score::{Aspect, Outcome};
use crate::stats::{Fourfold, bought};
use crate::strategy::StrategyConfig;

/// A row of the table: a prompt and how it becomes calls.
#[derive(Clone, Debug, PartialEq)]
pub struct CellRow {
    /// The prompt's file, relative to the workbench.
    pub prompt: String,
    /// How it becomes calls.
    pub strategy: StrategyConfig,
}

/// What the four cells ask.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    /// The upper row.
    pub plain: CellRow,
    /// The lower row.
    pub prompted: CellRow,
    /// The id of the model that was not tuned.
    pub base: String,
    /// The id of the model tuned from it.
    pub tuned: String,
    /// Whether it was not: then the columns are two models, and their difference is more than a tune.
    pub unrelated: bool,
}

impl Cells {
    /// The cells as arms that have not been asked, in the order of the slots: the upper row is A and B, the lower C and D.
    pub fn arms(&self) -> Vec<ArmState> {
        let cell = |name: &str, row: &CellRow, model: &str| {
            let mut arm = ArmState::new(name, row.strategy.clone(), model);
            arm.prompt = Some(row.prompt.clone());
            arm
        };
        vec![
            cell("plain-base", &self.plain, &self.base),
            cell("plain-tuned", &self.plain, &self.tuned),
            cell("prompted-base", &self.prompted, &self.base),
            cell("prompted-tuned", &self.prompted, &self.tuned),
        ]
    }
}

/// The fourfold view: the arms that are not on the screen wait here, with their answers.
#[derive(Debug)]
pub struct FourfoldState {
    /// Whether the four cells are on the screen; Compose's own arms otherwise.
    pub shown: bool,
    /// The arms of the other view; empty until the cells are first shown.
    pub aside: Vec<ArmState>,
    /// Where the other view's focus was.
    pub focus: Pane,
    /// First line of the table that is shown.
    pub scroll: usize,
    /// What the recorded answers of the four cells show, in words; empty where they show nothing yet.
    pub verdict: Vec<String>,
}

impl Default for FourfoldState {
    fn default() -> Self {
        Self { shown: false, aside: Vec::new(), focus: Pane::Arm(ArmSlot::A), scroll: 0, verdict: Vec::new() }
    }
}

/// The cell that a slot is, in words: its row, its column.
pub const fn cell_name(slot: ArmSlot) -> (&'static str, &'static str) {
    match slot {
        ArmSlot::A => ("plain", "base"),
        ArmSlot::B => ("plain", "tuned"),
        ArmSlot::C => ("prompted", "base"),
        ArmSlot::D | ArmSlot::Strip => ("prompted", "tuned"),
    }
}

/// The table of form or of content over the four arms, with what is known so far.
pub fn aspect_table(arms: &[ArmState], aspect: Aspect) -> Fourfold<Option<f64>> {
    of_slots(|slot| arms.get(slot.index())?.parts.score(aspect))
}

/// What tuning and what prompting bought of form and content, in words, once every cell has answered.
pub fn bought_in_words(arms: &[ArmState]) -> Vec<String> {
    let margins = |aspect| aspect_table(arms, aspect).complete().map(|table| table.margins());
    let (Some(form), Some(content)) = (margins(Aspect::Form), margins(Aspect::Content)) else { return Vec::new() };
    vec![bought("tuning", form.tuning, content.tuning), bought("prompting", form.prompting, content.prompting)]
}

/// One metric's table over the four arms, with what is known so far.
pub fn table(arms: &[ArmState], metric: &str) -> Fourfold<Option<f64>> {
    of_slots(|slot| {
        let arm = arms.get(slot.index())?;
        arm.scores.iter().find(|line| line.metric == metric).and_then(|line| line.score.number())
    })
}

/// What the answers of the four cells cost; `None` of a cell that has none yet.
pub fn paid(state: &State) -> [Option<Paid>; 4] {
    [ArmSlot::A, ArmSlot::B, ArmSlot::C, ArmSlot::D].map(|slot| {
        let arm = state.arm(slot)?;
        if !matches!(arm.phase, Phase::Done(Outcome::Answer | Outcome::NonAnswer(_))) {
            return None;
        }
        match arm.figures.cost {
            Some(CostNote::Of { cost, .. }) => Some(Paid::Of(cost)),
            Some(CostNote::Unknown) => Some(Paid::Unknown),
            // Of a model that has a price the answer's own has not been reckoned yet.
            None => state
                .models
                .priced(&arm.model)
                .filter(|priced| priced.price == Price::FREE)
                .map(|_| Paid::Of(Cost::NOTHING)),
        }
    })
}

fn of_slots(value: impl Fn(ArmSlot) -> Option<f64>) -> Fourfold<Option<f64>> {
    Fourfold {
        plain_base: value(ArmSlot::A),
        plain_tuned: value(ArmSlot::B),
        prompted_base: value(ArmSlot::C),
        prompted_tuned: value(ArmSlot::D),
    }
}

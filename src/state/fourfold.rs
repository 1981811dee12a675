//! The fourfold view: {plain, prompted} x {base, tuned} as the four arms on the screen, on the same case.

use super::arm::ArmState;
use super::pane::{ArmSlot, Pane};
use crate::stats::Fourfold;
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
}

impl Default for FourfoldState {
    fn default() -> Self {
        Self { shown: false, aside: Vec::new(), focus: Pane::Arm(ArmSlot::A) }
    }
}

/// The cell that a slot is, in words: its row, its column.
pub const fn cell_name(slot: ArmSlot) -> (&'static str, &'static str) {
    match slot {
        ArmSlot::A => ("plain", "base"),
        ArmSlot::B => ("plain", "tuned"),
        ArmSlot::C => ("prompted", "base"),
        ArmSlot::D => ("prompted", "tuned"),
    }
}

/// One metric's table over the four arms, with what is known so far.
pub fn table(arms: &[ArmState], metric: &str) -> Fourfold<Option<f64>> {
    let value = |slot: ArmSlot| {
        let arm = arms.get(slot.index())?;
        arm.scores.iter().find(|line| line.metric == metric).and_then(|line| line.score.number())
    };
    Fourfold {
        plain_base: value(ArmSlot::A),
        plain_tuned: value(ArmSlot::B),
        prompted_base: value(ArmSlot::C),
        prompted_tuned: value(ArmSlot::D),
    }
}

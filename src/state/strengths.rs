//! One case by one tuned model, its adapter at several strengths: what tuning does, turned up and down.

use super::{ArmSlot, Phase, Sample};
use crate::config::{STRONGEST, USUAL_STRENGTHS, strength_id};
use crate::run::Question;
use crate::score::Parts;

/// Differences of scores below this are rounding.
const ROUNDING: f64 = 1e-9;

/// One strength and what it gave.
#[derive(Clone, Debug)]
pub struct Rung {
    /// How strongly the adapter works.
    pub strength: f64,
    /// Which run this is; news of others is dropped.
    pub generation: u64,
    /// The answer, once it was asked for.
    pub sample: Option<Sample>,
    /// Its form and its content.
    pub parts: Parts,
}

impl Rung {
    fn new(strength: f64) -> Self {
        Self { strength, generation: 0, sample: None, parts: Parts::default() }
    }

    /// Whether its answer is on the way.
    pub fn is_live(&self) -> bool {
        self.sample.as_ref().is_some_and(|sample| sample.phase.is_live())
    }

    /// Whether its answer is there.
    pub fn is_done(&self) -> bool {
        self.sample.as_ref().is_some_and(|sample| matches!(sample.phase, Phase::Done(_)))
    }

    /// A score of its answer.
    pub fn score(&self, metric: &str) -> Option<f64> {
        let lines = &self.sample.as_ref()?.scores;
        lines.iter().find(|line| line.metric == metric).and_then(|line| line.score.number())
    }
}

/// The strengths side by side.
#[derive(Clone, Debug)]
pub struct StrengthsState {
    /// Whose prompt and strategy ask.
    pub slot: ArmSlot,
    /// The tuned model.
    pub model: String,
    /// What is asked, at whatever strength.
    pub question: Question,
    /// From weak to strong, until somebody moves one.
    pub rungs: Vec<Rung>,
    /// Which one the keys move.
    pub selected: usize,
    /// First row of the answers that is shown.
    pub scroll: usize,
    generation: u64,
}

impl StrengthsState {
    /// The usual strengths, not asked yet. `generation` is higher than that of anything asked before.
    pub fn new(slot: ArmSlot, model: &str, question: Question, generation: u64) -> Self {
        let rungs: Vec<Rung> = USUAL_STRENGTHS.into_iter().map(Rung::new).collect();
        let trained = rungs.iter().position(|rung| (rung.strength - 1.0).abs() < ROUNDING).unwrap_or(0);
        Self { slot, model: model.to_owned(), question, rungs, selected: trained, scroll: 0, generation }
    }

    /// The number of the newest run.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Begins a run for every rung that `wanted` picks; each with its question.
    pub fn begin(&mut self, wanted: impl Fn(&Rung) -> bool) -> Vec<(u64, Question)> {
        let mut asked = Vec::new();
        for rung in self.rungs.iter_mut().filter(|rung| wanted(rung)) {
            self.generation += 1;
            rung.generation = self.generation;
            rung.sample = Some(Sample::waiting());
            rung.parts = Parts::default();
            let model = strength_id(&self.model, rung.strength);
            asked.push((rung.generation, Question { model, ..self.question.clone() }));
        }
        asked
    }

    /// The rung of a run.
    pub fn of_mut(&mut self, generation: u64) -> Option<&mut Rung> {
        self.rungs.iter_mut().find(|rung| rung.generation == generation && rung.sample.is_some())
    }

    /// Turns the selected rung up or down; what it had answered goes.
    pub fn turn(&mut self, by: f64) {
        let Some(rung) = self.rungs.get_mut(self.selected) else { return };
        // Steps of a hundredth have no exact form in binary; the sum is brought back to the nearest one.
        let turned = ((rung.strength + by) * 100.0).round() / 100.0;
        let turned = turned.clamp(-STRONGEST, STRONGEST);
        if (turned - rung.strength).abs() > ROUNDING {
            *rung = Rung::new(turned);
        }
    }

    /// Whether an answer is on the way.
    pub fn is_live(&self) -> bool {
        self.rungs.iter().any(Rung::is_live)
    }
}

/// Which strength is enough, in words: the one nearest to nothing that reaches the best score.
pub fn in_words(metric: &str, scores: &[(f64, Option<f64>)]) -> Option<String> {
    let known: Vec<(f64, f64)> = scores.iter().filter_map(|(strength, value)| Some((*strength, (*value)?))).collect();
    if known.len() < 2 {
        return None;
    }
    let best = known.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
    let worst = known.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
    if best - worst <= ROUNDING {
        return Some(format!("{metric} is {best:.2} at every strength; one case decides nothing."));
    }
    let enough = known.iter().filter(|(_, value)| best - value <= ROUNDING).map(|(strength, _)| *strength);
    let enough = enough.min_by(|one, other| one.abs().total_cmp(&other.abs()))?;
    let falls = known.iter().any(|(strength, value)| *strength > enough && best - value > ROUNDING);
    let place =
        if falls { format!("at strength {enough}, worse beyond") } else { format!("from strength {enough} on") };
    Some(format!("{metric} is best {place}: {best:.2}; one case decides nothing."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_strength_that_is_enough_is_named() {
        let scores = |values: &[f64]| -> Vec<(f64, Option<f64>)> {
            USUAL_STRENGTHS.into_iter().zip(values.iter().map(|value| Some(*value))).collect()
        };
        for (values, words) in [
            (&[0.0, 0.0, 1.0, 1.0, 1.0][..], "m is best from strength 0.5 on: 1.00; one case decides nothing."),
            (&[0.0, 0.5, 0.5, 1.0, 0.2], "m is best at strength 1, worse beyond: 1.00; one case decides nothing."),
            (&[0.4; 5], "m is 0.40 at every strength; one case decides nothing."),
        ] {
            assert_eq!(in_words("m", &scores(values)).as_deref(), Some(words));
        }
        assert_eq!(in_words("m", &[(0.0, Some(1.0)), (1.0, None)]), None);
    }
}

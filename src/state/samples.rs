//! Several answers of one arm to the same question, each with a seed of its own, and how far they agree.

use super::{Fault, Figures, Phase, ScoreLine};
use crate::score::{Agreement, Outcome};

/// One of the answers.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Where it stands.
    pub phase: Phase,
    /// The answer as it grows.
    pub text: String,
    /// What the strategy read out of it, where that is not the whole.
    pub extracted: Option<String>,
    /// Tokens and times.
    pub figures: Figures,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// Its scores.
    pub scores: Vec<ScoreLine>,
    /// The recorded trial, once it is durable.
    pub trial: Option<i64>,
}

impl Sample {
    /// One that has been asked for.
    pub fn waiting() -> Self {
        Self {
            phase: Phase::Waiting,
            text: String::new(),
            extracted: None,
            figures: Figures::default(),
            fault: None,
            scores: Vec::new(),
            trial: None,
        }
    }

    /// The text that is scored and compared.
    pub fn result(&self) -> &str {
        self.extracted.as_deref().unwrap_or(&self.text)
    }

    const fn outcome(&self) -> Option<Outcome> {
        match self.phase {
            Phase::Done(outcome) => Some(outcome),
            _ => None,
        }
    }
}

/// The answers asked for, in the order of their seeds.
#[derive(Clone, Debug)]
pub struct Samples {
    /// The run of the first one; the others follow it one by one.
    pub first_generation: u64,
    /// All of them.
    pub answers: Vec<Sample>,
    /// Those that have ended, grouped.
    pub agreement: Agreement,
    /// Which group is looked at: the largest, until the person steps.
    pub selected: usize,
    stepped: bool,
}

impl Samples {
    /// `count` answers that have been asked for.
    pub fn new(first_generation: u64, count: usize) -> Self {
        Self {
            first_generation,
            answers: (0..count).map(|_| Sample::waiting()).collect(),
            agreement: Agreement::default(),
            selected: 0,
            stepped: false,
        }
    }

    /// The answer of a run, if it is one of these.
    pub fn of_mut(&mut self, generation: u64) -> Option<&mut Sample> {
        let place = usize::try_from(generation.checked_sub(self.first_generation)?).ok()?;
        self.answers.get_mut(place)
    }

    /// How many are still to end.
    pub fn live(&self) -> usize {
        self.answers.iter().filter(|answer| answer.phase.is_live()).count()
    }

    /// Groups those that have ended; a group that was stepped to stays the one that is looked at.
    pub fn group(&mut self, reference: Option<&str>) {
        let looked_at = self.chosen_place().filter(|_| self.stepped);
        let ended: Vec<usize> =
            (0..self.answers.len()).filter(|place| self.at(*place).is_some_and(|it| it.outcome().is_some())).collect();
        let said: Vec<(Outcome, &str)> = ended
            .iter()
            .filter_map(|place| self.answers.get(*place))
            .filter_map(|answer| Some((answer.outcome()?, answer.result())))
            .collect();
        let mut agreement = Agreement::of(&said, reference);
        for member in agreement.groups.iter_mut().flat_map(|group| &mut group.members) {
            *member = ended.get(*member).copied().unwrap_or(*member);
        }
        let holds = |place: usize| agreement.groups.iter().position(|group| group.members.contains(&place));
        self.selected = looked_at.and_then(holds).unwrap_or(0);
        self.agreement = agreement;
    }

    /// Looks at the group `step` places on, around the ends.
    pub fn step(&mut self, step: isize) {
        let count = self.agreement.groups.len() as isize;
        if count > 0 {
            self.stepped = true;
            self.selected = (self.selected as isize + step).rem_euclid(count) as usize;
        }
    }

    /// The answer that stands for the group that is looked at.
    pub fn chosen(&self) -> Option<&Sample> {
        self.at(self.chosen_place()?)
    }

    /// The answer that stands for a group.
    pub fn standing_for(&self, group: usize) -> Option<&Sample> {
        self.at(*self.agreement.groups.get(group)?.members.first()?)
    }

    fn chosen_place(&self) -> Option<usize> {
        self.agreement.groups.get(self.selected)?.members.first().copied()
    }

    fn at(&self, place: usize) -> Option<&Sample> {
        self.answers.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_grow_as_answers_end_and_one_that_was_stepped_to_stays() {
        let mut samples = Samples::new(7, 3);
        assert!(samples.of_mut(6).is_none() && samples.of_mut(10).is_none());
        let end = |samples: &mut Samples, generation, text: &str| {
            let answer = samples.of_mut(generation).unwrap();
            answer.phase = Phase::Done(Outcome::Answer);
            text.clone_into(&mut answer.text);
            samples.group(Some("b"));
        };
        end(&mut samples, 8, "a");
        assert_eq!(samples.chosen().unwrap().text, "a");
        end(&mut samples, 7, "b");
        assert_eq!(samples.chosen().unwrap().text, "b", "the first one, until somebody steps");
        samples.step(1);
        assert_eq!(samples.chosen().unwrap().text, "a");
        end(&mut samples, 9, "b");
        assert_eq!((samples.live(), samples.agreement.right()), (0, Some(2)));
        assert_eq!(samples.agreement.groups[0].members, [0, 2]);
        assert_eq!(samples.chosen().unwrap().text, "a");
        samples.step(1);
        assert_eq!(samples.chosen().unwrap().text, "b");
    }
}

//! Several answers to the same question: which of them say the same, how many each, which equal the reference.

use serde_json::Value;

use super::metric::json_of;
use super::outcome::{NonAnswer, Outcome};

/// What the answers of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// They say the same.
    Answer {
        /// And it is what the reference says; `None` without a reference.
        right: Option<bool>,
    },
    /// The model gave no usable answer, in this way.
    NonAnswer(NonAnswer),
}

/// Answers that are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they have in common.
    pub kind: GroupKind,
    /// Which answers, by their place among all; the first stands for the group.
    pub members: Vec<usize>,
}

impl Group {
    /// How many answers.
    pub const fn count(&self) -> u64 {
        self.members.len() as u64
    }
}

/// How far several answers agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// The largest first; among equals the one that came first.
    pub groups: Vec<Group>,
    /// Answers and non-answers: what shares are taken of.
    pub n: u64,
    /// Calls that failed or were stopped; they are in no group.
    pub missing: u64,
}

impl Agreement {
    /// Groups answers. Two are the same when their JSON is, whatever its spacing and the order of its keys, or else when
    /// their words are, whatever the white space between them.
    pub fn of(answers: &[(Outcome, &str)], reference: Option<&str>) -> Self {
        let wanted = reference.map(Said::of);
        let mut found: Vec<(Said, Group)> = Vec::new();
        let mut agreement = Self::default();
        for (place, (outcome, text)) in answers.iter().enumerate() {
            let (said, kind) = match outcome {
                Outcome::Missing(_) => {
                    agreement.missing += 1;
                    continue;
                }
                Outcome::NonAnswer(kind) => (Said::Nothing(*kind), GroupKind::NonAnswer(*kind)),
                Outcome::Answer => {
                    let said = Said::of(text);
                    let right = wanted.as_ref().map(|wanted| *wanted == said);
                    (said, GroupKind::Answer { right })
                }
            };
            agreement.n += 1;
            match found.iter_mut().find(|(known, _)| *known == said) {
                Some((_, group)) => group.members.push(place),
                None => found.push((said, Group { kind, members: vec![place] })),
            }
        }
        agreement.groups = found.into_iter().map(|(_, group)| group).collect();
        agreement.groups.sort_by_key(|group| std::cmp::Reverse(group.count()));
        agreement
    }

    /// The chance that two of the answers, drawn at random, are the same: 1 where all are. `None` below two answers.
    pub fn consistency(&self) -> Option<f64> {
        if self.n < 2 {
            return None;
        }
        let equal: u64 = self.groups.iter().map(|group| group.count() * (group.count() - 1)).sum();
        Some(equal as f64 / (self.n * (self.n - 1)) as f64)
    }

    /// How many answers equal the reference; `None` without one.
    pub fn right(&self) -> Option<u64> {
        let mut known = None;
        for group in &self.groups {
            if let GroupKind::Answer { right: Some(right) } = group.kind {
                *known.get_or_insert(0) += if right { group.count() } else { 0 };
            }
        }
        known
    }
}

/// What an answer says, apart from how it is written.
#[derive(PartialEq)]
enum Said {
    Json(Value),
    Words(String),
    Nothing(NonAnswer),
}

impl Said {
    fn of(text: &str) -> Self {
        match json_of(text) {
            // A bare number or word is compared as text: `7.0` and `7` are two answers to look at.
            Some(value @ (Value::Object(_) | Value::Array(_))) => Self::Json(value),
            _ => Self::Words(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Missing;

    fn of(answers: &[(Outcome, &str)], reference: Option<&str>) -> Vec<(u64, GroupKind, usize)> {
        let groups = Agreement::of(answers, reference).groups;
        groups.iter().map(|group| (group.count(), group.kind, group.members[0])).collect()
    }

    #[test]
    fn consistency_is_the_chance_that_two_are_the_same() {
        let of = |texts: &[&str]| {
            let answers: Vec<(Outcome, &str)> = texts.iter().map(|text| (Outcome::Answer, *text)).collect();
            Agreement::of(&answers, None).consistency()
        };
        assert_eq!((of(&["a"]), of(&["a", "a"]), of(&["a", "b"])), (None, Some(1.0), Some(0.0)));
        // Of the six pairs of four, one is equal: a with a.
        assert!((of(&["a", "a", "b", "c"]).unwrap() - 1.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn equal_answers_stand_together_the_largest_group_first() {
        let answer = |text| (Outcome::Answer, text);
        let answers = [
            answer("{\"a\": 1, \"b\": 2}"),
            answer("yes  indeed\n"),
            answer("```json\n{\"b\":2,\"a\":1}\n```"),
            (Outcome::NonAnswer(NonAnswer::Length), "{\"a\": 1, \"b\": 2}"),
            answer("yes indeed"),
            answer("{\"a\":1,\"b\":2}"),
            (Outcome::Missing(Missing::Network), ""),
        ];
        let right = |right| GroupKind::Answer { right: Some(right) };
        assert_eq!(
            of(&answers, Some("{\"b\":2,\"a\":1}")),
            [(3, right(true), 0), (2, right(false), 1), (1, GroupKind::NonAnswer(NonAnswer::Length), 3)]
        );
        let agreement = Agreement::of(&answers, Some("{\"b\":2,\"a\":1}"));
        assert_eq!((agreement.n, agreement.missing, agreement.right()), (6, 1, Some(3)));
    }

    #[test]
    fn without_a_reference_nothing_is_right_or_wrong() {
        assert_eq!(of(&[(Outcome::Answer, "a")], None), [(1, GroupKind::Answer { right: None }, 0)]);
        assert_eq!(Agreement::of(&[(Outcome::Answer, "a")], None).right(), None);
        assert_eq!(Agreement::of(&[], Some("a")), Agreement::default());
        assert_eq!(Agreement::of(&[(Outcome::Answer, "7.0")], Some("7")).right(), Some(0));
    }
}

//! Which of two answers is nearer the reference, by the primary metric.

use super::{MetricId, Score};

/// The side that scores higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Winner {
    /// The first.
    A,
    /// The second.
    B,
    /// Equal scores.
    Tie,
}

/// Who is nearer, and by how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearness {
    /// Who.
    pub winner: Winner,
    /// The difference of the two scores, never negative.
    pub by: f64,
}

/// Compares two trials on `primary`. `None` when one of them has no such score: there is nothing to compare.
pub fn nearer(a: &[(MetricId, Score)], b: &[(MetricId, Score)], primary: MetricId) -> Option<Nearness> {
    // Differences below this are rounding of the metrics themselves.
    const ROUNDING: f64 = 1e-12;
    let number = |scores: &[(MetricId, Score)]| {
        scores.iter().find(|(id, _)| *id == primary).and_then(|(_, score)| score.number())
    };
    let lead = number(a)? - number(b)?;
    Some(if lead.abs() < ROUNDING {
        Nearness { winner: Winner::Tie, by: 0.0 }
    } else {
        Nearness { winner: if lead > 0.0 { Winner::A } else { Winner::B }, by: lead.abs() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{ALL, find};

    #[test]
    fn the_higher_score_wins_by_the_difference() {
        let primary = find("token-f1").unwrap().id();
        let scores = |value: f64| vec![(ALL[0].id(), Score::value(1.0)), (primary, Score::value(value))];
        let table = [
            (0.75, 0.5, Winner::A, 0.25),
            (0.25, 0.5, Winner::B, 0.25),
            (0.5, 0.5, Winner::Tie, 0.0),
            (0.3, 0.1 + 0.2, Winner::Tie, 0.0),
        ];
        for (a, b, winner, by) in table {
            assert_eq!(nearer(&scores(a), &scores(b), primary), Some(Nearness { winner, by }));
        }
    }

    #[test]
    fn a_side_without_the_score_leaves_nothing_to_say() {
        let primary = ALL[0].id();
        let scored = vec![(primary, Score::value(1.0))];
        assert_eq!(nearer(&scored, &[], primary), None);
        assert_eq!(nearer(&scored, &[(primary, Score::not_applicable("no reference"))], primary), None);
    }
}

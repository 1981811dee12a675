//! What stands over the columns, from their kept sums.

use crate::state::matrix::Head;
use crate::stats::{Confidence, Mean, Proportion};
use crate::store::{Column, RunArm};

/// The heads of a run with so many repeats.
pub(super) fn heads(arms: &[RunArm], columns: &[Column], repeats: u32) -> Vec<Head> {
    arms.iter().zip(columns).map(|(arm, column)| head(arm.name.clone(), arm.planned, column, repeats)).collect()
}

/// The head of one column.
pub(in crate::app) fn head(name: String, planned: u64, column: &Column, repeats: u32) -> Head {
    Head {
        name,
        planned,
        done: column.done,
        non_answers: column.non_answers,
        missing: column.missing,
        known: column.known,
        scored: column.scored,
        mean: column.mean(),
        interval: interval(column, repeats),
        cost: column.cost,
        unpriced: column.unpriced,
        tokens_per_second: column.tokens_per_second(),
        closed: None,
    }
}

/// Wilson's of right and wrong, else Student's of the mean. Repeats of a case say little that is new, and from sums nobody can tell
/// how little: they count as one, which is never too narrow.
fn interval(column: &Column, repeats: u32) -> Option<(f64, f64)> {
    let mean = column.mean()?;
    let n = column.scored.div_ceil(u64::from(repeats.max(1)));
    let interval = if column.graded == 0 {
        Proportion::new((mean * n as f64).round() as u64, n)?.wilson(Confidence::NINETY_FIVE)
    } else {
        let scored = column.scored as f64;
        let spread = (column.squares - scored * mean * mean).max(0.0) / (scored - 1.0).max(1.0);
        Mean { n: n as usize, value: mean, deviation: spread.sqrt() }.interval(Confidence::NINETY_FIVE)?
    };
    Some((interval.low.max(0.0), interval.high.min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(scored: u64, sum: f64, squares: f64, graded: u64) -> Column {
        Column { scored, sum, squares, graded, ..Column::default() }
    }

    #[test]
    fn right_and_wrong_are_a_share_and_grades_a_mean() {
        let share = Proportion::new(7, 10).unwrap().wilson(Confidence::NINETY_FIVE);
        assert_eq!(interval(&column(10, 7.0, 7.0, 0), 1), Some((share.low, share.high)));
        let mean = Mean::of(&[0.2, 0.4, 0.6]).unwrap().interval(Confidence::NINETY_FIVE).unwrap();
        let (low, high) = interval(&column(3, 1.2, 0.56, 3), 1).unwrap();
        assert!((low - mean.low.max(0.0)).abs() < 1e-9 && (high - mean.high).abs() < 1e-9);
        assert_eq!(interval(&column(0, 0.0, 0.0, 0), 1), None);
        assert_eq!(interval(&column(1, 0.3, 0.09, 1), 1), None, "of one grade nothing is known about the spread");
    }

    #[test]
    fn repeats_do_not_make_it_narrower() {
        let once = interval(&column(10, 7.0, 7.0, 0), 1).unwrap();
        let thrice = interval(&column(30, 21.0, 21.0, 0), 3).unwrap();
        assert_eq!(once, thrice);
    }
}

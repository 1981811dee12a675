//! How sure the mean of a column is, from its kept sums alone.

use crate::stats::{Confidence, Interval, Looks, Mean, Proportion, mean_at_every_look};
use crate::store::Column;

/// Wilson's of right and wrong, else Student's of the mean; of a run declared sequential one that holds at every look. Repeats of a
/// case say little that is new, and from sums nobody can tell how little: they count as one, which is never too narrow.
pub fn interval(column: &Column, (repeats, looks): (u32, Looks)) -> Option<Interval> {
    let mean = column.mean()?;
    let n = column.scored.div_ceil(u64::from(repeats.max(1)));
    let interval = if looks == Looks::Every {
        mean_at_every_look(n, mean, column.graded == 0, Confidence::NINETY_FIVE)?
    } else if column.graded == 0 {
        Proportion::new((mean * n as f64).round() as u64, n)?.wilson(Confidence::NINETY_FIVE)
    } else {
        let scored = column.scored as f64;
        let spread = (column.squares - scored * mean * mean).max(0.0) / (scored - 1.0).max(1.0);
        Mean { n: n as usize, value: mean, deviation: spread.sqrt() }.interval(Confidence::NINETY_FIVE)?
    };
    Some(Interval { low: interval.low.max(0.0), high: interval.high.min(1.0) })
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
        assert_eq!(interval(&column(10, 7.0, 7.0, 0), (1, Looks::Once)), Some(share));
        let mean = Mean::of(&[0.2, 0.4, 0.6]).unwrap().interval(Confidence::NINETY_FIVE).unwrap();
        let found = interval(&column(3, 1.2, 0.56, 3), (1, Looks::Once)).unwrap();
        assert!((found.low - mean.low.max(0.0)).abs() < 1e-9 && (found.high - mean.high).abs() < 1e-9);
        assert_eq!(interval(&column(0, 0.0, 0.0, 0), (1, Looks::Once)), None);
        assert_eq!(
            interval(&column(1, 0.3, 0.09, 1), (1, Looks::Once)),
            None,
            "of one grade nothing is known about the spread"
        );
    }

    #[test]
    fn repeats_do_not_make_it_narrower() {
        let once = interval(&column(10, 7.0, 7.0, 0), (1, Looks::Once)).unwrap();
        let thrice = interval(&column(30, 21.0, 21.0, 0), (3, Looks::Once)).unwrap();
        assert_eq!(once, thrice);
    }

    #[test]
    fn at_every_look_it_is_wider() {
        for of in [column(10, 7.0, 7.0, 0), column(10, 7.0, 5.5, 4)] {
            let (once, every) = (interval(&of, (1, Looks::Once)).unwrap(), interval(&of, (1, Looks::Every)).unwrap());
            assert!(every.high - every.low > once.high - once.low, "{once:?} {every:?}");
        }
    }
}

//! Whether a training learns the examples by heart rather than the task, or nothing at all. Pure.

use super::progress::EpochLosses;

/// A rise smaller than this part is noise.
const RISE: f64 = 0.02;
/// Of fewer steps no direction can be read.
const FEWEST_STEPS: usize = 8;

/// Overfitting, and since when.
#[derive(Clone, Debug, PartialEq)]
pub struct Overfitting {
    /// The first epoch with it.
    pub epoch: u32,
    /// In words.
    pub message: String,
}

/// Finds the first epoch whose validation loss lies above the best before it while the training loss went on falling.
pub fn overfitting(epochs: &[EpochLosses]) -> Option<Overfitting> {
    let mut best: Option<(u32, f64)> = None;
    for (index, here) in epochs.iter().enumerate() {
        let Some(validation) = here.validation else { continue };
        let before = index.checked_sub(1).and_then(|index| epochs.get(index));
        if let (Some((best_epoch, lowest)), Some(before)) = (best, before)
            && validation > lowest * (1.0 + RISE)
            && here.train < before.train
        {
            let epoch = here.epoch;
            let message = format!(
                "overfitting since epoch {epoch}: the validation loss rose from {lowest:.4} (epoch {best_epoch}) to \
                 {validation:.4} while the training loss fell from {:.4} to {:.4}; the weights of epoch {best_epoch} \
                 are the ones that are kept, as long as none better come",
                before.train, here.train
            );
            return Some(Overfitting { epoch, message });
        }
        if best.is_none_or(|(_, lowest)| validation < lowest) {
            best = Some((here.epoch, validation));
        }
    }
    None
}

/// That the training loss ended above where it began, in words: such a training has learned nothing, whatever else it says. Nothing
/// is said of a few steps.
pub fn diverged(losses: &[(u64, f64)]) -> Option<String> {
    let part = (losses.len() / 10).max(1);
    let mean = |some: &[(u64, f64)]| some.iter().map(|(_, loss)| loss).sum::<f64>() / some.len().max(1) as f64;
    let (first, last) = (mean(losses.get(..part)?), mean(losses.get(losses.len() - part..)?));
    (losses.len() >= FEWEST_STEPS && last > first * (1.0 + RISE)).then(|| {
        format!(
            "the training loss rose from {first:.4} at the beginning to {last:.4} at the end: nothing was learned; a lower \
             --learning-rate or a longer --warmup may hold it"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(losses: &[(f64, f64)]) -> Option<u32> {
        let epochs: Vec<EpochLosses> = losses
            .iter()
            .zip(1..)
            .map(|((train, validation), epoch)| EpochLosses { epoch, train: *train, validation: Some(*validation) })
            .collect();
        overfitting(&epochs).map(|found| found.epoch)
    }

    #[test]
    fn both_curves_decide() {
        for (losses, expected) in [
            (&[(1.0, 1.0)][..], None),
            (&[(1.0, 1.0), (0.5, 0.6), (0.3, 0.5)], None),
            (&[(1.0, 0.5), (0.5, 0.4), (0.2, 0.6)], Some(3)),
            // Within the noise, and a training loss that rises as well: no overfitting.
            (&[(1.0, 0.5), (0.5, 0.505)], None),
            (&[(1.0, 0.5), (1.5, 0.9)], None),
            // Creeping up counts against the best, not against the last.
            (&[(1.0, 0.500), (0.8, 0.506), (0.6, 0.511)], Some(3)),
        ] {
            assert_eq!(found(losses), expected, "{losses:?}");
        }
        let silent = [EpochLosses { epoch: 1, train: 1.0, validation: None }];
        assert_eq!(overfitting(&silent), None);
    }

    #[test]
    fn a_loss_that_ends_higher_than_it_began_is_told() {
        let told = |losses: &[f64]| diverged(&(1..).zip(losses.iter().copied()).collect::<Vec<_>>());
        let words = told(&[3.0, 17.5, 45.0, 35.4, 29.8, 30.3, 20.2, 17.8, 15.1, 13.5]).unwrap();
        assert!(
            words.starts_with("the training loss rose from 3.0000 at the beginning to 13.5000 at the end"),
            "{words}"
        );
        assert_eq!(told(&[3.0, 2.0, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]), None);
        assert_eq!(told(&[3.0, 4.0]), None, "two steps say nothing");
        assert_eq!(told(&[]), None);
    }
}

//! Whether a training learns the examples by heart rather than the task. Pure.

use super::progress::EpochLosses;

/// A rise smaller than this part is noise.
const RISE: f64 = 0.02;

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
}

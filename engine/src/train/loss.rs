//! What is minimised: how surprised the model is by the completion, token by token.

use rayon::prelude::*;

use super::product::{Backwards, Forwards, Left, Target, View, add_product};
use crate::model::{Linear, Vectorised, exponential, vectorised};

/// Rows whose logits exist at the same time: a vocabulary is wide.
const ROWS: usize = 64;

/// The summed loss of some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Loss {
    pub(super) sum: f64,
    pub(super) tokens: usize,
}

/// The loss of normalised rows, each to be followed by its token of `tokens`, and the gradients of the rows: those of
/// `weight` times the summed loss. Without a weight no gradients are computed.
pub(super) fn loss(output: &Linear, rows: &[f32], tokens: &[u32], weight: Option<f32>) -> (Loss, Vec<f32>) {
    let width = output.inputs().max(1);
    let mut gradients = vec![0.0; if weight.is_some() { rows.len() } else { 0 }];
    let mut sum = 0.0;
    for (index, (rows, tokens)) in rows.chunks(ROWS * width).zip(tokens.chunks(ROWS)).enumerate() {
        let mut logits = vec![0.0; tokens.len() * output.outputs()];
        add_product(&Left::new(View::new(rows, width)), &Forwards(output), Target::new(&mut logits, output.outputs()));
        sum += surprise(&mut logits, tokens, weight);
        if weight.is_some() {
            let left = Left::new(View::new(&logits, output.outputs()));
            let into = gradients.get_mut(index * ROWS * width..).unwrap_or_default();
            add_product(&left, &Backwards(output), Target::new(into, width));
        }
    }
    (Loss { sum, tokens: tokens.len() }, gradients)
}

/// The summed surprise; with a weight the logits become their gradients.
fn surprise(logits: &mut [f32], tokens: &[u32], weight: Option<f32>) -> f64 {
    let width = logits.len() / tokens.len().max(1);
    let losses: Vec<f64> = logits
        .par_chunks_mut(width.max(1))
        .zip(tokens)
        .map(|(logits, &token)| vectorised(Surprise { logits, token, weight }))
        .collect();
    losses.into_iter().sum()
}

/// One row: loss = log(sum(exp(z))) - z[token], and dz = softmax(z) - onehot(token).
struct Surprise<'a> {
    logits: &'a mut [f32],
    token: u32,
    weight: Option<f32>,
}

impl Vectorised for Surprise<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let most = self.logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let wanted = self.logits.get(self.token as usize).copied().unwrap_or(f32::NAN);
        let mut lanes = [0.0_f32; 16];
        for logits in self.logits.chunks(lanes.len()) {
            for (lane, logit) in lanes.iter_mut().zip(logits) {
                *lane += exponential(logit - most);
            }
        }
        let sum: f64 = lanes.into_iter().map(f64::from).sum();
        if let Some(weight) = self.weight {
            let scale = (f64::from(weight) / sum) as f32;
            for logit in &mut *self.logits {
                *logit = exponential(*logit - most) * scale;
            }
            if let Some(wanted) = self.logits.get_mut(self.token as usize) {
                *wanted -= weight;
            }
        }
        sum.ln() + f64::from(most) - f64::from(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::numeric::{check, values};
    use super::*;

    #[test]
    fn gradients_of_the_surprise_equal_differences() {
        let (logits, tokens) = (values(3 * 50, 1), [7, 0, 49]);
        let mut gradients = logits.clone();
        surprise(&mut gradients, &tokens, Some(1.0));
        check(&logits, &gradients, &[1.0], |logits| vec![surprise(&mut logits.to_vec(), &tokens, None) as f32]);
    }

    #[test]
    fn the_surprise_of_equals_is_the_logarithm_of_their_number() {
        let loss = surprise(&mut [3.0; 40], &[5, 6], None);
        assert!((loss - 2.0 * 20.0_f64.ln()).abs() < 1e-6, "{loss}");
    }
}

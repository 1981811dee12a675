//! Gradients from differences, for checking the ones from formulas.

/// Numbers between -1 and 1, the same for the same seed.
pub(super) fn values(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// Compares `gradients` of the sum of `forward(at) * upstream` with central differences, value by value.
pub(super) fn check(at: &[f32], gradients: &[f32], upstream: &[f32], forward: impl Fn(&[f32]) -> Vec<f32>) {
    const STEP: f32 = 4e-3;
    assert_eq!(at.len(), gradients.len());
    let sum = |at: &[f32]| -> f64 {
        forward(at).iter().zip(upstream).map(|(value, upstream)| f64::from(*value) * f64::from(*upstream)).sum()
    };
    let size = (gradients.iter().map(|value| value * value).sum::<f32>() / gradients.len() as f32).sqrt();
    assert!(size > 1e-3, "gradients of nothing: {size}");
    for (index, gradient) in gradients.iter().enumerate() {
        let mut moved = at.to_vec();
        moved[index] = at[index] + STEP;
        let above = sum(&moved);
        moved[index] = at[index] - STEP;
        let difference = (above - sum(&moved)) / f64::from(2.0 * STEP);
        let error = (difference - f64::from(*gradient)).abs();
        assert!(
            error < 5e-3 * f64::from(size.max(gradient.abs())) + 1e-4,
            "{index}: {gradient}, but differences say {difference}"
        );
    }
}

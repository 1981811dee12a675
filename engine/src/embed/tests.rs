//! Arithmetic without weights; with them, values that another program computed.

use super::*;

#[test]
fn the_activation_is_that_of_the_error_function() {
    // x / 2 (1 + erf(x / sqrt 2)) with a table of the normal distribution.
    for (x, expected) in
        [(0.0, 0.0), (1.0, 0.841_344_7), (-1.0, -0.158_655_3), (2.0, 1.954_499_7), (-3.0, -0.004_049_6), (8.0, 8.0)]
    {
        assert!((gelu(x) - expected).abs() < 1e-6, "{x}: {} {expected}", gelu(x));
    }
}

#[test]
fn a_mean_has_length_one() {
    let vector = mean(&[3.0, 0.0, 0.0, 4.0, 3.0, 4.0], 2);
    assert!((vector[0] - 0.6).abs() < 1e-6 && (vector[1] - 0.8).abs() < 1e-6, "{vector:?}");
    assert_eq!(mean(&[0.0, 0.0], 2), [0.0, 0.0]);
}

#[test]
fn tokens_of_one_text_do_not_see_another() {
    let width = HEAD;
    let text = |seed: usize, rows: usize| -> Vec<f32> {
        (0..rows * 3 * width).map(|at| ((at * 31 + seed * 17) % 23) as f32 / 23.0 - 0.5).collect()
    };
    let (one, other) = (text(1, 3), text(2, 5));
    let both = attend(&Matrix::new([one.clone(), other.clone()].concat(), 3 * width), &[3, 5], width);
    let alone = attend(&Matrix::new(one, 3 * width), &[3], width);
    assert_eq!(both.values().get(..3 * width), Some(alone.values()));
    let alone = attend(&Matrix::new(other, 3 * width), &[5], width);
    assert_eq!(both.values().get(3 * width..), Some(alone.values()));
}

#[test]
fn files_of_another_kind_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for bytes in [&b""[..], b"GGUF", b"\x02\0\0\0\0\0\0\0{}"] {
        std::fs::write(&path, bytes).unwrap();
        let error = Encoder::load(&path, &path, Precision::Exact).err().unwrap();
        assert!(matches!(error, EngineError::Embedding { .. }), "{error}");
        assert!(!error.hint().is_empty());
    }
}

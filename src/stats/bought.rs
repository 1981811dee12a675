//! What a method bought, in words: the form, the content, both, or nothing.

/// A change of a mean score from here on is worth a word; below it, it is none.
const WORTH: f64 = 0.05;

/// One sentence about what `method` changed in an answer's form and in its content.
pub fn bought(method: &str, form: f64, content: f64) -> String {
    let sign = |change: f64| i8::from(change >= WORTH) - i8::from(change <= -WORTH);
    let (form_said, content_said) = (signed(form), signed(content));
    match (sign(form), sign(content)) {
        (1, 0) => format!("{method} bought the form: {form_said}; the content: {content_said}"),
        (0, 1) => format!("{method} bought the content: {content_said}; the form: {form_said}"),
        (1, 1) => format!("{method} bought form {form_said} and content {content_said}"),
        (1, _) => format!("{method} bought the form: {form_said}, and cost content: {content_said}"),
        (_, 1) => format!("{method} bought the content: {content_said}, and cost form: {form_said}"),
        (0, 0) => format!("{method} changed neither: form {form_said}, content {content_said}"),
        (_, 0) => format!("{method} cost form: {form_said}; the content: {content_said}"),
        (0, _) => format!("{method} cost content: {content_said}; the form: {form_said}"),
        _ => format!("{method} cost both: form {form_said}, content {content_said}"),
    }
}

/// With its sign, and nothing without one.
fn signed(change: f64) -> String {
    let rounded = (change * 100.0).round() / 100.0;
    if rounded.abs() < f64::EPSILON { "±0.00".to_owned() } else { format!("{rounded:+.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_changes_has_its_sentence() {
        for (form, content, words) in [
            (0.9, 0.04, "tuning bought the form: +0.90; the content: +0.04"),
            (0.0, 0.3, "tuning bought the content: +0.30; the form: ±0.00"),
            (0.5, 0.5, "tuning bought form +0.50 and content +0.50"),
            (0.9, -0.2, "tuning bought the form: +0.90, and cost content: -0.20"),
            (-0.9, 0.2, "tuning bought the content: +0.20, and cost form: -0.90"),
            (0.01, -0.001, "tuning changed neither: form +0.01, content ±0.00"),
            (-0.1, 0.0, "tuning cost form: -0.10; the content: ±0.00"),
            (0.0, -0.1, "tuning cost content: -0.10; the form: ±0.00"),
            (-0.1, -0.2, "tuning cost both: form -0.10, content -0.20"),
        ] {
            assert_eq!(bought("tuning", form, content), words);
        }
    }
}

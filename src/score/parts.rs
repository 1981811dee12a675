//! An answer's form and its content, scored apart: tuning is said to teach the one, and prompting to bring the other.

use super::metric::facts::Facts;
use super::metric::has_fields;
use super::metric::json_shape::JsonShape;
use super::metric::json_validity::JsonValidity;
use super::metric::layout::Layout;
use super::metric::length::Length;
use super::{Answer, Aspect, Metric, MetricId, Outcome, score_all};

/// What makes the form of an answer whose reference is JSON.
static JSON_FORM: [&dyn Metric; 4] = [&JsonValidity, &JsonShape, &Length, &Layout];
/// What makes the form of any other answer.
static TEXT_FORM: [&dyn Metric; 2] = [&Length, &Layout];
/// What makes the content: nothing that wants a form as well.
static CONTENT: [&dyn Metric; 1] = [&Facts];

/// A text is laid out as its reference from here on.
const LIKE_LAYOUT: f64 = 0.9;
/// And not of another length altogether.
const LIKE_LENGTH: f64 = 0.5;

/// The scores of an answer's form and of its content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// What speaks of the form.
    pub form: Vec<(MetricId, f64)>,
    /// What speaks of the content.
    pub content: Vec<(MetricId, f64)>,
}

impl Parts {
    /// Scores an answer against its reference. Nothing where there is no reference, or where the call failed; zeros where
    /// the model gave no answer.
    pub fn of(outcome: Outcome, text: &str, reference: Option<&str>) -> Self {
        let Some(reference) = reference else { return Self::default() };
        let form: &[&dyn Metric] = if has_fields(reference) { &JSON_FORM } else { &TEXT_FORM };
        let numbers = |metrics: &[&dyn Metric]| {
            let scores = score_all(metrics, outcome, &Answer { text }, Some(reference));
            scores.into_iter().filter_map(|(id, score)| Some((id, score.number()?))).collect()
        };
        Self { form: numbers(form), content: numbers(&CONTENT) }
    }

    /// The mean over what speaks of an aspect.
    pub fn score(&self, aspect: Aspect) -> Option<f64> {
        let lines = match aspect {
            Aspect::Form => &self.form,
            Aspect::Content => &self.content,
        };
        let sum: f64 = lines.iter().map(|(_, value)| value).sum();
        (!lines.is_empty()).then(|| sum / lines.len() as f64)
    }

    /// Whether the form is as it should be: for JSON nothing but JSON, with the right fields; for a text laid out like the
    /// reference and not of another length altogether. How long the values are is no fault of the form.
    pub fn form_is_right(&self) -> bool {
        let value = |metric: &dyn Metric| self.form.iter().find(|(id, _)| *id == metric.id()).map(|(_, value)| *value);
        if let (Some(valid), Some(shape)) = (value(&JsonValidity), value(&JsonShape)) {
            return valid >= 1.0 && shape >= 1.0;
        }
        let like = |metric: &dyn Metric, least: f64| value(metric).is_some_and(|value| value >= least);
        like(&Layout, LIKE_LAYOUT) && like(&Length, LIKE_LENGTH)
    }

    /// Whether every fact is said.
    pub fn content_is_right(&self) -> bool {
        self.score(Aspect::Content).is_some_and(|value| value >= 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Missing, NonAnswer};
    use super::*;

    const REFERENCE: &str = "{\"who\":\"Felix\",\"qty\":4}";

    fn parts(text: &str, reference: &str) -> Parts {
        Parts::of(Outcome::Answer, text, Some(reference))
    }

    #[test]
    fn form_and_content_are_told_apart() {
        // (answer, form is right, content is right)
        for (answer, form, content) in [
            (REFERENCE, true, true),
            ("{\"who\":\"Annabella\",\"qty\":12}", true, false),
            ("Felix wants 4.", false, true),
            ("```json\n{\"who\":\"Felix\",\"qty\":4}\n```", false, true),
            ("{\"name\":\"Felix\",\"qty\":4}", false, true),
            ("I do not know.", false, false),
        ] {
            let parts = parts(answer, REFERENCE);
            assert_eq!((parts.form_is_right(), parts.content_is_right()), (form, content), "{answer}: {parts:?}");
        }
        assert_eq!(parts(REFERENCE, REFERENCE).score(Aspect::Form), Some(1.0));
    }

    #[test]
    fn a_label_in_a_sentence_is_a_fault_of_form_and_another_label_one_of_content() {
        for (answer, form, content) in
            [("billing", true, true), ("The label is: billing.", false, true), ("refund", true, false)]
        {
            let parts = parts(answer, "billing");
            assert_eq!((parts.form_is_right(), parts.content_is_right()), (form, content), "{answer}: {parts:?}");
        }
    }

    #[test]
    fn no_answer_is_nought_and_a_failed_call_is_nothing() {
        let cut = Parts::of(Outcome::NonAnswer(NonAnswer::Length), REFERENCE, Some(REFERENCE));
        assert_eq!((cut.score(Aspect::Form), cut.score(Aspect::Content)), (Some(0.0), Some(0.0)));
        let failed = Parts::of(Outcome::Missing(Missing::Network), REFERENCE, Some(REFERENCE));
        assert_eq!((failed.score(Aspect::Form), failed.form_is_right()), (None, false));
        assert_eq!(Parts::of(Outcome::Answer, "x", None), Parts::default());
    }
}

//! The metrics there are, and scoring one trial with several of them.

use super::metric::exact_match::ExactMatch;
use super::metric::facts::Facts;
use super::metric::json_fields::JsonFields;
use super::metric::json_shape::JsonShape;
use super::metric::json_validity::JsonValidity;
use super::metric::layout::Layout;
use super::metric::length::Length;
use super::metric::levenshtein::LevenshteinRatio;
use super::metric::normalised_exact_match::NormalisedExactMatch;
use super::metric::token_f1::TokenF1;
use super::{Answer, Metric, MetricId, NonAnswer, Outcome, Score};

/// Every metric, in the order screens list them.
pub static ALL: [&dyn Metric; 10] = [
    &ExactMatch,
    &NormalisedExactMatch,
    &TokenF1,
    &LevenshteinRatio,
    &JsonValidity,
    &JsonShape,
    &JsonFields,
    &Facts,
    &Length,
    &Layout,
];

/// The metric named `id`, as written in `fourfold.toml`.
pub fn find(id: &str) -> Option<&'static dyn Metric> {
    ALL.into_iter().find(|metric| metric.id().as_str() == id)
}

/// Scores one trial. A model non-answer scores 0 with the reason; a missing trial has no scores at all.
pub fn score_all(
    metrics: &[&dyn Metric],
    outcome: Outcome,
    answer: &Answer<'_>,
    reference: Option<&str>,
) -> Vec<(MetricId, Score)> {
    let non_answer = match outcome {
        Outcome::Missing(_) => return Vec::new(),
        Outcome::Answer => None,
        Outcome::NonAnswer(kind) => Some(kind),
    };
    let score = |metric: &&dyn Metric| {
        let score = match (reference, non_answer) {
            (None, _) if metric.needs_reference() => Score::not_applicable("this case has no reference answer"),
            (_, Some(kind)) => Score::explained(0.0, why_zero(kind)),
            (_, None) => metric.score(answer, reference.unwrap_or_default()),
        };
        (metric.id(), score)
    };
    metrics.iter().map(score).collect()
}

const fn why_zero(kind: NonAnswer) -> &'static str {
    match kind {
        NonAnswer::Length => "no answer: stopped at the token limit",
        NonAnswer::Refused => "no answer: the model declined",
        NonAnswer::Empty => "no answer: empty",
        NonAnswer::Unparsed => "no answer: nothing could be extracted from it",
        NonAnswer::Invalid => "no answer: not valid where validity is asked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_found_by_its_own_name_and_no_two_share_one() {
        for metric in ALL {
            assert_eq!(find(metric.id().as_str()).map(Metric::id), Some(metric.id()));
            assert!(!metric.title().is_empty() && metric.description().ends_with('.'));
        }
        let mut names: Vec<_> = ALL.iter().map(|metric| metric.id()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert!(find("bleu").is_none());
    }

    #[test]
    fn outcomes_decide_before_metrics_do() {
        let answer = Answer { text: "{\"a\":1}" };
        for outcome in Outcome::ALL {
            let scores = score_all(&ALL, outcome, &answer, Some("{\"a\":1}"));
            match outcome {
                Outcome::Missing(_) => assert!(scores.is_empty()),
                Outcome::NonAnswer(_) => {
                    assert!(scores.iter().all(|(_, score)| score.number() == Some(0.0) && score.reason().is_some()));
                }
                Outcome::Answer => assert!(scores.iter().all(|(_, score)| score.number() == Some(1.0)), "{scores:?}"),
            }
        }
    }

    #[test]
    fn without_a_reference_only_form_is_scored() {
        let answer = Answer { text: "{}" };
        for (id, score) in score_all(&ALL, Outcome::Answer, &answer, None) {
            let expected = (id.as_str() == "json-validity").then_some(1.0);
            assert_eq!(score.number(), expected, "{id}");
        }
    }
}

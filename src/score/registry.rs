//! The metrics there are, and scoring one trial with several of them.

use serde_json::{Map, Value};

use super::metric::bleu::{Bleu, BleuTokenizer};
use super::metric::choice::MultipleChoice;
use super::metric::chrf::{Chrf, ChrfPlusPlus};
use super::metric::code_bleu::CodeBleuMetric;
use super::metric::exact_match::ExactMatch;
use super::metric::facts::Facts;
use super::metric::json_fields::JsonFields;
use super::metric::json_schema::JsonSchema;
use super::metric::json_shape::JsonShape;
use super::metric::json_validity::JsonValidity;
use super::metric::layout::Layout;
use super::metric::length::Length;
use super::metric::levenshtein::{IndelRatio, LevenshteinRatio};
use super::metric::looser_match::LooserMatch;
use super::metric::normalised_exact_match::NormalisedExactMatch;
use super::metric::numeric::NumericMatch;
use super::metric::pattern::{Pattern, Wanted};
use super::metric::refusal::Refusal;
use super::metric::rouge::{RougeKind, RougeMetric, RougeWords};
use super::metric::token_f1::TokenF1;
use super::{Answer, Metric, MetricId, NonAnswer, Outcome, Score};

/// The metrics of a workbench that names none.
pub static USUAL: [&dyn Metric; 10] = [
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

/// Every metric, without settings, in the order screens list them: equality, overlap of words and characters, code, checks, JSON,
/// form.
pub static ALL: [&dyn Metric; 32] = [
    &ExactMatch,
    &LooserMatch::Trimmed,
    &LooserMatch::Words,
    &LooserMatch::ContainedWithoutSpace,
    &NormalisedExactMatch,
    &TokenF1,
    &Bleu { tokenizer: BleuTokenizer::Mteval13a },
    &Chrf,
    &ChrfPlusPlus,
    &rouge(RougeKind::One),
    &rouge(RougeKind::Two),
    &rouge(RougeKind::L),
    &rouge(RougeKind::Lsum),
    &LevenshteinRatio,
    &IndelRatio,
    &CodeBleuMetric::UNSET,
    &MultipleChoice,
    &NumericMatch::EXACT,
    &Pattern::plain(Wanted::Contains(None)),
    &Pattern::plain(Wanted::NotContains(None)),
    &Pattern::plain(Wanted::All(None)),
    &Pattern::plain(Wanted::Any(None)),
    &Pattern::plain(Wanted::StartsWith(None)),
    &Pattern::plain(Wanted::Regex(None)),
    &Refusal,
    &JsonValidity,
    &JsonSchema { schema: None },
    &JsonShape,
    &JsonFields,
    &Facts,
    &Length,
    &Layout,
];

const fn rouge(kind: RougeKind) -> RougeMetric {
    RougeMetric { kind, words: RougeWords::Ascii }
}

/// The metric named `id`, as written in `fourfold.toml`.
pub fn find(id: &str) -> Option<&'static dyn Metric> {
    ALL.into_iter().find(|metric| metric.id().as_str() == id)
}

/// Scores one trial. A model non-answer scores 0 with the reason; a missing trial has no scores at all.
pub fn score_all<M: Metric>(
    metrics: &[M],
    outcome: Outcome,
    answer: &Answer<'_>,
    reference: Option<&str>,
) -> Vec<(MetricId, Score)> {
    score_all_with(metrics, outcome, answer, reference, &Map::new())
}

/// As [`score_all`], with the case's variables for metrics that look at them.
pub fn score_all_with<M: Metric>(
    metrics: &[M],
    outcome: Outcome,
    answer: &Answer<'_>,
    reference: Option<&str>,
    variables: &Map<String, Value>,
) -> Vec<(MetricId, Score)> {
    let non_answer = match outcome {
        Outcome::Missing(_) => return Vec::new(),
        Outcome::Answer => None,
        Outcome::NonAnswer(kind) => Some(kind),
    };
    let score = |metric: &M| {
        let score = match (reference, non_answer) {
            (None, _) if metric.needs_reference() => Score::not_applicable("this case has no reference answer"),
            (_, Some(kind)) => Score::explained(0.0, why_zero(kind)),
            (_, None) => metric.score_with(answer, reference.unwrap_or_default(), variables),
        };
        (metric.id(), score)
    };
    metrics.iter().map(score).collect()
}

const fn why_zero(kind: NonAnswer) -> &'static str {
    match kind {
        NonAnswer::Length => "no answer: token limit",
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
        let mut names: Vec<_> = ALL.iter().map(Metric::id).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert!(find("vibes").is_none());
        assert!(USUAL.iter().all(|usual| names.contains(&usual.id())));
    }

    #[test]
    fn outcomes_decide_before_metrics_do() {
        let answer = Answer { text: "{\"a\":1}" };
        for outcome in Outcome::ALL {
            let scores = score_all(&USUAL, outcome, &answer, Some("{\"a\":1}"));
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
            let expected = ["json-validity", "no-refusal"].contains(&id.as_str()).then_some(1.0);
            assert_eq!(score.number(), expected, "{id}");
        }
    }

    #[test]
    fn any_text_has_a_score_between_nothing_and_one() {
        let texts = [
            "",
            " \n",
            "a",
            "(",
            "{\"a\": 1e999}",
            "é\u{0}\u{202e}",
            "I can't.",
            "B",
            "7",
            "\u{1f469}\u{200d}\u{1f4bb}",
        ];
        for reference in texts {
            for text in texts {
                for (id, score) in score_all(&ALL, Outcome::Answer, &Answer { text }, Some(reference)) {
                    assert!(
                        score.number().is_none_or(|number| (0.0..=1.0).contains(&number)),
                        "{id} {text:?} {score:?}"
                    );
                }
            }
        }
    }
}

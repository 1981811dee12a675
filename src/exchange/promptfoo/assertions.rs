//! Assertions: which metric says the same, and what it is held against.

use serde_json::Value;

/// What an assertion is here.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// A metric that compares with a text: `value` where it is fixed.
    Text { metric: &'static str, ignore_case: bool, value: String },
    /// A metric that needs none.
    Bare { metric: &'static str },
    /// The answer fits a JSON Schema.
    Schema(Value),
    /// A model judges the answer by this rubric.
    Rubric(String),
    /// Not carried over, and why.
    Left(&'static str),
}

const PROGRAM: &str = "it is a program, and nothing is executed";
/// What stands for a judge that holds an answer against the reference, among metrics.
pub(super) const JUDGE: &str = "judge";

/// Reads one assertion by its type. `value` is what it compares with, with variables filled in.
pub(super) fn meaning(kind: &str, value: &Value) -> Meaning {
    let text = || match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let compared = |metric, ignore_case| match text() {
        Some(value) if !value.starts_with("file://") => Meaning::Text { metric, ignore_case, value },
        Some(_) => Meaning::Left("its text stands in a file"),
        None => Meaning::Left("it has no `value`"),
    };
    let listed = |metric, ignore_case| {
        let texts = match value {
            // As a table of tests writes a list.
            Value::String(text) => Some(text.split(',').map(|one| one.trim().to_owned()).collect()),
            other => several(other),
        };
        match texts {
            Some(texts) if texts.iter().any(|text: &String| text.contains('\n') || text.trim().is_empty()) => {
                Meaning::Left("a text of it is empty or has several lines")
            }
            Some(texts) if !texts.is_empty() => Meaning::Text { metric, ignore_case, value: texts.join("\n") },
            _ => Meaning::Left("its `value` is no list of texts"),
        }
    };
    match kind {
        "equals" => compared("exact-match", false),
        "contains" => compared("contains", false),
        "icontains" => compared("contains", true),
        "not-contains" => compared("not-contains", false),
        "not-icontains" => compared("not-contains", true),
        "starts-with" => compared("starts-with", false),
        "regex" => compared("regex", false),
        "levenshtein" => compared("levenshtein", false),
        "rouge-n" => compared("rouge-1", false),
        "bleu" => compared("bleu", false),
        "is-refusal" => Meaning::Left("`no-refusal` here says the opposite"),
        "not-is-refusal" => Meaning::Bare { metric: "no-refusal" },
        "is-json" => match value {
            Value::Null => Meaning::Bare { metric: "json-validity" },
            Value::Object(_) => Meaning::Schema(value.clone()),
            _ => Meaning::Left("its schema stands in a file"),
        },
        "contains-all" => listed("contains-all", false),
        "contains-any" => listed("contains-any", false),
        "icontains-all" => listed("contains-all", true),
        "icontains-any" => listed("contains-any", true),
        "similar" if value.is_array() => Meaning::Left("it compares with several texts; a case has one reference here"),
        "similar" => compared("embedding-similarity", false),
        "factuality" | "model-graded-factuality" => compared(JUDGE, false),
        "llm-rubric" | "model-graded-closedqa" | "g-eval" => match several(value) {
            Some(texts) if texts.iter().any(|text| text.starts_with("file://")) => {
                Meaning::Left("its rubric stands in a file")
            }
            Some(texts) if !texts.is_empty() => Meaning::Rubric(texts.join("\n")),
            _ => Meaning::Left("it has no `value`"),
        },
        "javascript" | "python" | "ruby" | "webhook" | "not-javascript" | "not-python" => Meaning::Left(PROGRAM),
        "cost" => Meaning::Left("hold a run against it with --fail-if 'ARM.cost > ...'"),
        "latency" => Meaning::Left("hold a run against it with --fail-if 'ARM.seconds > ...'"),
        "select-best" | "max-score" => Meaning::Left("it chooses among answers; `fourfold judge` compares two of them"),
        "meteor" | "gleu" | "perplexity" | "perplexity-score" | "classifier" | "moderation" => {
            Meaning::Left("this metric is not among those here")
        }
        _ => Meaning::Left("it has no equivalent here"),
    }
}

/// A text, or a list of texts.
fn several(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                Value::Bool(truth) => Some(truth.to_string()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// Reads the short form of a CSV's `__expected`: `contains: text`, `similar(0.8): text`, or the text itself.
pub(super) fn short(written: &str) -> (String, Value) {
    const KINDS: [&str; 26] = [
        "equals",
        "contains",
        "icontains",
        "not-contains",
        "not-icontains",
        "starts-with",
        "regex",
        "levenshtein",
        "rouge-n",
        "bleu",
        "is-json",
        "contains-all",
        "contains-any",
        "icontains-all",
        "icontains-any",
        "javascript",
        "python",
        "llm-rubric",
        "similar",
        "cost",
        "latency",
        "factuality",
        "webhook",
        "model-graded-closedqa",
        "meteor",
        "is-refusal",
    ];
    let written = written.trim();
    let (head, rest) = written.split_once(':').unwrap_or((written, ""));
    let kind = head.split('(').next().unwrap_or(head).trim();
    match kind {
        "fn" | "eval" => ("javascript".to_owned(), Value::String(rest.trim().to_owned())),
        "grade" => ("llm-rubric".to_owned(), Value::String(rest.trim().to_owned())),
        _ if KINDS.contains(&kind) && (written.contains(':') || kind == "is-json" || kind == "is-refusal") => {
            let rest = rest.trim();
            (kind.to_owned(), if rest.is_empty() { Value::Null } else { Value::String(rest.to_owned()) })
        }
        _ => ("equals".to_owned(), Value::String(written.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_short_form_names_its_kind_or_is_the_text() {
        for (written, kind, value) in [
            ("Bonjour", "equals", json!("Bonjour")),
            ("contains: a: b", "contains", json!("a: b")),
            ("similar(0.8): hello", "similar", json!("hello")),
            ("is-json", "is-json", Value::Null),
            ("fn: output.length", "javascript", json!("output.length")),
            ("grade: polite", "llm-rubric", json!("polite")),
            ("12:30", "equals", json!("12:30")),
            ("equals", "equals", json!("equals")),
        ] {
            assert_eq!(short(written), (kind.to_owned(), value), "{written}");
        }
    }

    #[test]
    fn what_runs_is_left_and_the_rest_has_its_equivalent() {
        for kind in ["javascript", "python", "webhook", "cost", "latency", "select-best", "guardrails"] {
            assert!(matches!(meaning(kind, &json!("x")), Meaning::Left(_)), "{kind}");
        }
        assert!(matches!(meaning("equals", &Value::Null), Meaning::Left(_)));
        assert_eq!(meaning("is-json", &Value::Null), Meaning::Bare { metric: "json-validity" });
        let text = |metric, ignore_case, value: &str| Meaning::Text { metric, ignore_case, value: value.to_owned() };
        assert_eq!(meaning("contains-all", &json!(["a", 2])), text("contains-all", false, "a\n2"));
        assert_eq!(meaning("icontains-any", &json!("a, b")), text("contains-any", true, "a\nb"));
        assert!(matches!(meaning("contains-all", &json!(["a\nb"])), Meaning::Left(_)));
        assert_eq!(meaning("similar", &json!("x")), text("embedding-similarity", false, "x"));
        assert_eq!(meaning("factuality", &json!("x")), text(JUDGE, false, "x"));
        assert_eq!(meaning("llm-rubric", &json!("polite")), Meaning::Rubric("polite".to_owned()));
        assert_eq!(
            meaning("icontains", &json!("x")),
            Meaning::Text { metric: "contains", ignore_case: true, value: "x".to_owned() }
        );
    }
}

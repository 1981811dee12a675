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
    /// Not carried over, and why.
    Left(&'static str),
}

const PROGRAM: &str = "it is a program, and nothing is executed";
const ALL_OF: &str = "a list of texts is no metric here; write one `contains` for each";

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
    match kind {
        "equals" => compared("exact-match", false),
        "contains" => compared("contains", false),
        "icontains" => compared("contains", true),
        "not-contains" => compared("not-contains", false),
        "not-icontains" => compared("not-contains", true),
        "starts-with" => compared("starts-with", false),
        "regex" => compared("regex", false),
        "levenshtein" => compared("levenshtein-ratio", false),
        "rouge-n" => compared("rouge-1", false),
        "bleu" => compared("bleu", false),
        "is-refusal" => Meaning::Left("`no-refusal` here says the opposite"),
        "not-is-refusal" => Meaning::Bare { metric: "no-refusal" },
        "is-json" => match value {
            Value::Null => Meaning::Bare { metric: "json-validity" },
            Value::Object(_) => Meaning::Schema(value.clone()),
            _ => Meaning::Left("its schema stands in a file"),
        },
        "contains-all" | "contains-any" | "icontains-all" | "icontains-any" => Meaning::Left(ALL_OF),
        "javascript" | "python" | "ruby" | "webhook" | "not-javascript" | "not-python" => Meaning::Left(PROGRAM),
        "cost" => Meaning::Left("hold a run against it with --fail-if 'ARM.cost > ...'"),
        "latency" => Meaning::Left("hold a run against it with --fail-if 'ARM.seconds > ...'"),
        "llm-rubric"
        | "model-graded-closedqa"
        | "factuality"
        | "model-graded-factuality"
        | "g-eval"
        | "select-best" => Meaning::Left("a model judges it; a judge is set up by hand"),
        "similar" => Meaning::Left("an embedding model judges it; `token-f1` or `rouge-l` need none"),
        "meteor" | "gleu" | "perplexity" | "perplexity-score" | "classifier" | "moderation" => {
            Meaning::Left("this metric is not among those here")
        }
        _ => Meaning::Left("it has no equivalent here"),
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
    fn what_runs_or_asks_a_judge_is_left() {
        for kind in ["javascript", "python", "webhook", "llm-rubric", "similar", "cost", "contains-all", "guardrails"] {
            assert!(matches!(meaning(kind, &json!("x")), Meaning::Left(_)), "{kind}");
        }
        assert!(matches!(meaning("equals", &Value::Null), Meaning::Left(_)));
        assert_eq!(meaning("is-json", &Value::Null), Meaning::Bare { metric: "json-validity" });
        assert_eq!(
            meaning("icontains", &json!("x")),
            Meaning::Text { metric: "contains", ignore_case: true, value: "x".to_owned() }
        );
    }
}

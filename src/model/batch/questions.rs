//! The lines of a batch file as they are before they are sent: whether each is a question, and whom it asks.

use serde::Deserialize;
use serde_json::Value;

use super::{Dialect, ModelError};

/// What is looked at of a line.
#[derive(Deserialize)]
struct Line {
    custom_id: Option<String>,
    body: Option<Asked>,
    params: Option<Asked>,
}

#[derive(Deserialize)]
struct Asked {
    model: Option<String>,
}

fn wrong(reason: String, hint: &str) -> ModelError {
    ModelError::Invalid { reason, hint: hint.to_owned() }
}

/// The lines that are not blank, with their numbers.
fn lines(file: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    file.split(|byte| *byte == b'\n').zip(1..).filter(|(line, _)| !line.trim_ascii().is_empty())
}

/// The ids of a file's questions, where it holds questions of this dialect for this model and nothing else. What is no batch file is
/// sent to nobody: it may be data.
pub(super) fn check(dialect: Dialect, model: &str, file: &[u8]) -> Result<Vec<String>, ModelError> {
    const HINT: &str = "Nothing was sent. Name a file that `fourfold batch export` wrote.";
    let mut ids = Vec::new();
    for (line, number) in lines(file) {
        let line: Line = serde_json::from_slice(line)
            .map_err(|error| wrong(format!("line {number} of the batch file is no question: {error}"), HINT))?;
        let asked = if dialect == Dialect::Anthropic { line.params } else { line.body };
        let (Some(id), Some(Asked { model: Some(asked) })) = (line.custom_id, asked) else {
            let what = format!("line {number} of the file is no question as this provider takes it in a batch");
            return Err(wrong(what, HINT));
        };
        if asked != model {
            let what = format!("line {number} of the batch file asks `{asked}`, and this model is `{model}`");
            return Err(wrong(what, "Nothing was sent. Name with --model the model that the file was exported for."));
        }
        ids.push(id);
    }
    if ids.is_empty() {
        return Err(wrong("the batch file holds no question".to_owned(), HINT));
    }
    Ok(ids)
}

/// The questions of a batch file, one a line.
pub(super) fn questions(file: &[u8]) -> Result<Vec<Value>, ModelError> {
    let question = |(line, number): (&[u8], usize)| {
        serde_json::from_slice(line).map_err(|error| {
            wrong(
                format!("line {number} of the batch file is not JSON: {error}"),
                "Export the batch again; nothing was sent.",
            )
        })
    };
    lines(file).map(question).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_that_cannot_be_read_stops_the_batch_by_its_number() {
        let read = questions(b"{\"a\":1}\r\n\n{\"a\":2}\n").unwrap();
        assert_eq!(read, [json!({ "a": 1 }), json!({ "a": 2 })]);
        for bad in [&b"{\"a\":1}\n\n{\"a\":"[..], b"{\"a\":1}\n\n{\"a\":\"\xff\"}\n"] {
            let error = questions(bad).unwrap_err();
            assert!(error.to_string().contains("line 3 of the batch file"), "{error}");
        }
    }

    #[test]
    fn only_questions_for_this_model_are_sent() {
        let openai =
            br#"{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[]}}"#;
        let claude = br#"{"custom_id":"a","params":{"model":"m","messages":[]}}"#;
        assert_eq!(check(Dialect::ChatCompletions, "m", openai), Ok(vec!["a".to_owned()]));
        assert_eq!(check(Dialect::Anthropic, "m", claude), Ok(vec!["a".to_owned()]));
        let said = |dialect, model: &str, file: &[u8]| check(dialect, model, file).unwrap_err().to_string();
        assert!(said(Dialect::ChatCompletions, "n", openai).contains("asks `m`, and this model is `n`"));
        for (dialect, file) in [
            (Dialect::ChatCompletions, &claude[..]),
            (Dialect::Anthropic, openai),
            (Dialect::ChatCompletions, b"{\"id\":\"case-1\",\"word\":\"secret\"}"),
            (Dialect::ChatCompletions, b"id,word\n1,secret\n"),
        ] {
            assert!(said(dialect, "m", file).contains("line 1"), "{file:?}");
        }
        assert!(said(Dialect::Responses, "m", b"\n\n").contains("no question"));
    }
}

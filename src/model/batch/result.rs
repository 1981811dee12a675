//! A line of a file of results, in each of the shapes that are seen: `OpenAI`'s with a status and a body, vLLM's with the
//! completion itself in their place, Anthropic's with a result of one of four kinds.

use serde_json::Value;

/// What a line says of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchResult {
    /// The id that the question was sent with.
    pub custom_id: String,
    /// The server's response in one piece, or why there is none.
    pub answer: Result<Value, NoResult>,
}

/// Why a question of a batch has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoResult {
    /// In the server's words.
    pub message: String,
    /// The HTTP status that stands for it, where one does.
    pub status: Option<u16>,
}

impl BatchResult {
    /// Reads a line; what is wrong with it otherwise.
    pub fn parse(line: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(line).map_err(|error| format!("it is no JSON: {error}"))?;
        let custom_id = value.get("custom_id").and_then(Value::as_str).ok_or("it has no custom_id")?.to_owned();
        let answer = answer(&value).ok_or("it has neither a response nor a result nor an error")?;
        Ok(Self { custom_id, answer })
    }
}

fn answer(line: &Value) -> Option<Result<Value, NoResult>> {
    if let Some(result) = line.get("result") {
        return Some(match result.get("type").and_then(Value::as_str)? {
            "succeeded" => Ok(result.get("message")?.clone()),
            kind => {
                Err(NoResult { message: words(result.get("error")).unwrap_or_else(|| kind.to_owned()), status: None })
            }
        });
    }
    let error = line.get("error").filter(|error| !error.is_null());
    let Some(response) = line.get("response").filter(|response| !response.is_null()) else {
        return error.map(|error| Err(failed(error, None)));
    };
    let status = response.get("status_code").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let body = response.get("body").unwrap_or(response);
    if let Some(error) = error {
        return Some(Err(failed(error, status)));
    }
    Some(match status {
        Some(status) if !(200..300).contains(&status) => Err(failed(body.get("error").unwrap_or(body), Some(status))),
        _ => Ok(body.clone()),
    })
}

fn failed(error: &Value, status: Option<u16>) -> NoResult {
    NoResult { message: words(Some(error)).unwrap_or_else(|| error.to_string()), status }
}

/// The words of an error, however deep its provider wraps them.
fn words(error: Option<&Value>) -> Option<String> {
    let error = error?;
    match (error.as_str(), error.get("message").and_then(Value::as_str), error.get("error")) {
        (Some(text), _, _) | (_, Some(text), _) => Some(text.to_owned()),
        (_, _, inner @ Some(_)) => words(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_shape_is_read() {
        let completion = json!({ "id": "c", "choices": [] });
        let no = |message: &str, status| Err(NoResult { message: message.to_owned(), status });
        for (line, expected) in [
            (
                json!({ "response": { "status_code": 200, "request_id": "r", "body": completion }, "error": null }),
                Ok(()),
            ),
            (json!({ "id": "vllm-1", "response": completion, "error": null }), Ok(())),
            (
                json!({ "response": { "status_code": 429, "body": { "error": { "message": "slow" } } } }),
                no("slow", Some(429)),
            ),
            (json!({ "response": { "status_code": 500, "body": "x" } }), no("x", Some(500))),
            (json!({ "response": null, "error": { "code": "batch_expired", "message": "late" } }), no("late", None)),
            (json!({ "result": { "type": "succeeded", "message": completion } }), Ok(())),
            (
                json!({ "result": { "type": "errored", "error": { "type": "error", "error": { "message": "bad" } } } }),
                no("bad", None),
            ),
            (json!({ "result": { "type": "expired" } }), no("expired", None)),
        ] {
            let mut line = line;
            line["custom_id"] = json!("abc");
            let read = BatchResult::parse(&line.to_string()).unwrap();
            assert_eq!(read.custom_id, "abc");
            assert_eq!(read.answer, expected.map(|()| completion.clone()), "{line}");
        }
    }

    #[test]
    fn what_is_no_result_says_why() {
        for (line, expected) in [
            ("", "it is no JSON"),
            ("[]", "it has no custom_id"),
            ("{\"custom_id\":7}", "it has no custom_id"),
            ("{\"custom_id\":\"a\"}", "it has neither"),
            ("{\"custom_id\":\"a\",\"response\":null,\"error\":null}", "it has neither"),
            ("{\"custom_id\":\"a\",\"result\":{}}", "it has neither"),
        ] {
            let error = BatchResult::parse(line).unwrap_err();
            assert!(error.starts_with(expected), "{line}: {error}");
        }
    }
}

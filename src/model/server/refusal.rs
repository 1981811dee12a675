//! Reads out of a server's refusal what the model does not take, so that the request can be sent again without it.
//!
//! Only words that say "I do not know this" or "I do not take this" count: a value out of range stays an error.

use serde_json::Value;

use super::capabilities::{Capabilities, Lesson, Parameter, joins};
use super::frame::{message_of, text_at};
use crate::model::Request;
use crate::prompt::Role;

/// What a server says of a name it does not take.
const REFUSING: [&str; 18] = [
    "not support",
    "n't support",
    "unsupported",
    "unrecognized",
    "unrecognised",
    "unknown",
    "not permitted",
    "not allowed",
    "not available",
    "unavailable",
    "not enabled",
    "deprecated",
    "unexpected",
    "cannot find field",
    "cannot both",
    "extra_forbidden",
    "additional properties",
    "must be verified",
];

/// How a server goes on that guesses what was meant: what follows is not what it refuses.
const GUESSES: &str = "did you mean";

/// How a server begins that takes a schema and finds this one wrong.
const WRONG_SCHEMA: &str = "invalid schema";

/// What a response with this status and body teaches about the model that was sent `request`. Empty where it names
/// nothing that can be said in another way, or only what is known already.
pub(super) fn lessons(status: u16, body: &str, request: &Request, known: &Capabilities) -> Vec<Lesson> {
    // Templates that raise are a fault of the server to some servers.
    if !matches!(status, 400 | 404 | 422 | 500 | 501) {
        return Vec::new();
    }
    let mut lessons = Vec::new();
    for sentence in sentences(body) {
        let sentence = without_guess(&sentence);
        let found = of_roles(sentence, request, known);
        // A server that fails with 500 for other reasons may mention any name.
        let found = found.or_else(|| (status < 500).then(|| of_names(sentence, request)));
        lessons.extend(found.into_iter().flatten());
    }
    lessons.retain(|lesson| !known.knows(*lesson));
    lessons.sort_unstable();
    lessons.dedup();
    lessons
}

/// The sentence up to where it guesses.
fn without_guess(sentence: &str) -> &str {
    sentence.find(GUESSES).and_then(|at| sentence.get(..at)).unwrap_or(sentence)
}

/// What a sentence says about roles.
fn of_roles(sentence: &str, request: &Request, known: &Capabilities) -> Option<Vec<Lesson>> {
    let lower = sentence.to_ascii_lowercase();
    let system = request.messages.iter().any(|message| message.role == Role::System);
    if lower.contains("role") && lower.contains("alternat") {
        // Where the roles alternate already, the system message is what is in the way.
        let alternate = known.knows(Lesson::Alternation) || !joins(&request.messages);
        return Some(vec![if alternate && system { Lesson::SystemInUser } else { Lesson::Alternation }]);
    }
    let refused = REFUSING.iter().any(|word| lower.contains(word)) || lower.contains("only user");
    let about = ["system role", "role 'system'", "system message", "'system'", "developer instruction", "only user"];
    (system && refused && about.iter().any(|words| lower.contains(words)) && !lower.contains("max_tokens"))
        .then(|| vec![Lesson::SystemInUser])
}

/// What a sentence says about parameters.
fn of_names(sentence: &str, request: &Request) -> Vec<Lesson> {
    let lower = sentence.to_ascii_lowercase();
    let new_limit = ["max_completion_tokens", "MaxCompletionTokens"].iter().any(|name| names(sentence, name));
    if !REFUSING.iter().any(|word| lower.contains(word)) && !new_limit {
        return Vec::new();
    }
    let parameters = &request.parameters;
    let mut lessons = Vec::new();
    if ["max_tokens", "MaxTokens"].iter().any(|name| names(sentence, name)) && parameters.max_tokens.is_some() {
        lessons.push(Lesson::NewTokenLimitName);
    }
    if names(sentence, "stream") {
        lessons.push(Lesson::WithoutStream);
    }
    if names(sentence, "stream_options") || names(sentence, "include_usage") {
        lessons.push(Lesson::WithoutStreamOptions);
    }
    let wrong_schema = lower.contains(WRONG_SCHEMA);
    let named = |parameter: &Parameter| {
        parameter.is_set(parameters)
            && !(wrong_schema && *parameter == Parameter::JsonSchema)
            && parameter.names().iter().any(|name| names(sentence, name))
    };
    let refused: Vec<Parameter> = Parameter::ALL.into_iter().filter(named).collect();
    // Of two that exclude each other the temperature stays.
    let one_of_two = lower.contains("both") && refused.len() > 1;
    let refused = refused.into_iter().filter(|parameter| !(one_of_two && *parameter == Parameter::Temperature));
    lessons.extend(refused.map(Lesson::Without));
    lessons
}

/// Whether `sentence` names the parameter `name`, rather than using the word.
fn names(sentence: &str, name: &str) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    sentence.match_indices(name).any(|(at, _)| {
        let (before, after) =
            (sentence.get(..at).unwrap_or_default(), sentence.get(at + name.len()..).unwrap_or_default());
        if before.ends_with(part) || after.starts_with(part) {
            return false;
        }
        // These are words as well: there they have to stand as a name.
        !matches!(name, "stop" | "stream")
            || before.ends_with(['\'', '"', '`', '.', '['])
            || [": ", "parameter "].iter().any(|end| before.ends_with(end))
    })
}

/// What an error body says, sentence by sentence: the message with the parameter it is about, or one for each part of the
/// request that was refused.
fn sentences(body: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return vec![body.to_owned()] };
    let details = [value.get("detail"), value.pointer("/message/detail")];
    if let Some(parts) = details.into_iter().flatten().find_map(Value::as_array) {
        return parts.iter().map(of_part).collect();
    }
    let error = value.get("error").unwrap_or(&value);
    let (param, code) = (text_at(error, "/param"), text_at(error, "/code"));
    let message = message_of(&value).unwrap_or_default();
    let param = if param.is_empty() { String::new() } else { format!(" '{param}'") };
    vec![format!("{message}{param} {code}")]
}

/// One part of a validation error: where, and what.
fn of_part(part: &Value) -> String {
    let place = part.get("loc").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let place: Vec<&str> = place.collect();
    format!("[{}] {} {}", place.join("."), text_at(part, "/msg"), text_at(part, "/type"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Parameters;
    use crate::prompt::Message;

    fn request() -> Request {
        let parameters = Parameters {
            temperature: Some(0.0),
            top_p: Some(0.5),
            top_k: Some(5),
            min_p: Some(0.1),
            seed: Some(7),
            max_tokens: Some(64),
            stop: vec!["x".to_owned()],
            ..Parameters::default()
        };
        Request { messages: vec![Message::new(Role::System, "s"), Message::new(Role::User, "u")], parameters }
    }

    fn learned(status: u16, body: &Value) -> Vec<Lesson> {
        lessons(status, &body.to_string(), &request(), &Capabilities::default())
    }

    /// Messages as servers word them.
    #[test]
    fn refusals_are_understood() {
        use Parameter::{MinP, Seed, Stop, Temperature, TopK, TopP};
        let error = |message: &str| json!({ "error": { "message": message } });
        let with = |message: &str, param: &str, code: &str| json!({ "error": { "message": message, "param": param, "code": code } });
        for (body, expected) in [
            (
                with(
                    "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
                    "temperature",
                    "unsupported_value",
                ),
                vec![Lesson::Without(Temperature)],
            ),
            (
                with(
                    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                    "max_tokens",
                    "unsupported_parameter",
                ),
                vec![Lesson::NewTokenLimitName],
            ),
            (with("Unsupported parameter.", "stop", "unsupported_parameter"), vec![Lesson::Without(Stop)]),
            (
                error("Unrecognized request arguments supplied: min_p, top_k"),
                vec![Lesson::Without(TopK), Lesson::Without(MinP)],
            ),
            (error("Unknown parameter: 'top_k'."), vec![Lesson::Without(TopK)]),
            (error("unknown field stream_options"), vec![Lesson::WithoutStreamOptions]),
            (error("`temperature` is deprecated for this model."), vec![Lesson::Without(Temperature)]),
            (
                error("`temperature` and `top_p` cannot both be specified for this model. Please use only one."),
                vec![Lesson::Without(TopP)],
            ),
            (
                json!({ "error": { "code": 400, "status": "INVALID_ARGUMENT",
                    "message": "Invalid JSON payload received. Unknown name \"seed\" at 'generation_config': Cannot find field." } }),
                vec![Lesson::Without(Seed)],
            ),
            (
                json!({ "detail": [{ "type": "extra_forbidden", "loc": ["body", "top_k"], "msg": "Extra inputs are not permitted", "input": 5 }] }),
                vec![Lesson::Without(TopK)],
            ),
            (error("Developer instruction is not enabled for models/gemma-3-1b-it"), vec![Lesson::SystemInUser]),
            (error("Only user and assistant roles are supported!"), vec![Lesson::SystemInUser]),
            (
                error("Unsupported value: 'messages[0].role' does not support 'system' with this model."),
                vec![Lesson::SystemInUser],
            ),
        ] {
            assert_eq!(learned(400, &body), expected, "{body}");
        }
    }

    /// Words that servers are known to use, each beside what it asks to leave out.
    #[test]
    fn refusals_of_other_servers_are_understood() {
        use Parameter::{JsonSchema, Logprobs, Seed, Stop, TopK};
        let error = |message: &str| json!({ "error": { "message": message } });
        let parameters =
            Parameters { logprobs: Some(0), json_schema: Some(json!({ "type": "object" })), ..request().parameters };
        let request = Request { parameters, ..request() };
        for (body, expected) in [
            (error("Logprobs is not enabled for models/gemini-x"), vec![Lesson::Without(Logprobs)]),
            (error("JSON mode is not enabled for models/gemma-3-27b-it"), vec![Lesson::Without(JsonSchema)]),
            (error("This response_format type is unavailable now"), vec![Lesson::Without(JsonSchema)]),
            (
                json!({ "code": "Client specified an invalid argument", "error": "Model grok-4 does not support parameter stop." }),
                vec![Lesson::Without(Stop)],
            ),
            (
                json!({ "object": "error", "message": { "detail": [{ "type": "extra_forbidden", "loc": ["body", "seed"],
                    "msg": "Extra inputs are not permitted", "input": 1 }] }, "code": null }),
                vec![Lesson::Without(Seed)],
            ),
            (error("property 'top_k' is unsupported, did you mean 'top_p'?"), vec![Lesson::Without(TopK)]),
            (
                error("this model is not supported MaxTokens, please use MaxCompletionTokens"),
                vec![Lesson::NewTokenLimitName],
            ),
            (
                json!({ "error": { "message": "Your organization must be verified to stream this model.", "param": "stream",
                    "code": "unsupported_value" } }),
                vec![Lesson::WithoutStream],
            ),
            (
                error(
                    "Invalid schema for response_format 'answer': In context=('properties', 'x'), 'oneOf' is not permitted.",
                ),
                vec![],
            ),
        ] {
            assert_eq!(lessons(400, &body.to_string(), &request, &Capabilities::default()), expected, "{body}");
        }
    }

    #[test]
    fn templates_that_raise_are_understood_whatever_the_status() {
        let raised = json!({ "error": { "code": 500, "type": "server_error",
            "message": "While executing CallExpression…\nError: Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/..." } });
        let learned_of = |messages: &[(Role, &str)], known: &Capabilities| {
            let messages = messages.iter().map(|(role, text)| Message::new(*role, *text)).collect();
            lessons(500, &raised.to_string(), &Request { messages, ..request() }, known)
        };
        let twice = [(Role::System, "s"), (Role::User, "u"), (Role::User, "v")];
        assert_eq!(learned_of(&twice, &Capabilities::default()), [Lesson::Alternation]);
        let known = Capabilities::default().with(&[Lesson::Alternation]);
        assert_eq!(learned_of(&twice, &known), [Lesson::SystemInUser]);
        // Two turns that alternate already: only the system message can be meant.
        assert_eq!(learned(500, &raised), [Lesson::SystemInUser]);
        assert_eq!(
            learned_of(&[(Role::User, "u"), (Role::Assistant, "a")], &Capabilities::default()),
            [Lesson::Alternation]
        );
        let known = known.with(&[Lesson::SystemInUser]);
        assert_eq!(lessons(500, &raised.to_string(), &request(), &known), []);
        assert_eq!(learned(400, &json!({ "error": "System role not supported" })), [Lesson::SystemInUser]);
    }

    #[test]
    fn an_error_is_no_lesson() {
        for (status, message) in [
            (400, "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 9."),
            (400, "max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens"),
            (400, "temperature: Input should be less than or equal to 1"),
            (400, "Unknown model. Please stop asking."),
            (400, "This model's maximum context length is 8192 tokens."),
            (500, "internal error: temperature sensor not supported"),
            (401, "temperature is not supported"),
            (429, "temperature is not supported"),
        ] {
            assert_eq!(learned(status, &json!({ "error": { "message": message } })), [], "{message}");
        }
        let bare = Request { parameters: Parameters::default(), ..request() };
        let body = "temperature is not supported";
        assert_eq!(lessons(400, body, &bare, &Capabilities::default()), [], "what was not sent cannot be left out");
        assert_eq!(lessons(400, body, &request(), &Capabilities::default()), [Lesson::Without(Parameter::Temperature)]);
    }
}

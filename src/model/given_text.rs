//! How probable a server's model finds a text that it is given, token by token: the older completions of OpenAI's dialect with
//! `echo`, as vLLM and llama-cpp-python's server still have them.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::asking::{accepted, collect, with_headers};
use super::http::{Purpose, http_client};
use super::server::of_send;
use super::{Dialect, Key, ModelError};

/// The largest answer that is read.
const ANSWER_LIMIT: usize = 4 * 1024 * 1024;

/// Tokens that may stand before a text: those that begin one.
const MOST_BEFORE: usize = 3;

/// A token of a given text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GivenToken {
    /// Where in the text it begins, in letters.
    pub at: usize,
    /// How probable it was after what stands before it, as a logarithm; nothing is known of the first one.
    pub log_probability: Option<f64>,
}

/// Asks for the tokens of `text` as the model of this name cuts it, waiting at most `patience`. One token is answered, and dropped.
pub async fn given_text(
    base_url: &str,
    model: &str,
    key: Option<&Key>,
    text: &str,
    patience: Duration,
) -> Result<Vec<GivenToken>, ModelError> {
    let dialect = Dialect::ChatCompletions;
    let endpoint = dialect.endpoint(base_url)?;
    let client = http_client(endpoint.url(), Purpose::Provider)?;
    let body = json!({
        "model": model, "prompt": text, "max_tokens": 1, "temperature": 0.0, "echo": true, "logprobs": 1, "stream": false,
    });
    let request = with_headers(client.post(endpoint.join("completions")).json(&body), dialect, &endpoint, key)?;
    let asked = async {
        let response = request.send().await.map_err(|error| of_send(&error, endpoint.as_str()).0)?;
        let body = collect(&mut accepted(response, &endpoint, key).await?, ANSWER_LIMIT).await?;
        Ok(serde_json::from_slice(&body).ok().and_then(|answer: Value| tokens_in(&answer, text)))
    };
    let silent = || {
        ModelError::Invalid {
        reason: format!("{} does not say how probable a given text is", endpoint.as_str()),
        hint: "vLLM and llama-cpp-python's server say it (`/v1/completions` with `echo` and `logprobs`); an adapter that is brought in \
               with `fourfold adapters import` is measured inside fourfold."
            .to_owned(),
    }
    };
    let asked = timeout(patience, asked).await.unwrap_or(Err(ModelError::Stalled { seconds: patience.as_secs() }));
    match asked {
        Ok(tokens) => tokens.ok_or_else(silent),
        // Many servers have no such page, and some refuse what they do not know.
        Err(error) if error.lists_nothing() || matches!(error, ModelError::Status { status: 400 | 422, .. }) => {
            Err(silent())
        }
        Err(error) => Err(error),
    }
}

/// The tokens of `text` in an answer; nothing where they do not spell it.
fn tokens_in(answer: &Value, text: &str) -> Option<Vec<GivenToken>> {
    let told = answer.pointer("/choices/0/logprobs")?;
    let words: Vec<&str> = told.get("tokens")?.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
    let numbers = told.get("token_logprobs")?.as_array()?;
    // What begins every text stands before it, and what was answered after it. Some put a space before the first word.
    (0..MOST_BEFORE.min(words.len())).find_map(|first| {
        let mut spelled = String::new();
        let mut tokens = Vec::new();
        for (word, number) in words.iter().zip(numbers).skip(first) {
            let at = spelled.trim_start().chars().count();
            tokens.push(GivenToken { at, log_probability: number.as_f64() });
            spelled.push_str(word);
            if spelled.trim_start() == text {
                return Some(tokens);
            }
            if !text.starts_with(spelled.trim_start()) {
                return None;
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(tokens: &[&str], numbers: &[Option<f64>]) -> Value {
        json!({ "choices": [{ "text": "", "logprobs": { "tokens": tokens, "token_logprobs": numbers } }] })
    }

    #[test]
    fn tokens_are_those_of_the_text_whatever_stands_around_it() {
        let expected = vec![
            GivenToken { at: 0, log_probability: None },
            GivenToken { at: 3, log_probability: Some(-1.5) },
            GivenToken { at: 7, log_probability: Some(-0.25) },
        ];
        let bare = answer(&["The", " cat", " sat", "."], &[None, Some(-1.5), Some(-0.25), Some(-9.0)]);
        assert_eq!(tokens_in(&bare, "The cat sat"), Some(expected.clone()));
        let begun = answer(&["<s>", " The", " cat", " sat"], &[None, Some(-3.0), Some(-1.5), Some(-0.25)]);
        let found = tokens_in(&begun, "The cat sat").unwrap();
        assert_eq!((&found[1..], found[0].log_probability), (&expected[1..], Some(-3.0)));
        for silent in [
            answer(&["An", " answer"], &[Some(-1.0), Some(-1.0)]),
            answer(&["The", " cat"], &[None, Some(-1.0)]),
            json!({ "choices": [{ "text": "The cat sat", "logprobs": null }] }),
            json!({ "error": "no" }),
        ] {
            assert_eq!(tokens_in(&silent, "The cat sat"), None, "{silent}");
        }
    }
}

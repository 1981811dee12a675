//! Turns what went wrong on the wire into a [`ModelError`]: words for people, without control characters or keys.

use std::error::Error as StdError;
use std::io;

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode, Url};
use serde_json::Value;

use super::frame::{Failure, message_of, with_spent};
use super::retry::{Again, retry_after};
use crate::model::error::{NO_KEY, NO_SUCH_NAME};
use crate::model::http::{CONNECT_LIMIT, root_cause};
use crate::model::proxy::Proxy;
use crate::model::{Key, ModelError};

/// How much of an error body is read.
pub(in crate::model) const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// How the network client begins when a proxy answers the wish for a connection with anything but yes.
const TUNNEL: &str = "tunnel error: ";

/// How much of a message is shown.
const MESSAGE_LIMIT: usize = 500;

/// A call that failed: what to say, and whether it may be sent again.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// What to say.
    pub(super) error: ModelError,
    /// How it may be sent again, if nothing of an answer has arrived.
    pub(super) again: Option<Again>,
    /// The beginning of a note that says why it is sent again.
    pub(super) why: String,
}

impl From<ModelError> for Fault {
    fn from(error: ModelError) -> Self {
        Self { error, again: None, why: String::new() }
    }
}

impl Fault {
    /// A fault that may pass.
    pub(super) fn passing(error: ModelError, again: Again, why: String) -> Self {
        Self { error, again: Some(again), why }
    }

    /// A failure that the provider reported in an answer's place.
    pub(super) fn of_provider(failure: &Failure, endpoint: &str, key: Option<&Key>) -> Self {
        let error = if failure.spent { quota(failure, endpoint, key) } else { provider(failure, key) };
        let again = failure.may_pass().then(|| Again { wait: failure.wait, for_all: failure.wait.is_some() });
        Self { error, again, why: shown(&failure.kind, 80, key) }
    }
}

/// A failure the provider reported, cleaned for people.
fn provider(failure: &Failure, key: Option<&Key>) -> ModelError {
    ModelError::Provider { kind: shown(&failure.kind, 80, key), message: message(&failure.message, key) }
}

/// An empty purse.
pub(super) fn quota(failure: &Failure, endpoint: &str, key: Option<&Key>) -> ModelError {
    let message = Some(message(&failure.message, key)).filter(|message| !message.is_empty());
    ModelError::Quota {
        endpoint: endpoint.to_owned(),
        message: message.unwrap_or_else(|| "it gives no reason".to_owned()),
    }
}

/// A sentence from outside, without the key and its full stop: what to do follows.
fn message(text: &str, key: Option<&Key>) -> String {
    let mut shown = shown(text, MESSAGE_LIMIT, key);
    shown.truncate(shown.trim_end_matches(['.', ' ']).len());
    shown
}

/// Text from outside, without the key, on one line.
pub(super) fn shown(text: &str, limit: usize, key: Option<&Key>) -> String {
    clean(&key.map_or_else(|| text.to_owned(), |key| key.secret().redact(text)), limit)
}

/// Why a request got no response, and whether a second try may help.
pub(in crate::model) fn of_send(error: &reqwest::Error, endpoint: &str) -> (ModelError, bool) {
    let kind = io_kind(error);
    let proxy = Url::parse(endpoint).ok().as_ref().and_then(Proxy::on_the_way_to);
    if let (Some(proxy), Some(answer)) = (&proxy, root_cause(error).strip_prefix(TUNNEL)) {
        let wants = answer == "proxy authorization required";
        return (if wants { proxy.wants_credentials(endpoint) } else { proxy.refusal(endpoint) }, false);
    }
    let (reason, again) = if error.is_dns() {
        (NO_SUCH_NAME.to_owned(), false)
    } else if kind == Some(io::ErrorKind::ConnectionRefused) {
        ("connection refused".to_owned(), false)
    } else if error.is_connect() && error.is_timeout() {
        (format!("no connection within {} s", CONNECT_LIMIT.as_secs()), false)
    } else if error.is_connect() {
        // A certificate that does not hold is never tried again; a reset while connecting may pass.
        (root_cause(error), kind == Some(io::ErrorKind::ConnectionReset))
    } else if error.is_builder() {
        (root_cause(error), false)
    } else {
        (format!("the connection ended before an answer began ({})", root_cause(error)), true)
    };
    let reason = clean(&reason, MESSAGE_LIMIT);
    match proxy {
        Some(proxy) => (proxy.fault(endpoint, &reason), again),
        None => (ModelError::Unreachable { endpoint: endpoint.to_owned(), reason }, again),
    }
}

/// Why a body ended early.
pub(in crate::model) fn of_body(error: &reqwest::Error) -> ModelError {
    ModelError::Truncated { reason: format!("the connection broke ({})", clean(&root_cause(error), MESSAGE_LIMIT)) }
}

/// What a response that is no success says. `body` is its beginning.
pub(in crate::model) fn of_status(response: &Response, body: &str, endpoint: &str, key: Option<&Key>) -> ModelError {
    let status = response.status();
    // Only a proxy on the way asks this.
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        && let Some(proxy) = Url::parse(endpoint).ok().as_ref().and_then(Proxy::on_the_way_to)
    {
        return proxy.wants_credentials(endpoint);
    }
    let message = message_in(body).unwrap_or_else(|| status.canonical_reason().unwrap_or("no reason given").to_owned());
    let message = if status.is_redirection() {
        let target =
            response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("an unnamed place");
        format!("the server moved to {target}; requests are not sent on")
    } else {
        message
    };
    let mut message = self::message(&message, key);
    // Some say 400 where they mean the key.
    let about_key = status == StatusCode::BAD_REQUEST && message.to_ascii_lowercase().contains("api key");
    if about_key || matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        message = match key {
            Some(key) => format!("{message} (the key came from {})", key.source()),
            None => format!("{message} {NO_KEY}"),
        };
    }
    let retry_after = retry_after(response.headers()).map(|wait| wait.as_secs_f64().ceil() as u64);
    ModelError::Status { endpoint: endpoint.to_owned(), status: status.as_u16(), message, retry_after }
}

/// A body that is no answer, in words.
pub(super) fn unexpected(body: &str, endpoint: &str, key: Option<&Key>) -> ModelError {
    let found = if body.trim().is_empty() {
        "an empty body".to_owned()
    } else if let Some(title) = html_title(body) {
        format!("a web page titled “{title}”")
    } else if body.trim_start().starts_with('<') {
        "a web page".to_owned()
    } else {
        format!("“{}”", body.trim())
    };
    ModelError::Unexpected { endpoint: endpoint.to_owned(), found: shown(&found, MESSAGE_LIMIT, key) }
}

/// The failure in the body of a response that is no success.
pub(super) fn in_body(status: StatusCode, body: &str, read: impl FnOnce(&Value) -> Option<Failure>) -> Failure {
    let reported = serde_json::from_str::<Value>(document(body)).ok().as_ref().and_then(read);
    let failure = reported.unwrap_or_else(|| Failure::new("error", message_in(body).unwrap_or_default()));
    with_spent(failure, &[status.as_str().to_owned()])
}

/// `text` on one line, without control characters, at most `limit` characters.
pub(super) fn clean(text: &str, limit: usize) -> String {
    let printable: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let mut words = String::new();
    for word in printable.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    match words.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

/// A body without the frame of an event: some servers refuse a stream with one.
fn document(body: &str) -> &str {
    let first = body.trim_start().strip_prefix("data:").and_then(|event| event.lines().next());
    first.map_or(body, str::trim)
}

fn message_in(body: &str) -> Option<String> {
    if let Ok(json) = serde_json::from_str::<Value>(document(body)) {
        return message_of(&json).or_else(|| Some(json.to_string()));
    }
    html_title(body).or_else(|| (!body.trim().is_empty()).then(|| body.to_owned()))
}

fn html_title(body: &str) -> Option<String> {
    // Lower-casing ASCII only keeps every byte where it is.
    let lower = body.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower.get(open..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    body.get(start..end).map(|title| title.trim().to_owned())
}

fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(io) = error.downcast_ref::<io::Error>()
            && io.kind() != io::ErrorKind::Other
        {
            return Some(io.kind());
        }
        current = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_clean_short_line() {
        assert_eq!(clean(" a\n\n\u{1b}[2J b\t", 99), "a [2J b");
        assert_eq!(clean("ééééé", 3), "ééé…");
    }

    #[test]
    fn a_message_is_found_in_an_event_and_has_no_full_stop() {
        let body = "data: {\"error\": {\"message\": \"No stream..\", \"code\": 500}}\n\ndata: [DONE]\n\n";
        let found = message_in(body).unwrap();
        assert_eq!((found.as_str(), message(&found, None).as_str()), ("No stream..", "No stream"));
        assert_eq!(in_body(StatusCode::INTERNAL_SERVER_ERROR, body, super::super::failure).message, "No stream..");
    }

    #[test]
    fn a_web_page_is_known_by_its_title() {
        let page = "<!DOCTYPE html><HTML><Title lang=en> Sign in\n</TITLE>";
        assert_eq!(html_title(page).as_deref(), Some("Sign in"));
        assert_eq!(unexpected(page, "e", None).to_string(), "e sent a web page titled “Sign in” instead of an answer");
        assert_eq!(unexpected(" ", "e", None).to_string(), "e sent an empty body instead of an answer");
        assert_eq!(message_in("<html>x"), Some("<html>x".to_owned()));
    }
}

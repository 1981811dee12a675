//! What every request to a provider has: the headers of its dialect, and the key, which no proxy on the way may read. And what
//! comes back in one piece: a refusal as an error, an answer up to a limit.

use reqwest::header::HeaderValue;
use reqwest::{RequestBuilder, Response};

use super::proxy::refuse_key_in_plain_text;
use super::server::{ERROR_BODY_LIMIT, of_body, of_status};
use super::{Dialect, Endpoint, Key, ModelError};

/// `request` with the headers of the dialect and with the key; an error where a proxy could read the key.
pub(super) fn with_headers(
    mut request: RequestBuilder,
    dialect: Dialect,
    endpoint: &Endpoint,
    key: Option<&Key>,
) -> Result<RequestBuilder, ModelError> {
    for (name, value) in dialect.protocol().headers() {
        request = request.header(*name, *value);
    }
    let Some(key) = key else { return Ok(request) };
    refuse_key_in_plain_text(endpoint.url())?;
    let header = dialect.protocol().key_header(endpoint);
    let value = format!("{}{}", header.prefix, key.secret().expose());
    let mut value = HeaderValue::from_str(&value).map_err(|_| ModelError::Invalid {
        reason: format!("the key from {} cannot be sent in a header", key.source()),
        hint: "Check where it comes from: a key is printable and without spaces.".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(request.header(header.name, value))
}

/// The response, unless it is a refusal.
pub(super) async fn accepted(
    mut response: Response,
    endpoint: &Endpoint,
    key: Option<&Key>,
) -> Result<Response, ModelError> {
    if response.status().is_success() {
        return Ok(response);
    }
    let body = collect(&mut response, ERROR_BODY_LIMIT).await?;
    Err(of_status(&response, &String::from_utf8_lossy(&body), endpoint.as_str(), key))
}

/// The body, up to the read that passes `limit` bytes.
pub(super) async fn collect(response: &mut Response, limit: usize) -> Result<Vec<u8>, ModelError> {
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await.map_err(|error| of_body(&error))? {
        body.extend_from_slice(&bytes);
        if body.len() > limit {
            break;
        }
    }
    Ok(body)
}

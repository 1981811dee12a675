//! The list of models that a server of this dialect offers.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::key_header;
use crate::model::http::{Purpose, http_client};
use crate::model::server::{ERROR_BODY_LIMIT, of_body, of_send, of_status};
use crate::model::{Endpoint, Key, ModelError};

/// The largest list that is read.
const LIST_LIMIT: usize = 4 * 1024 * 1024;

/// Asks the server at `base_url` which models it has, in its order, waiting at most `patience`.
pub async fn list_models(base_url: &str, key: Option<&Key>, patience: Duration) -> Result<Vec<String>, ModelError> {
    let endpoint = Endpoint::parse(base_url)?;
    let client = http_client(endpoint.url(), Purpose::Provider)?;
    let mut request = client.get(endpoint.join("models"));
    if let Some(key) = key {
        let header = key_header(&endpoint);
        request = request.header(header.name, format!("{}{}", header.prefix, key.secret().expose()));
    }
    let list = async {
        let mut response = request.send().await.map_err(|error| of_send(&error, endpoint.as_str()).0)?;
        let limit = if response.status().is_success() { LIST_LIMIT } else { ERROR_BODY_LIMIT };
        let mut body = Vec::new();
        while let Some(bytes) = response.chunk().await.map_err(|error| of_body(&error))? {
            body.extend_from_slice(&bytes);
            if body.len() > limit {
                break;
            }
        }
        if !response.status().is_success() {
            return Err(of_status(&response, &String::from_utf8_lossy(&body), endpoint.as_str(), key));
        }
        let models = serde_json::from_slice(&body).ok().as_ref().and_then(model_ids);
        models.ok_or_else(|| ModelError::Unexpected {
            endpoint: endpoint.as_str().to_owned(),
            found: "something that is no list of models".to_owned(),
        })
    };
    timeout(patience, list).await.unwrap_or(Err(ModelError::Stalled { seconds: patience.as_secs() }))
}

/// The ids in a list of models; `None` if this is no such list, but some other service's JSON.
fn model_ids(body: &Value) -> Option<Vec<String>> {
    let list = body.get("data").filter(|data| !data.is_null());
    let list = match list {
        Some(data) => data.as_array()?.as_slice(),
        // A server without any model may say null instead of an empty list.
        None if body.get("object").and_then(Value::as_str) == Some("list") => &[],
        None => return None,
    };
    Some(list.iter().filter_map(|model| model.get("id")?.as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_models_are_read_and_other_json_is_not() {
        for (body, expected) in [
            (json!({"object":"list","data":[{"id":"a"},{"id":"b","parent":"a"}]}), Some(vec!["a", "b"])),
            (json!({"object":"list","data":[]}), Some(vec![])),
            (json!({"object":"list","data":null}), Some(vec![])),
            (json!({"data":[{"name":"no id"}]}), Some(vec![])),
            (json!({"data":{}}), None),
            (json!({"status":"ok"}), None),
            (json!([]), None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect());
            assert_eq!(model_ids(&body), expected, "{body}");
        }
    }
}

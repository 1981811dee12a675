//! The models that a server offers, asked in the dialect it speaks.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::asking::{accepted, collect, with_headers};
use super::http::{Purpose, http_client};
use super::server::of_send;
use super::{Dialect, Key, ModelError};

/// The largest list that is read.
const LIST_LIMIT: usize = 4 * 1024 * 1024;

impl Dialect {
    /// Where its list of models is, below the base URL.
    const fn list_path(self) -> &'static str {
        match self {
            Self::ChatCompletions | Self::Responses => "models",
            // Both give twenty or fifty at a time unless asked for more.
            Self::Anthropic => "models?limit=1000",
            Self::Gemini => "models?pageSize=1000",
            Self::Ollama => "tags",
        }
    }
}

/// Asks the server at `base_url` which models it has, in its order, waiting at most `patience`.
pub async fn list_models(
    dialect: Dialect,
    base_url: &str,
    key: Option<&Key>,
    patience: Duration,
) -> Result<Vec<String>, ModelError> {
    let endpoint = dialect.endpoint(base_url)?;
    let client = http_client(endpoint.url(), Purpose::Provider)?;
    let (path, query) = dialect.list_path().split_once('?').unwrap_or((dialect.list_path(), ""));
    let mut url = endpoint.join(path);
    if let Some((name, value)) = query.split_once('=') {
        url.query_pairs_mut().append_pair(name, value);
    }
    let request = with_headers(client.get(url), dialect, &endpoint, key)?;
    let list = async {
        let response = request.send().await.map_err(|error| of_send(&error, endpoint.as_str()).0)?;
        let body = collect(&mut accepted(response, &endpoint, key).await?, LIST_LIMIT).await?;
        let models = serde_json::from_slice(&body).ok().as_ref().and_then(model_ids);
        models.ok_or_else(|| ModelError::Unexpected {
            endpoint: endpoint.as_str().to_owned(),
            found: "something that is no list of models".to_owned(),
        })
    };
    timeout(patience, list).await.unwrap_or(Err(ModelError::Stalled { seconds: patience.as_secs() }))
}

/// The id of a model in a list; one without letters is none.
pub(super) fn id_in(model: &Value) -> Option<&str> {
    model.get("id")?.as_str().filter(|id| !id.trim().is_empty())
}

/// The ids in a list of models; `None` if this is no such list, but some other service's JSON.
fn model_ids(body: &Value) -> Option<Vec<String>> {
    // Gemini and Ollama call the list `models` and what is in it by its name; Gemini's is a path, and says what it can do.
    if let Some(models) = body.get("models").and_then(Value::as_array) {
        let answers = |model: &&Value| {
            let methods = model.get("supportedGenerationMethods").and_then(Value::as_array);
            methods.is_none_or(|methods| methods.iter().any(|method| method == "generateContent"))
        };
        let name = |model: &Value| {
            let name = model.get("name")?.as_str()?;
            Some(name.strip_prefix("models/").unwrap_or(name).to_owned())
        };
        return Some(models.iter().filter(answers).filter_map(name).collect());
    }
    let list = match body.get("data").filter(|data| !data.is_null()) {
        Some(data) => data.as_array()?.as_slice(),
        // A server without any model may say null instead of an empty list.
        None if body.get("object").and_then(Value::as_str) == Some("list") => &[],
        None => return None,
    };
    Some(list.iter().filter_map(id_in).map(str::to_owned).collect())
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
            (json!({"data":[{"name":"no id"},{"id":" "},{"id":7}]}), Some(vec![])),
            (json!({"data":[{"type":"model","id":"c","display_name":"C"}],"has_more":false}), Some(vec!["c"])),
            (
                json!({"models":[
                    {"name":"models/g","supportedGenerationMethods":["generateContent","countTokens"]},
                    {"name":"models/embedding","supportedGenerationMethods":["embedContent"]},
                ]}),
                Some(vec!["g"]),
            ),
            (json!({"models":[{"name":"llama3.2:3b","model":"llama3.2:3b"}]}), Some(vec!["llama3.2:3b"])),
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

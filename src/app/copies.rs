//! What the copy menu makes: the messages as JSON, a call as curl or Python, the diff as text.

use serde_json::{Value, json};

use super::update::question;
use crate::config::Provider;
use crate::run::Session;
use crate::state::{ArmSlot, State};

/// Makes the text of one entry of the copy menu: its name for the notice, and the text or why there is none.
pub(super) fn make(state: &State, session: &Session, what: &str, slot: ArmSlot) -> (String, Result<String, String>) {
    let letter = slot.letter();
    match what {
        "answer" => {
            let text = state.arm(slot).map(|arm| arm.answer.text().to_owned()).unwrap_or_default();
            (format!("answer of {letter}"), full(text))
        }
        "prompt" => ("prompt".to_owned(), full(state.prompt.editor.text())),
        "messages" => {
            (format!("messages of {letter}"), body(state, session, slot).map(|body| pretty(&body["messages"])))
        }
        "curl" => (
            format!("call of {letter} as curl"),
            call(state, session, slot).map(|(url, key, body)| curl(&url, key.as_deref(), &body)),
        ),
        "python" => (
            format!("call of {letter} as Python"),
            call(state, session, slot).map(|(url, key, body)| python(&url, key.as_deref(), &body)),
        ),
        _ => {
            let left = state.diff.left.name();
            let right = state.diff.right.name();
            let text = state.diff.shown.as_ref().map(|(diff, _)| diff.unified([&left, &right]));
            ("diff".to_owned(), text.ok_or_else(|| "There is no diff yet.".to_owned()))
        }
    }
}

fn full(text: String) -> Result<String, String> {
    if text.is_empty() { Err("There is nothing to copy here yet.".to_owned()) } else { Ok(text) }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// The body of the call as chat completions take it.
fn body(state: &State, session: &Session, slot: ArmSlot) -> Result<Value, String> {
    let question = question(state, slot).ok_or("There is no such arm.")?;
    let (messages, _, _) = session.messages(&question).map_err(|error| format!("{} {}", error.what, error.hint))?;
    let spec = session.workbench.model(&question.model);
    let parameters = question.parameters.over(spec.map(|spec| &spec.parameters));
    let mut body =
        json!({ "model": spec.map_or(question.model.as_str(), |spec| spec.model.as_str()), "messages": messages });
    if let (Value::Object(body), Ok(Value::Object(parameters))) = (&mut body, serde_json::to_value(&parameters)) {
        body.extend(parameters);
    }
    Ok(body)
}

/// Where the call goes, the variable that holds its key, and its body.
fn call(state: &State, session: &Session, slot: ArmSlot) -> Result<(String, Option<String>, Value), String> {
    let body = body(state, session, slot)?;
    let model = state.arm(slot).and_then(|arm| session.workbench.model(&arm.model));
    let served = model.filter(|model| model.provider == Provider::OpenAi);
    let base = served.and_then(|model| model.base_url.clone());
    // The embedded model has no address: the call is written for a server that would serve it on the usual port.
    let base = base.unwrap_or_else(|| match served {
        Some(_) => "https://api.openai.com/v1".to_owned(),
        None => "http://127.0.0.1:8080/v1".to_owned(),
    });
    let key = served.and_then(|model| model.api_key.as_ref()).map(|key| {
        let crate::config::ApiKey::Env(name) = key;
        name.clone()
    });
    Ok((base.trim_end_matches('/').to_owned(), key, body))
}

fn curl(base: &str, key: Option<&str>, body: &Value) -> String {
    let key = key.map_or_else(String::new, |name| format!(" \\\n  -H \"Authorization: Bearer ${name}\""));
    let body = pretty(body).replace('\'', "'\\''");
    format!("curl {base}/chat/completions \\\n  -H 'Content-Type: application/json'{key} \\\n  -d '{body}'\n")
}

fn python(base: &str, key: Option<&str>, body: &Value) -> String {
    let key = key.map_or_else(|| "\"none\"".to_owned(), |name| format!("os.environ[\"{name}\"]"));
    // JSON text inside json.loads keeps true, false and null what they are.
    let literal = serde_json::to_string(&body.to_string()).unwrap_or_default();
    format!(
        "import json\nimport os\n\nfrom openai import OpenAI\n\nclient = OpenAI(base_url=\"{base}\", api_key={key})\n\
         answer = client.chat.completions.create(**json.loads({literal}))\nprint(answer.choices[0].message.content)\n"
    )
}

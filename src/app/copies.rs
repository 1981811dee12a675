//! What the copy menu makes: the messages as JSON, a call as curl or Python or as a command of this program, the diff.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::event::EventKind;
use super::update::question;
use crate::data::{Case, Split};
use crate::model::{Dialect, KeyOwner, KeySource, Parameters, PlainCall, Request};
use crate::run::{Question, Session};
use crate::score::diff::Diff;
use crate::state::{ArmSlot, State};
use crate::strategy::StrategyConfig;

/// An entry of the copy menu as the screen has it. Its text is made outside of the loop: an arm's messages may have to wait for
/// the weights that count their tokens, or for a set-up that is read.
pub(super) struct Copying {
    /// Its name for the notice.
    what: String,
    of: Of,
}

enum Of {
    /// A text that stands on the screen.
    Text(String),
    /// The diff, if there is one, and the names of its sides.
    Diff(Option<Arc<Diff>>, [String; 2]),
    /// What an arm would send, in some form.
    Call(Option<Box<OnScreen>>, Form),
}

#[derive(Clone, Copy)]
enum Form {
    Messages,
    Curl,
    Python,
    Command,
}

/// What an arm is asked, and what of the screen a command does not know.
struct OnScreen {
    question: Question,
    /// Whether the prompt has changes that are not in its file.
    draft: bool,
    /// The case as it was read.
    original: Case,
}

impl Copying {
    /// The entry of the copy menu called `what`.
    pub(super) fn of(state: &State, what: &str, slot: ArmSlot) -> Self {
        let letter = slot.letter();
        let call = |form| {
            let on_screen = |question| {
                let (draft, original) = (state.prompt.is_draft(), state.case.original.clone());
                Box::new(OnScreen { question, draft, original })
            };
            Of::Call(question(state, slot).map(on_screen), form)
        };
        let (what, of) = match what {
            "answer" => {
                let text = state.arm(slot).map(|arm| arm.answer.text().to_owned()).unwrap_or_default();
                (format!("answer of {letter}"), Of::Text(text))
            }
            "prompt" => ("prompt".to_owned(), Of::Text(state.prompt.editor.text())),
            "messages" => (format!("messages of {letter}"), call(Form::Messages)),
            "curl" => (format!("call of {letter} as curl"), call(Form::Curl)),
            "python" => (format!("call of {letter} as Python"), call(Form::Python)),
            "command" => (format!("command for {letter}"), call(Form::Command)),
            _ => {
                let sides = [state.diff.left.name(), state.diff.right.name()];
                ("diff".to_owned(), Of::Diff(state.diff.shown.as_ref().map(|(diff, _)| Arc::clone(diff)), sides))
            }
        };
        Self { what, of }
    }

    /// Its text, or why there is none.
    pub(super) fn make(self, session: &Session) -> EventKind {
        let result = match self.of {
            Of::Text(text) => full(text),
            Of::Diff(None, _) => Err("There is no diff yet.".to_owned()),
            Of::Diff(Some(diff), [left, right]) => match diff.unified([&left, &right]) {
                text if text.is_empty() => Err("The two sides are equal.".to_owned()),
                text => Ok(text),
            },
            Of::Call(None, _) => Err("There is no such arm.".to_owned()),
            Of::Call(Some(on_screen), form) => on_screen.make(session, form),
        };
        EventKind::CopyMade { what: self.what, result }
    }
}

impl OnScreen {
    fn make(&self, session: &Session, form: Form) -> Result<String, String> {
        match form {
            Form::Messages => request(&self.question, session)
                .map(|(_, request)| serde_json::to_string_pretty(&request.messages).unwrap_or_default()),
            Form::Curl => call(&self.question, session).map(|call| curl(&call)),
            Form::Python => call(&self.question, session).map(|call| python(&call)),
            Form::Command => command(self, session),
        }
    }
}

fn full(text: String) -> Result<String, String> {
    if text.is_empty() { Err("There is nothing to copy here yet.".to_owned()) } else { Ok(text) }
}

/// What an arm would send: the provider's name of its model, and the request.
fn request(question: &Question, session: &Session) -> Result<(String, Request), String> {
    let (messages, _, _) = session.messages(question).map_err(|error| format!("{} {}", error.what, error.hint))?;
    let model = session.spec(&question.model).map_or_else(|| question.model.clone(), |spec| spec.model);
    let parameters = session.parameters(question);
    Ok((model, Request { messages, parameters }))
}

/// A call to a server.
struct Call {
    dialect: Dialect,
    /// The base URL, where the client's package asks for it.
    base_url: String,
    plain: PlainCall,
    /// The variable that holds the key; the key itself is never read here.
    key: Option<String>,
}

fn call(question: &Question, session: &Session) -> Result<Call, String> {
    let (model, request) = request(question, session)?;
    let spec = session.spec(&question.model).ok_or("This arm has no model.")?;
    let Some(dialect) = spec.provider.dialect() else {
        let reason = "runs inside fourfold: there is no address to call. The command of this program does the same.";
        return Err(format!("{} {reason}", spec.id));
    };
    let base = spec.base_url.as_deref().unwrap_or(dialect.base_url());
    let endpoint = dialect.endpoint(base).map_err(|error| format!("{error}. {}", error.hint()))?;
    let own = || KeyOwner::of(endpoint.url()).and_then(|owner| owner.variables.first());
    let key = match spec.api_key {
        Some(KeySource::Env(name)) => Some(name),
        // Whoever runs the copy puts the key there; from a command or a file it is not taken along.
        Some(KeySource::Command(_) | KeySource::Keyring(_) | KeySource::File(_)) => Some("API_KEY".to_owned()),
        None => own().map(|name| (*name).to_owned()),
    };
    let plain = dialect.plain_call(&endpoint, &model, &request);
    Ok(Call { dialect, base_url: endpoint.as_str().to_owned(), plain, key })
}

/// Text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn curl(call: &Call) -> String {
    let PlainCall { url, headers, key: header, body } = &call.plain;
    let url = quoted(url.as_str());
    let key = call.key.as_ref().map(|name| format!("\"{}: {}${name}\"", header.name, header.prefix));
    let headers = std::iter::once("'content-type: application/json'".to_owned())
        .chain(headers.iter().map(|(name, value)| quoted(&format!("{name}: {value}"))))
        .chain(key)
        .fold(String::new(), |text, header| text + &format!(" \\\n  -H {header}"));
    let body = quoted(&serde_json::to_string_pretty(body).unwrap_or_default());
    format!("curl {url}{headers} \\\n  -d {body}\n")
}

/// Parameters that the openai package knows by name; it refuses others unless they come as extra ones.
const NAMED: [&str; 10] = [
    "model",
    "messages",
    "temperature",
    "top_p",
    "seed",
    "max_tokens",
    "stop",
    "response_format",
    "logprobs",
    "top_logprobs",
];

fn python(call: &Call) -> String {
    if call.dialect == Dialect::ChatCompletions { python_package(call) } else { python_plain(call) }
}

/// With the package that nearly everyone has.
fn python_package(call: &Call) -> String {
    let base = literal(&Value::from(call.base_url.as_str()), 0);
    let key = call.key.as_ref().map_or_else(|| "\"none\"".to_owned(), |name| format!("os.environ[\"{name}\"]"));
    let import = if call.key.is_some() { "import os\n\n" } else { "" };
    let (mut named, mut extra) = (String::new(), serde_json::Map::new());
    for (name, value) in call.plain.body.as_object().into_iter().flatten() {
        if NAMED.contains(&name.as_str()) {
            // Writing to a text cannot fail.
            let _ = writeln!(named, "    {name}={},", literal(value, 1));
        } else {
            extra.insert(name.clone(), value.clone());
        }
    }
    if !extra.is_empty() {
        let _ = writeln!(named, "    extra_body={},", literal(&Value::Object(extra), 1));
    }
    format!(
        "{import}from openai import OpenAI  # pip install openai\n\nclient = OpenAI(base_url={base}, api_key={key})\n\
         answer = client.chat.completions.create(\n{named})\nprint(answer.choices[0].message.content)\n"
    )
}

/// With nothing but Python itself.
fn python_plain(call: &Call) -> String {
    let PlainCall { url, headers, key: header, body } = &call.plain;
    let text = |text: &str| literal(&Value::from(text), 0);
    let mut lines = String::new();
    for (name, value) in std::iter::once(&("content-type", "application/json")).chain(headers.iter()) {
        // Writing to a text cannot fail.
        let _ = writeln!(lines, "        {}: {},", text(name), text(value));
    }
    if let Some(name) = &call.key {
        let prefix = if header.prefix.is_empty() { String::new() } else { format!("{} + ", text(header.prefix)) };
        let _ = writeln!(lines, "        {}: {prefix}os.environ[\"{name}\"],", text(header.name));
    }
    let imports = if call.key.is_some() { "import json, os, urllib.request" } else { "import json, urllib.request" };
    format!(
        "{imports}\n\nrequest = urllib.request.Request(\n    {},\n    data=json.dumps({}).encode(),\n    headers={{\n{lines}    }},\n)\n\
         print(json.load(urllib.request.urlopen(request)))\n",
        text(url.as_str()),
        literal(body, 1)
    )
}

/// A JSON value as Python writes it, `depth` levels in.
fn literal(value: &Value, depth: usize) -> String {
    let (outer, inner) = ("    ".repeat(depth), "    ".repeat(depth + 1));
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        // Numbers and strings of JSON are numbers and strings of Python.
        Value::Number(_) | Value::String(_) => value.to_string(),
        Value::Array(values) => {
            let lines = values.iter().map(|value| format!("{inner}{},\n", literal(value, depth + 1)));
            format!("[\n{}{outer}]", lines.collect::<String>())
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), literal(value, depth + 1)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// The arm on this case as a command of this program, and what of the screen the command does not know.
fn command(on_screen: &OnScreen, session: &Session) -> Result<String, String> {
    let OnScreen { question, draft, original } = on_screen;
    let arm = session.workbench.arm(&question.arm).ok_or_else(|| {
        format!(
            "{} is only on the screen; add it to fourfold.toml as an [[arm]], and a command can name it.",
            question.arm
        )
    })?;
    if question.split != Some(Split::Dev) {
        return Err("This case was typed by hand; a command can name only a case of the data.".to_owned());
    }
    let mut remarks = Vec::new();
    if *draft && question.prompt_text.is_some() {
        remarks.push("the prompt on the screen has changes that are not in its file yet");
    }
    let strategy = StrategyConfig::from_parts(&arm.strategy.name, &arm.strategy.settings).ok();
    let prompt = session.workbench.root.join(&arm.prompt);
    if arm.model != question.model || strategy.as_ref() != Some(&question.strategy) || prompt != question.prompt_path {
        remarks.push("on the screen this arm has another prompt, strategy or model than in fourfold.toml");
    }
    let seed = question.parameters.seed.filter(|seed| Some(*seed) != arm.parameters.seed);
    let seedless = |parameters: &Parameters| Parameters { seed: None, ..parameters.clone() };
    if seedless(&question.parameters) != seedless(&arm.parameters) {
        remarks.push("on the screen this arm has sampling settings of its own");
    }
    if *original != *question.case {
        remarks.push("the case on the screen was changed");
    }
    let remarks = remarks
        .into_iter()
        .fold(String::new(), |text, remark| text + "# " + remark + ": the command does not know it\n");
    let seed = seed.map_or_else(String::new, |seed| format!(" --seed {seed}"));
    Ok(format!(
        "{remarks}fourfold run --workbench {} --arm {} --case {}{seed}\n",
        path_word(&session.workbench.root),
        quoted(&arm.id),
        quoted(&question.case.id),
    ))
}

fn path_word(path: &Path) -> String {
    quoted(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::prompt::{Message, Role};

    fn call_of(dialect: Dialect, key: Option<&str>) -> Call {
        let endpoint = dialect.endpoint("http://127.0.0.1:8080").unwrap();
        let parameters =
            Parameters { top_k: Some(40), max_tokens: Some(9), stop: vec!["é".to_owned()], ..Parameters::default() };
        let request = Request { messages: vec![Message::new(Role::User, "it's \"2\"\n")], parameters };
        let plain = dialect.plain_call(&endpoint, "m", &request);
        Call { dialect, base_url: endpoint.as_str().to_owned(), plain, key: key.map(str::to_owned) }
    }

    fn call(key: Option<&str>) -> Call {
        call_of(Dialect::ChatCompletions, key)
    }

    #[test]
    fn every_dialect_is_copied_with_its_own_address_and_header() {
        for (dialect, place, header) in [
            (Dialect::ChatCompletions, "/v1/chat/completions'", "\"authorization: Bearer $K\""),
            (Dialect::Responses, "/v1/responses'", "\"authorization: Bearer $K\""),
            (Dialect::Anthropic, "/v1/messages'", "\"x-api-key: $K\""),
            (Dialect::Gemini, "/v1beta/models/m:generateContent'", "\"x-goog-api-key: $K\""),
            (Dialect::Ollama, "/api/chat'", "\"authorization: Bearer $K\""),
        ] {
            let text = curl(&call_of(dialect, Some("K")));
            assert!(text.contains(place) && text.contains(header), "{text}");
        }
        assert!(curl(&call_of(Dialect::Anthropic, None)).contains("-H 'anthropic-version: 2023-06-01'"));
        assert_eq!(
            python(&call_of(Dialect::Anthropic, Some("MY_KEY"))),
            r#"import json, os, urllib.request

request = urllib.request.Request(
    "http://127.0.0.1:8080/v1/messages",
    data=json.dumps({"model": "m", "max_tokens": 9, "messages": [
            {"role": "user", "content": "it's \"2\"\n"},
        ], "top_k": 40, "stop_sequences": [
            "é",
        ]}).encode(),
    headers={
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": os.environ["MY_KEY"],
    },
)
print(json.load(urllib.request.urlopen(request)))
"#
        );
    }

    #[test]
    fn a_shell_hands_curl_the_body_and_the_key_of_the_variable() {
        let text = curl(&call(Some("MY_KEY"))).replacen("curl ", "printf '%s\\n' ", 1);
        let output = std::process::Command::new("sh").args(["-c", &text]).env("MY_KEY", "canary").output().unwrap();
        let words = String::from_utf8(output.stdout).unwrap();
        assert!(words.starts_with("http://127.0.0.1:8080/v1/chat/completions\n"), "{words}");
        assert!(words.contains("\nauthorization: Bearer canary\n"), "{words}");
        let body = words.split_once("\n-d\n").unwrap().1;
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), call(None).plain.body);
        assert!(!curl(&call(None)).contains("authorization"));
    }

    #[test]
    fn python_gets_what_its_package_knows_by_name_and_the_rest_apart() {
        assert_eq!(
            python(&call(Some("MY_KEY"))),
            r#"import os

from openai import OpenAI  # pip install openai

client = OpenAI(base_url="http://127.0.0.1:8080/v1", api_key=os.environ["MY_KEY"])
answer = client.chat.completions.create(
    model="m",
    messages=[
        {"role": "user", "content": "it's \"2\"\n"},
    ],
    max_tokens=9,
    stop=[
        "é",
    ],
    extra_body={"top_k": 40},
)
print(answer.choices[0].message.content)
"#
        );
        assert_eq!(literal(&json!([null, true, false]), 0), "[\n    None,\n    True,\n    False,\n]");
    }
}

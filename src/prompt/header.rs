//! What a prompt's front matter says, as far as this program acts on it. Everything else stays in the file untouched.

use std::ops::Range;

use serde_json::{Map, Value};

use super::nearest::nearest;
use super::problem::Marks;
use super::yaml::{Data, Entry, Node};

/// Which generation of the Prompty format a front matter follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FormatVersion {
    /// `model.id`, `model.options`, `inputs` as a list of properties.
    #[default]
    V2,
    /// `model.configuration`, `model.parameters`, `sample`.
    V1,
}

/// One declared variable of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The variable's name.
    pub name: String,
    /// `string`, `integer`, `array`, … as written; empty where the file does not say.
    pub kind: String,
    /// For people.
    pub description: Option<String>,
    /// The value where a case gives none.
    pub default: Option<Value>,
    /// Declared `required: true`.
    pub required: bool,
    /// Where the default's value stands, for `${…}` references that fail.
    pub default_range: Range<usize>,
    /// Where its name stands.
    pub range: Range<usize>,
}

/// The model a prompt file suggests. Arms decide which model runs; this is shown beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SuggestedModel {
    /// The model's name, where given.
    pub id: Option<String>,
    /// The provider's name, where given.
    pub provider: Option<String>,
    /// v2 `options` or v1 `parameters`, as written.
    pub options: Map<String, Value>,
}

/// The front matter of a prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// Which generation of the format.
    pub version: FormatVersion,
    /// The prompt's name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Declared variables.
    pub inputs: Vec<Input>,
    /// Example values (v1 `sample`, v2 `example`): a case to try the prompt on, never a silent default.
    pub sample: Map<String, Value>,
    /// The model the file suggests.
    pub model: Option<SuggestedModel>,
    /// Our own fields: `metadata.fourfold`.
    pub fourfold: Map<String, Value>,
    /// Whether the file asks for a template language other than Jinja2.
    pub(crate) foreign_template: Option<(String, Range<usize>)>,
}

/// Keys of the front matter that Prompty knows, v1 and v2.
const KNOWN: [&str; 18] = [
    "name",
    "displayName",
    "description",
    "metadata",
    "model",
    "inputs",
    "outputs",
    "tools",
    "template",
    "sample",
    "authors",
    "tags",
    "version",
    "base",
    "kind",
    "id",
    "inputSchema",
    "outputSchema",
];

/// Kinds of input that are no text.
const MEDIA: [&str; 3] = ["image", "file", "audio"];

impl Header {
    /// Reads a front matter, marking what is odd in it.
    pub(crate) fn read(root: &Node, marks: &mut Marks<'_>) -> Self {
        let mut header = Self {
            version: version(root),
            name: root.get("name").and_then(Node::text),
            description: root.get("description").and_then(Node::text),
            ..Self::default()
        };
        if !matches!(root.data, Data::Map(_)) {
            marks.error(root.range.clone(), "the front matter is not a list of keys", "Write `key: value` lines.");
            return header;
        }
        if header.version == FormatVersion::V1 {
            let range = root.entries().first().map_or(root.range.clone(), |entry| entry.key_range.clone());
            marks.note(range, "written in the older Prompty format (v1)", "It is read as it is; nothing is rewritten.");
        }
        unknown_keys(root, marks);
        header.inputs(root, marks);
        header.sample(root, marks);
        header.model(root);
        header.template(root, marks);
        if let Some(tools) = root.entry("tools").filter(|entry| entry.value.to_json() != Value::Null) {
            marks.warning(
                tools.key_range.clone(),
                "tools are not supported: they stay in the file and are not sent",
                "Remove them, or ask for the answer's shape in the text.",
            );
        }
        if let Some(Value::Object(own)) =
            root.get("metadata").and_then(|metadata| metadata.get("fourfold")).map(Node::to_json)
        {
            header.fourfold = own;
        }
        header
    }

    /// The declared variable of that name.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }

    fn inputs(&mut self, root: &Node, marks: &mut Marks<'_>) {
        let Some(declared) = root.get("inputs").or_else(|| root.get("inputSchema")) else { return };
        let declared = match declared.get("properties") {
            Some(properties) if matches!(properties.data, Data::List(_) | Data::Map(_)) => properties,
            _ => declared,
        };
        for item in declared.items() {
            match item.entry("name").and_then(|name| Some((name.value.text()?, name.value.range.clone()))) {
                Some((name, range)) => self.input_from(name, range, item, marks),
                None => marks.error(item.range.clone(), "an input without a name", "Write `- name: …`."),
            }
        }
        for Entry { key, key_range, value } in declared.entries() {
            self.input_from(key.clone(), key_range.clone(), value, marks);
        }
    }

    fn input_from(&mut self, name: String, range: Range<usize>, node: &Node, marks: &mut Marks<'_>) {
        let full = matches!(node.data, Data::Map(_));
        let (default, default_range) = if full {
            (
                node.get("default").map(Node::to_json),
                node.get("default").map_or(range.clone(), |node| node.range.clone()),
            )
        } else {
            // Prompty's shorthand: a bare value is the default.
            (Some(node.to_json()).filter(|value| !value.is_null()), node.range.clone())
        };
        let kind = node.get("kind").or_else(|| node.get("type")).and_then(Node::text).unwrap_or_default();
        if MEDIA.contains(&kind.as_str()) {
            marks.warning(
                range.clone(),
                format!("`{name}` is of kind {kind}, which is not supported: its value is sent as text"),
                "Describe it in words.",
            );
        }
        if self.input(&name).is_some() {
            marks.error(range, format!("the input `{name}` is declared twice"), "Keep one of them.");
            return;
        }
        if let Some(example) = node.get("example").or_else(|| node.get("sample")) {
            self.sample.insert(name.clone(), example.to_json());
        }
        let required = matches!(node.get("required").map(Node::to_json), Some(Value::Bool(true)));
        let description = node.get("description").and_then(Node::text);
        self.inputs.push(Input { name, kind, description, default, required, default_range, range });
    }

    fn sample(&mut self, root: &Node, marks: &mut Marks<'_>) {
        let Some(entry) = root.entry("sample") else { return };
        match entry.value.to_json() {
            Value::Object(values) => self.sample.extend(values),
            Value::Null => {}
            _ => marks.note(
                entry.key_range.clone(),
                "a sample in a file of its own is not read",
                "Give the workbench a data set instead.",
            ),
        }
    }

    fn model(&mut self, root: &Node) {
        let Some(model) = root.get("model") else { return };
        let configuration = model.get("configuration");
        let first = |keys: &[&str]| keys.iter().find_map(|key| configuration?.get(key)?.text());
        self.model = Some(SuggestedModel {
            id: model
                .text()
                .or_else(|| model.get("id").and_then(Node::text))
                .or_else(|| first(&["name", "azure_deployment", "model"])),
            provider: model.get("provider").and_then(Node::text).or_else(|| first(&["type"])),
            options: match model.get("options").or_else(|| model.get("parameters")).map(Node::to_json) {
                Some(Value::Object(options)) => options,
                _ => Map::new(),
            },
        });
    }

    fn template(&mut self, root: &Node, marks: &mut Marks<'_>) {
        let Some(template) = root.get("template") else { return };
        let format = template.get("format").unwrap_or(template);
        let named = format.get("kind").or_else(|| format.get("type")).unwrap_or(format);
        let Some(name) = named.text() else { return };
        if !name.eq_ignore_ascii_case("jinja2") && !name.eq_ignore_ascii_case("jinja") {
            marks.error(
                named.range.clone(),
                format!("the template language {name} is not supported"),
                "Write the template in jinja2: `{{ name }}`, `{% if %}`, `{% for %}`.",
            );
            self.foreign_template = Some((name, named.range.clone()));
        }
    }
}

fn unknown_keys(root: &Node, marks: &mut Marks<'_>) {
    for entry in root.entries().iter().filter(|entry| !KNOWN.contains(&entry.key.as_str())) {
        if let Some(known) = nearest(&entry.key, KNOWN) {
            let message = format!("`{}` is not a key of the format", entry.key);
            marks.note(entry.key_range.clone(), message, format!("Did you mean `{known}`? It is kept as it is."));
        }
    }
}

fn version(root: &Node) -> FormatVersion {
    let old_model = root
        .get("model")
        .is_some_and(|model| ["configuration", "parameters", "api"].iter().any(|key| model.get(key).is_some()));
    let old_inputs = root.get("inputs").is_some_and(|inputs| {
        inputs.entries().iter().any(|entry| entry.key != "properties" && entry.value.get("type").is_some())
    });
    let old_keys = ["sample", "authors", "tags", "base"].iter().any(|key| root.get(key).is_some());
    if old_model || old_inputs || old_keys { FormatVersion::V1 } else { FormatVersion::V2 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::parse::{Prompt, PromptKind};
    use super::super::problem::Severity;
    use super::*;

    fn read(front: &str) -> Prompt {
        Prompt::parse(&format!("---\n{front}\n---\nuser:\n{{{{ a }}}} {{{{ b }}}} {{{{ chat }}}}"), PromptKind::Prompty)
    }

    fn messages(prompt: &Prompt) -> Vec<(Severity, usize, &str)> {
        prompt.problems().iter().map(|problem| (problem.severity, problem.line, problem.message.as_str())).collect()
    }

    #[test]
    fn inputs_in_every_form_of_the_format() {
        for front in [
            "inputs:\n  - name: a\n    kind: string\n    default: x\n  - {name: b, kind: integer, required: true}",
            "inputs:\n  properties:\n    - name: a\n      kind: string\n      default: x\n    - {name: b, kind: integer, required: true}",
            "inputs:\n  properties:\n    a: {kind: string, default: x}\n    b: {kind: integer, required: true}",
            "inputs:\n  a: {kind: string, default: x}\n  b: {kind: integer, required: true}",
            "inputSchema:\n  - {name: a, kind: string, default: x}\n  - {name: b, kind: integer, required: true}",
        ] {
            let prompt = read(front);
            assert_eq!(messages(&prompt), [], "{front}");
            let found: Vec<_> = prompt
                .header()
                .inputs
                .iter()
                .map(|input| (input.name.as_str(), input.kind.as_str(), input.default.clone(), input.required))
                .collect();
            assert_eq!(found, [("a", "string", Some(json!("x")), false), ("b", "integer", None, true)], "{front}");
            assert_eq!(prompt.header().version, FormatVersion::V2);
        }
        let shorthand = read("inputs:\n  a: Jane\n  b: 3");
        let defaults: Vec<_> = shorthand.header().inputs.iter().map(|input| input.default.clone()).collect();
        assert_eq!(defaults, [Some(json!("Jane")), Some(json!(3))]);
    }

    #[test]
    fn the_older_format_is_read_as_it_is() {
        let prompt = read(
            "name: x\nauthors: [me]\nmodel:\n  api: chat\n  configuration:\n    type: azure_openai\n    azure_deployment: d\n  \
             parameters:\n    max_tokens: 9\ninputs:\n  a:\n    type: string\nsample:\n  a: Jane",
        );
        let header = prompt.header();
        assert_eq!(header.version, FormatVersion::V1);
        assert_eq!(messages(&prompt), [(Severity::Note, 2, "written in the older Prompty format (v1)")]);
        let model = header.model.as_ref().unwrap();
        assert_eq!((model.id.as_deref(), model.provider.as_deref()), (Some("d"), Some("azure_openai")));
        assert_eq!(model.options.get("max_tokens"), Some(&json!(9)));
        assert_eq!(header.sample.get("a"), Some(&json!("Jane")));
        // A sample is for trying the prompt; it never stands in for a case's value.
        assert!(header.input("a").unwrap().default.is_none());
        assert!(!prompt.check(&Map::new()).problems.is_empty());
    }

    #[test]
    fn models_in_every_form() {
        for front in [
            "model: gpt-x",
            "model:\n  id: gpt-x",
            "model:\n  id: gpt-x\n  connection: {kind: key, apiKey: \"${env:KEY}\"}",
        ] {
            assert_eq!(read(front).header().model.as_ref().unwrap().id.as_deref(), Some("gpt-x"), "{front}");
        }
    }

    #[test]
    fn what_is_not_supported_is_kept_and_marked() {
        let front = "tools:\n  - name: f\n    kind: function\ninputs:\n  - {name: a, kind: image}\n  - {name: a}\n  - {kind: string}\n\
                     descripton: x\nmine: 1\ntemplate:\n  format: {kind: mustache}";
        let prompt = read(front);
        assert_eq!(
            messages(&prompt),
            [
                (Severity::Warning, 2, "tools are not supported: they stay in the file and are not sent"),
                (Severity::Warning, 6, "`a` is of kind image, which is not supported: its value is sent as text"),
                (Severity::Error, 7, "the input `a` is declared twice"),
                (Severity::Error, 8, "an input without a name"),
                (Severity::Note, 9, "`descripton` is not a key of the format"),
                (Severity::Error, 12, "the template language mustache is not supported"),
            ]
        );
        assert!(prompt.text().contains(front));
    }

    #[test]
    fn a_thread_is_the_conversation_of_the_case() {
        let prompt = read("inputs:\n  - {name: chat, kind: thread}");
        let values = json!({"a": 1, "b": 2}).as_object().unwrap().clone();
        assert!(prompt.check(&values).problems.is_empty());
        let rendered = prompt.render(&values, &super::super::render::RenderOptions::default()).unwrap();
        assert_eq!(rendered.messages[0].content, "1 2 ");
    }

    #[test]
    fn an_unused_input_is_noted_where_it_is_declared() {
        let prompt = read("inputs:\n  - name: a\n  - name: zzz");
        assert_eq!(messages(&prompt), [(Severity::Note, 4, "the input `zzz` is not used in any message")]);
    }

    #[test]
    fn our_own_fields_are_under_metadata() {
        let prompt = read("metadata:\n  tags: [x]\n  fourfold: {exemplars: 3}");
        assert_eq!(prompt.header().fourfold.get("exemplars"), Some(&json!(3)));
    }
}

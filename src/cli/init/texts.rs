//! What a workbench of one's own rows begins with: two prompts and a fourfold.toml, as texts.

use std::fmt::Write;

use crate::data::Layout;

/// What the rows ask for, as far as the rows themselves tell.
#[derive(Debug)]
pub(super) struct Task {
    /// How the rows are laid out.
    pub(super) layout: Layout,
    /// Variables of the prompt, and whether each holds a list.
    pub(super) variables: Vec<(String, bool)>,
    /// What is asked, and what the answer is, in words that a prompt can say.
    pub(super) words: (String, String),
    /// What the right answers look like.
    pub(super) answers: Answers,
    /// Room for an answer.
    pub(super) max_tokens: usize,
}

/// What the right answers look like.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// JSON objects with these fields.
    Json(Vec<String>),
    /// One of these.
    Labels(Vec<String>),
    /// A few words.
    Short,
    /// Texts.
    Long,
}

/// The prompt of the arm `plain`, or the one with room for what counts.
pub(super) fn prompt(task: &Task, detailed: bool) -> String {
    let (name, about) =
        if detailed { ("detailed", "with what counts spelled out") } else { ("plain", "in one sentence") };
    let mut text = format!("---\nname: {name}\ndescription: The task {about}.\ninputs:\n");
    for (name, is_list) in &task.variables {
        // Writing to a text cannot fail.
        let _ = write!(text, "  - name: {name}\n    kind: {}\n", if *is_list { "array" } else { "string" });
    }
    text.push_str("template:\n  format:\n    kind: jinja2\n  parser:\n    kind: prompty\n---\nsystem:\n");
    text.push_str(&sentence(task));
    if detailed {
        match &task.answers {
            Answers::Json(fields) if !fields.is_empty() => {
                let fields: Vec<String> = fields.iter().map(|field| format!("\"{field}\"")).collect();
                let _ = write!(text, " Answer with JSON and nothing else, with these fields: {}.", fields.join(", "));
            }
            Answers::Json(_) => text.push_str(" Answer with JSON and nothing else."),
            Answers::Labels(labels) => {
                let _ = write!(text, " Answer with one of these and nothing else: {}.", labels.join(", "));
            }
            Answers::Short | Answers::Long => text.push_str(" Answer with that and nothing else."),
        }
        text.push_str(
            "\n{# Say here what counts: what each part means, how it is written, what to leave out. This line is not sent. #}",
        );
    }
    text.push_str("\n\nuser:\n");
    for (name, is_list) in &task.variables {
        let _ = match (is_list, task.variables.len()) {
            (true, _) => {
                write!(
                    text,
                    "{{% for item in {name} %}}\n{{{{ \"ABCDEFGHIJKLMNOPQRSTUVWXYZ\"[loop.index0] }}}}) {{{{ item }}}}\n{{%- endfor %}}\n"
                )
            }
            (false, 1) => writeln!(text, "{{{{ {name} }}}}"),
            (false, _) => writeln!(text, "{}: {{{{ {name} }}}}", name.replace('_', " ")),
        };
    }
    text
}

fn sentence(task: &Task) -> String {
    match task.layout {
        Layout::MultipleChoice => "Answer the question with the letter of the right choice.".to_owned(),
        Layout::CodeReview => "Revise the code as the comment asks.".to_owned(),
        Layout::Chat | Layout::Promptfoo => "Answer what is asked.".to_owned(),
        Layout::Plain | Layout::QuestionAnswer => {
            let (input, answer) = &task.words;
            format!("Turn the {input} into the {answer}.")
        }
    }
}

/// Everything but `[data]`, which has a section to be filled.
pub(super) fn manifest(task: &Task) -> String {
    let (metrics, primary) = match task.answers {
        Answers::Json(_) => (r#""json-fields", "exact-match""#, "json-fields"),
        Answers::Labels(_) | Answers::Short => (r#""normalised-exact-match", "exact-match""#, "normalised-exact-match"),
        Answers::Long => (r#""token-f1", "chrf", "exact-match""#, "token-f1"),
    };
    format!(
        r#"# Two arms on rows of your own: a short prompt, and one with room for rules and three solved rows before the case.
version = 1

[[model]]
id = "base"
provider = "embedded"
model = "smollm2-135m-instruct"
temperature = 0.0
max_tokens = {max_tokens}

[[arm]]
id = "plain"
prompt = "plain.prompty"
strategy = "zero-shot"
model = "base"

[[arm]]
id = "prompted"
prompt = "detailed.prompty"
strategy = {{ name = "few-shot", k = 3 }}
model = "base"

[data]

[score]
metrics = [{metrics}]
primary = "{primary}"
margin = 0.05

[run]
baseline = "plain"
"#,
        max_tokens = task.max_tokens
    )
}

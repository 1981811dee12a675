//! A prompt as read from text: its messages, its variables, its problems. Reading never fails; faults become marks.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::path::Path;

use super::engine::{Limits, environment};
use super::front;
use super::guard;
use super::header::Header;
use super::jail::FileAccess;
use super::lexer::lex;
use super::lines::Lines;
use super::message::Role;
use super::portable;
use super::problem::{Marks, Problem};
use super::section::{self, Section};
use super::variables::{self, VariableUse};
use super::yaml;

/// How a prompt's text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptKind {
    /// YAML front matter, then messages with role markers.
    Prompty,
    /// The whole text is one user message.
    Plain,
}

impl PromptKind {
    /// The kind a file's name says: `.prompty` is a Prompty file, everything else is plain.
    pub fn of(path: &Path) -> Self {
        let prompty = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("prompty"));
        if prompty { Self::Prompty } else { Self::Plain }
    }
}

/// The name under which a strategy's exemplars are given to a template.
pub const EXAMPLES: &str = "examples";

/// A prompt, read from its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) lines: Lines,
    kind: PromptKind,
    header: Header,
    sections: Vec<Section>,
    problems: Vec<Problem>,
    uses: Vec<VariableUse>,
    optional: BTreeSet<String>,
}

impl Prompt {
    /// Reads `text`. Never fails: what is wrong is in [`Prompt::problems`], and rendering refuses it.
    pub fn parse(text: &str, kind: PromptKind) -> Self {
        let lines = Lines::new(text);
        let mut marks = Marks::new(text, &lines);
        let (header, body) = match kind {
            PromptKind::Prompty => header(text, &mut marks),
            PromptKind::Plain => (Header::default(), 0..text.len()),
        };
        let sections = match kind {
            PromptKind::Prompty => sections(text, body, &mut marks),
            PromptKind::Plain => vec![Section { role: Role::User, marker: None, body }],
        };
        let (uses, optional) = templates(text, &sections, &header, &mut marks);
        let problems = marks.into_sorted();
        let (name, text) = ("prompt".to_owned(), text.to_owned());
        Self { name, text, lines, kind, header, sections, problems, uses, optional }
    }

    /// The same prompt under the name that errors give it: its path as the person knows it.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How it was read.
    pub const fn kind(&self) -> PromptKind {
        self.kind
    }

    /// What the front matter says.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The messages, in order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// A message's template as written.
    pub fn template(&self, section: &Section) -> &str {
        self.text.get(section.body.clone()).unwrap_or_default()
    }

    /// Everything wrong or remarkable about the text alone, in its order.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Every use of a variable, in the order of the text.
    pub fn uses(&self) -> &[VariableUse] {
        &self.uses
    }

    /// The names of all variables the messages use, each once, in the order of the text; without [`EXAMPLES`].
    pub fn variables(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        self.uses.iter().map(|used| used.name.as_str()).filter(|name| *name != EXAMPLES && seen.insert(*name)).collect()
    }

    /// Whether the prompt places a strategy's exemplars itself.
    pub fn places_examples(&self) -> bool {
        self.uses.iter().any(|used| used.name == EXAMPLES)
    }

    /// Whether the template asks if `name` is there before it uses it.
    pub(crate) fn is_optional(&self, name: &str) -> bool {
        self.optional.contains(name)
    }

    /// The last user message, which holds the case: conversation turns and exemplars go before it.
    pub fn last_user(&self) -> Option<usize> {
        self.sections.iter().rposition(|section| section.role == Role::User)
    }
}

fn header(text: &str, marks: &mut Marks<'_>) -> (Header, Range<usize>) {
    let parts = front::split(text);
    if let Some(opening) = parts.unclosed {
        marks.error(opening, "the front matter has no end", "Write a line of `---` after the last key.");
    }
    let Some(front) = parts.front else {
        return (Header::default(), parts.body);
    };
    let header = match yaml::read(text, front.yaml) {
        Ok(Some(root)) => Header::read(&root, marks),
        Ok(None) => Header::default(),
        Err(fault) => {
            let end =
                text.get(fault.offset..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| fault.offset + at);
            marks.error(
                fault.offset..end,
                format!("the front matter is not valid YAML: {}", fault.message),
                "Check the indentation and quotes here and on the line before.",
            );
            Header::default()
        }
    };
    (header, parts.body)
}

fn sections(text: &str, body: Range<usize>, marks: &mut Marks<'_>) -> Vec<Section> {
    let split = section::split(text, body.clone());
    for line in split.developers {
        marks.note(line, "`developer:` is sent as the system role", "Write `system:` to say so.");
    }
    match split.sections.iter().find(|section| section.marker.is_none()) {
        Some(section) if split.sections.len() == 1 => marks.note(
            section.body.start..section.body.start,
            "no role marker: Prompty sends the whole text as the system message",
            "Put a line `user:` above what the person asks.",
        ),
        Some(section) => marks.note(
            section.body.start..section.body.start,
            "text before the first role marker is sent as a system message",
            "Put a line `system:` above it to say so.",
        ),
        None if split.sections.is_empty() => marks.error(
            body.start..body.start,
            "the prompt is empty",
            "Write a line `user:` and below it what the model is to do.",
        ),
        None => {}
    }
    split.sections
}

fn templates(
    text: &str,
    sections: &[Section],
    header: &Header,
    marks: &mut Marks<'_>,
) -> (Vec<VariableUse>, BTreeSet<String>) {
    let (engine, _) = environment(Limits::default(), None, FileAccess::Folder);
    let globals: HashSet<&str> = engine.globals().map(|(name, _)| name).collect();
    let (mut uses, mut optional) = (Vec::new(), BTreeSet::new());
    for (index, section) in sections.iter().enumerate() {
        let source = text.get(section.body.clone()).unwrap_or_default();
        let tokens = lex(text, section.body.clone());
        if let Some(fault) = guard::find(text, section.body.clone(), &tokens) {
            marks.error(fault.range, fault.message, "Shorten it, or close what is open.");
            continue;
        }
        match engine.template_from_str(source) {
            Ok(template) => {
                let mut undeclared = template.undeclared_variables(false);
                undeclared.retain(|name| !globals.contains(name.as_str()));
                uses.extend(variables::uses(text, &tokens, &undeclared, index));
                optional.extend(variables::optional(text, &tokens));
                portable::mark(text, &tokens, marks);
            }
            Err(error) => syntax(&error, section, marks),
        }
    }
    for input in &header.inputs {
        if !uses.iter().any(|used| used.name == input.name) && input.kind != "thread" {
            let message = format!("the input `{}` is not used in any message", input.name);
            marks.note(input.range.clone(), message, format!("Write {{{{ {} }}}} where it belongs.", input.name));
        }
    }
    (uses, optional)
}

fn syntax(error: &minijinja::Error, section: &Section, marks: &mut Marks<'_>) {
    let detail = error.detail().unwrap_or("the template cannot be read").to_owned();
    let range = error.range().unwrap_or(0..0);
    let base = section.body.start;
    let range = base + range.start..(base + range.end).min(section.body.end.max(base));
    let hint = if detail.contains("end of variable block") {
        "Between {{ and }} stands one name, of letters, digits and underscores. What a column is called there is said on the \
         mapping screen (F10, m)."
    } else if detail.contains("end of input") || detail.contains("unknown statement end") {
        // "end of block" is the end of one tag: what it wants is missing inside of it.
        "A block must begin and end within one message: roles are fixed before data comes in."
    } else if detail.contains("recursion limit") {
        "Put fewer blocks into one another."
    } else {
        "Compare with `{{ name }}`, `{% if name %}…{% endif %}`, `{% for item in list %}…{% endfor %}`."
    };
    marks.error(range.start.min(range.end)..range.end, detail, hint);
}

#[cfg(test)]
mod tests {
    use super::super::problem::Severity;
    use super::*;

    #[test]
    fn the_first_words_decide_who_speaks() {
        for (text, role, note) in [
            (
                "Answer briefly.",
                Role::System,
                Some("no role marker: Prompty sends the whole text as the system message"),
            ),
            (
                "Be brief.\nuser:\nhi",
                Role::System,
                Some("text before the first role marker is sent as a system message"),
            ),
            ("developer:\nBe brief.", Role::System, Some("`developer:` is sent as the system role")),
            ("user:\nhi", Role::User, None),
        ] {
            let prompt = Prompt::parse(text, PromptKind::Prompty);
            assert_eq!(prompt.sections()[0].role, role);
            let notes: Vec<&str> = prompt.problems().iter().map(|problem| problem.message.as_str()).collect();
            assert_eq!(notes, note.into_iter().collect::<Vec<_>>(), "{text}");
        }
        let plain = Prompt::parse("system:\nhi {{ a }}", PromptKind::Plain);
        assert_eq!((plain.sections().len(), plain.sections()[0].role), (1, Role::User));
    }

    #[test]
    fn a_block_that_spans_messages_says_why_it_cannot() {
        let prompt = Prompt::parse("system:\n{% if a %}\nuser:\nx\n{% endif %}", PromptKind::Prompty);
        let errors: Vec<_> = prompt.problems().iter().filter(|problem| problem.severity == Severity::Error).collect();
        assert_eq!(errors.len(), 2);
        assert!(errors.iter().all(|error| error.hint.contains("within one message")), "{errors:?}");
        let prompt = Prompt::parse("user:\nx {% if %}y{% endif %}", PromptKind::Prompty);
        let hint = prompt.problems().iter().map(|problem| problem.hint.as_str()).next();
        assert!(hint.is_some_and(|hint| hint.starts_with("Compare with")), "an empty tag: {hint:?}");
    }

    #[test]
    fn uses_know_their_message_and_place() {
        let text = "system:\n{{ range(3) }}{% for a in list %}{{ a }}{% endfor %}\nuser:\n{{ b.c }} {{ examples }}";
        let prompt = Prompt::parse(text, PromptKind::Prompty);
        let uses: Vec<_> =
            prompt.uses().iter().map(|used| (used.name.as_str(), used.section, &text[used.range.clone()])).collect();
        assert_eq!(uses, [("list", 0, "list"), ("b", 1, "b"), ("examples", 1, "examples")]);
        assert!(prompt.places_examples());
        assert_eq!(prompt.variables(), ["list", "b"]);
    }
}

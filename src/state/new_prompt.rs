//! The form that makes a prompt: its name, what it begins with, whether an arm asks it. Knows no file.

use std::fmt::Write;

use super::{ArmSlot, FormField};
use crate::prompt::PromptKind;

/// How prompt files end.
pub const ENDINGS: [&str; 4] = ["prompty", "md", "txt", "j2"];
/// Characters that some system's files cannot have in their names.
const NOWHERE: &str = "<>:\"|?*";

/// The field of the name.
pub const NAME: usize = 0;
/// The field of what the prompt begins with.
pub const TEXT: usize = 1;
/// The field of the arm.
pub const ARM: usize = 2;
/// What a prompt can begin with: the text that is on the screen, or a few lines.
pub const TEXTS: [&str; 2] = ["a copy", "a starter"];
/// Whether an arm asks it.
pub const ARMS: [&str; 2] = ["a new one", "none"];

/// A prompt that is to be made.
#[derive(Debug)]
pub struct NewPromptForm {
    /// Name, text, arm.
    pub fields: Vec<FormField>,
    /// Which has the caret.
    pub focused: usize,
    /// The arm whose strategy and model a new one takes over.
    pub like: ArmSlot,
    /// An arm on the screen that asks the prompt once it is made.
    pub asked_by: Option<ArmSlot>,
    /// It is being made.
    pub making: bool,
}

impl NewPromptForm {
    /// Whether the field says the first of its words.
    pub fn says_first(&self, field: usize) -> bool {
        self.fields
            .get(field)
            .is_some_and(|field| field.choices.first().is_some_and(|first| field.editor.text().trim() == *first))
    }
}

/// The file that a typed name means: without one of the usual endings it gets the first of them. What is wrong with it is said.
pub fn file_of(typed: &str, there: &[String]) -> Result<String, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err("needs a name".to_owned());
    }
    if typed.contains(['/', '\\']) {
        return Err("needs a name without / and \\: prompts stand in the workbench's own folder".to_owned());
    }
    if let Some(odd) = typed.chars().find(|letter| letter.is_control() || NOWHERE.contains(*letter)) {
        return Err(format!("cannot have {odd:?} in its name"));
    }
    if typed.starts_with('.') || typed.ends_with('.') {
        return Err("cannot begin or end with a dot".to_owned());
    }
    let has_ending = ending_of(typed).is_some();
    let file = if has_ending { typed.to_owned() } else { format!("{typed}.{}", ENDINGS[0]) };
    if file.eq_ignore_ascii_case("readme.md") {
        return Err("is the workbench's description, not a prompt".to_owned());
    }
    match there.iter().find(|name| name.to_lowercase() == file.to_lowercase()) {
        Some(there) => Err(format!("{there} is there already")),
        None => Ok(file),
    }
}

/// One of the usual endings, where the name has one.
fn ending_of(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    ENDINGS.into_iter().find(|usual| *usual == ending)
}

/// A file's name without its ending.
pub fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// A name that is free: `orders.prompty` becomes `orders-2.prompty`, that `orders-3.prompty`.
pub fn suggested(current: &str, there: &[String]) -> String {
    let ending = ending_of(current).unwrap_or(ENDINGS[0]);
    let stem = stem(current);
    let name = stem.rsplit_once('-').filter(|(_, number)| number.parse::<u32>().is_ok()).map_or(stem, |(name, _)| name);
    let file = |number: usize| format!("{name}-{number}.{ending}");
    // Of so many names one is free.
    (2..=there.len() + 2).map(file).find(|file| file_of(file, there).is_ok()).unwrap_or_default()
}

/// What the prompt `file` says as a copy of `text`, which is the prompt `current`. `None`: the two are written in different ways.
pub fn copied(text: &str, current: &str, file: &str) -> Option<String> {
    if PromptKind::of(current.as_ref()) != PromptKind::of(file.as_ref()) {
        return None;
    }
    // A name of its own, where the front matter says one.
    let (named, own) = (format!("\nname: {}\n", stem(current)), format!("\nname: {}\n", in_yaml(stem(file))));
    let matter = text.strip_prefix("---").and_then(|rest| rest.find("\n---")).map_or(0, |end| end + 4);
    let (matter, rest) = text.split_at_checked(matter).unwrap_or(("", text));
    Some(matter.replacen(&named, &own, 1) + rest)
}

/// A name as front matter says it: in quotes where it might be read as something else.
fn in_yaml(name: &str) -> String {
    let is_plain = name.starts_with(char::is_alphabetic)
        && name.chars().all(|letter| letter.is_alphanumeric() || "-_.".contains(letter))
        && !["true", "false", "null"].contains(&name.to_lowercase().as_str());
    if is_plain { name.to_owned() } else { format!("\"{name}\"") }
}

/// A few lines to begin with, that ask for these variables.
pub fn starter(file: &str, variables: &[String]) -> String {
    let mut asked = String::new();
    // Writing to a text cannot fail.
    let _ = match variables {
        [] => writeln!(asked, "{{{{ text }}}}"),
        [one] => writeln!(asked, "{{{{ {one} }}}}"),
        several => several.iter().try_for_each(|name| writeln!(asked, "{}: {{{{ {name} }}}}", name.replace('_', " "))),
    };
    let task = "Say here what is asked, and what the answer looks like.";
    if PromptKind::of(file.as_ref()) != PromptKind::Prompty {
        return format!("{task}\n\n{asked}");
    }
    let text = ["text".to_owned()];
    let mut inputs = String::new();
    for name in if variables.is_empty() { &text[..] } else { variables } {
        let _ = write!(inputs, "  - name: {name}\n    kind: string\n");
    }
    format!(
        "---\nname: {}\ninputs:\n{inputs}template:\n  format:\n    kind: jinja2\n  parser:\n    kind: prompty\n---\nsystem:\n{task}\n\nuser:\n{asked}",
        in_yaml(stem(file))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::Prompt;

    fn there() -> Vec<String> {
        ["orders.prompty", "orders-2.prompty", "notes.md"].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_name_is_a_file_of_the_folder_that_is_not_there_yet() {
        for (typed, file) in [
            ("new", "new.prompty"),
            (" v1.2 ", "v1.2.prompty"),
            ("a.md", "a.md"),
            ("Überschrift", "Überschrift.prompty"),
        ] {
            assert_eq!(file_of(typed, &there()).as_deref(), Ok(file));
        }
        for wrong in
            ["", "  ", "orders", "ORDERS.prompty", "a/b", "..\\b", ".hidden", "a.", "a\u{1b}b", "what?", "README.md"]
        {
            assert!(file_of(wrong, &there()).is_err(), "{wrong:?}");
        }
        assert_eq!(suggested("orders.prompty", &there()), "orders-3.prompty");
        assert_eq!(suggested("orders-2.prompty", &there()), "orders-3.prompty");
        assert_eq!(suggested("notes.md", &there()), "notes-2.md");
    }

    #[test]
    fn a_copy_has_a_name_of_its_own_and_a_starter_can_be_asked_at_once() {
        let text = "---\nname: orders\ninputs: []\n---\nuser:\nname: orders\n";
        assert_eq!(
            copied(text, "orders.prompty", "new.prompty").as_deref(),
            Some("---\nname: new\ninputs: []\n---\nuser:\nname: orders\n")
        );
        assert_eq!(copied("a {{ b }}", "a.md", "b.txt").as_deref(), Some("a {{ b }}"));
        assert_eq!(copied(text, "orders.prompty", "b.txt"), None);
        let variables = ["subject_line".to_owned(), "body".to_owned()];
        for (variables, asks) in [(&variables[..], &["subject_line", "body"][..]), (&[], &["text"])] {
            for file in ["new.prompty", "new.md", "#1 @ {x}.prompty", "12.prompty", "null.prompty"] {
                let prompt = Prompt::parse(&starter(file, variables), PromptKind::of(file.as_ref()));
                assert!(prompt.problems().is_empty(), "{file}: {:?}", prompt.problems());
                assert_eq!(prompt.variables(), asks, "{file}");
            }
        }
    }
}

//! Prompts: texts, chats as JSON, and files of either.

use serde_json::Value;

use super::{Reader, Source, ending, is_program};
use crate::prompt::{Role, YamlNode};

/// A prompt as messages with templates.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prompt {
    pub(super) label: Option<String>,
    pub(super) messages: Vec<(Role, String)>,
}

pub(super) fn read(reader: &mut Reader, source: &Source, node: Option<&YamlNode>) -> Vec<Prompt> {
    let Some(node) = node else { return Vec::new() };
    let one = [node.clone()];
    let items = if node.items().is_empty() { &one[..] } else { node.items() };
    let mut prompts = Vec::new();
    for item in items {
        let at = item.range.start;
        if let Some(text) = item.text() {
            prompts.extend(written(reader, source, at, &text, None));
            continue;
        }
        let label = item.get("label").or_else(|| item.get("display")).and_then(YamlNode::text);
        match (item.get("raw").and_then(YamlNode::text), item.get("id").and_then(YamlNode::text)) {
            (Some(raw), _) => prompts.extend(parsed(reader, source, at, &raw, label)),
            (None, Some(id)) => prompts.extend(written(reader, source, at, &id, label)),
            (None, None) => reader.leave(source, at, "a prompt", "it has neither `raw` nor `id`"),
        }
    }
    prompts
}

/// What stands in a list of prompts: a file's name, or the prompt itself.
fn written(reader: &mut Reader, source: &Source, at: usize, text: &str, label: Option<String>) -> Vec<Prompt> {
    let one_line = !text.trim().contains('\n');
    let looks_like_file = one_line
        && ["txt", "json", "yaml", "yml", "md", "j2", "csv", "jsonl"].contains(&ending(text).as_str())
        && !text.contains("{{");
    if one_line && (text.starts_with("exec:") || is_program(text.trim())) {
        reader.leave(source, at, &format!("the prompt `{}`", text.trim()), "it is a program, and nothing is executed");
        return Vec::new();
    }
    if !text.starts_with("file://") && !looks_like_file {
        return parsed(reader, source, at, text, label);
    }
    let mut prompts = Vec::new();
    for path in reader.named(source, at, "the prompts", text) {
        prompts.extend(of_file(reader, source, at, &path, label.clone()));
    }
    prompts
}

/// The prompts of one file.
fn of_file(reader: &mut Reader, source: &Source, at: usize, path: &str, label: Option<String>) -> Vec<Prompt> {
    if is_program(path) {
        reader.leave(source, at, &format!("the prompt `{path}`"), "it is a program, and nothing is executed");
        return Vec::new();
    }
    let Some(file) = reader.file(source, at, path) else { return Vec::new() };
    let end = ending(path);
    if end == "yaml" || end == "yml" {
        let Some(node) = reader.yaml(&file) else { return Vec::new() };
        return chat(reader, &file, 0, &node.to_json(), label).into_iter().collect();
    }
    if end == "csv" || end == "jsonl" {
        reader.leave(source, at, &format!("the prompts of `{path}`"), "prompts are read from texts, JSON and YAML");
        return Vec::new();
    }
    // A text file may hold several prompts, with lines of `---` between them.
    let parts: Vec<&str> = file.text.split("\n---\n").map(str::trim).filter(|part| !part.is_empty()).collect();
    let several = parts.len() > 1 && end != "json";
    let parts = if several { parts } else { vec![file.text.trim()] };
    let stem = path.rsplit('/').next().and_then(|name| name.split('.').next()).map(str::to_owned);
    parts.into_iter().flat_map(|part| parsed(reader, &file, 0, part, label.clone().or_else(|| stem.clone()))).collect()
}

/// A prompt's own text: a chat where it is JSON, else one message of the user.
fn parsed(reader: &mut Reader, source: &Source, at: usize, text: &str, label: Option<String>) -> Vec<Prompt> {
    let trimmed = text.trim();
    if trimmed.starts_with('[')
        && let Ok(value) = serde_json::from_str::<Value>(trimmed)
    {
        return chat(reader, source, at, &value, label).into_iter().collect();
    }
    let mut messages = vec![(Role::User, trimmed.to_owned())];
    if !is_carried(reader, source, at, &mut messages) {
        return Vec::new();
    }
    vec![Prompt { label, messages }]
}

fn chat(reader: &mut Reader, source: &Source, at: usize, value: &Value, label: Option<String>) -> Option<Prompt> {
    let mut messages = Vec::new();
    for one in value.as_array().into_iter().flatten() {
        let role = match one.get("role").and_then(Value::as_str) {
            Some("system" | "developer") => Role::System,
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            _ => {
                reader.leave(source, at, "a chat prompt", "a message has no role that is known here");
                return None;
            }
        };
        let Some(content) = one.get("content").and_then(Value::as_str) else {
            reader.leave(source, at, "a chat prompt", "a message's content is no text");
            return None;
        };
        messages.push((role, content.trim().to_owned()));
    }
    if messages.is_empty() {
        reader.leave(source, at, "a prompt", "it is no list of messages");
        return None;
    }
    is_carried(reader, source, at, &mut messages).then_some(Prompt { label, messages })
}

/// Whether the templates mean here what they meant there.
fn is_carried(reader: &mut Reader, source: &Source, at: usize, messages: &mut [(Role, String)]) -> bool {
    for (_, text) in messages.iter_mut() {
        for (word, why) in [
            ("_conversation", "it is built from earlier answers of the same run"),
            ("{{ env.", "prompts read no environment here"),
            ("{{env.", "prompts read no environment here"),
        ] {
            if text.contains(word) {
                reader.leave(source, at, "a prompt", why);
                return false;
            }
        }
        // A line such as `user:` would begin a message of its own in a prompt file; set off, it stays text.
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| if is_marker(line) { format!("{{{{ \"\" }}}}{line}") } else { line.to_owned() })
            .collect();
        *text = lines.join("\n");
    }
    true
}

fn is_marker(line: &str) -> bool {
    let line = line.trim().trim_start_matches('#').trim_start();
    let Some(name) = line.strip_suffix(':') else { return false };
    let name = name.split('[').next().unwrap_or_default().trim().to_ascii_lowercase();
    ["system", "developer", "user", "assistant"].contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::prompt::Reach;

    #[test]
    fn a_line_that_would_begin_a_message_stays_text() {
        let mut reader = Reader { reach: Reach::folder("."), left_out: Vec::new(), notes: BTreeSet::new() };
        let source = Source { name: "c.yaml".to_owned(), text: String::new() };
        let prompts = parsed(&mut reader, &source, 0, "Say hi.\nassistant:\n# User:\nfine: yes", None);
        let text = &prompts[0].messages[0].1;
        assert_eq!(text, "Say hi.\n{{ \"\" }}assistant:\n{{ \"\" }}# User:\nfine: yes");
        assert!(parsed(&mut reader, &source, 0, "{{ env.HOME }}", None).is_empty());
        assert_eq!(reader.left_out.len(), 1);
    }
}

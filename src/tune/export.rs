//! Training examples as hosted services take them: chat JSON lines and their stricter variants.

use serde_json::{Value, json};

use crate::prompt::{Message, Role};

/// A form of training file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatFormat {
    /// `{"messages": [...]}`: OpenAI, Azure, Together, Fireworks, and most trainers.
    Chat,
    /// The same, with turns that strictly alternate and no empty content: Mistral.
    Mistral,
    /// `{"systemInstruction", "contents"}` with the roles user and model: Vertex AI.
    Vertex,
    /// `{"system", "messages"}`, alternating, user first, assistant last, nothing else: Bedrock.
    Bedrock,
}

impl ChatFormat {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Chat, Self::Mistral, Self::Vertex, Self::Bedrock];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Mistral => "mistral",
            Self::Vertex => "vertex",
            Self::Bedrock => "bedrock",
        }
    }
}

/// One example as one line's value, or why the service would refuse it.
pub fn chat_line(format: ChatFormat, messages: &[Message], answer: &str) -> Result<Value, String> {
    let (system, turns) = parts(messages)?;
    match format {
        ChatFormat::Chat => {
            if answer.is_empty() {
                return Err("the answer is empty".to_owned());
            }
            let mut lines: Vec<Value> = messages.iter().map(message).collect();
            lines.push(json!({ "role": "assistant", "content": answer }));
            Ok(json!({ "messages": lines }))
        }
        ChatFormat::Mistral => {
            strict(system.as_deref(), turns, answer)?;
            let mut lines: Vec<Value> =
                system.map(|text| json!({ "role": "system", "content": text })).into_iter().collect();
            lines.extend(turns.iter().map(message));
            lines.push(json!({ "role": "assistant", "content": answer }));
            Ok(json!({ "messages": lines }))
        }
        ChatFormat::Bedrock => {
            strict(system.as_deref(), turns, answer)?;
            let mut lines: Vec<Value> = turns.iter().map(message).collect();
            lines.push(json!({ "role": "assistant", "content": answer }));
            Ok(match system {
                Some(text) => json!({ "system": text, "messages": lines }),
                None => json!({ "messages": lines }),
            })
        }
        ChatFormat::Vertex => {
            strict(system.as_deref(), turns, answer)?;
            let part = |role: &str, text: &str| json!({ "role": role, "parts": [{ "text": text }] });
            let role = |role| if role == Role::Assistant { "model" } else { "user" };
            let mut lines: Vec<Value> = turns.iter().map(|turn| part(role(turn.role), &turn.content)).collect();
            lines.push(part("model", answer));
            Ok(match system {
                Some(text) => json!({ "systemInstruction": part("system", &text), "contents": lines }),
                None => json!({ "contents": lines }),
            })
        }
    }
}

fn message(message: &Message) -> Value {
    json!({ "role": message.role.as_str(), "content": message.content })
}

/// The system text before the first turn, and the turns.
fn parts(messages: &[Message]) -> Result<(Option<String>, &[Message]), String> {
    let first = messages.iter().position(|message| message.role != Role::System).unwrap_or(messages.len());
    let (system, turns) = messages.split_at_checked(first).unwrap_or((messages, &[]));
    if turns.iter().any(|turn| turn.role == Role::System) {
        return Err("a system message stands after the first turn".to_owned());
    }
    if turns.last().is_none_or(|turn| turn.role != Role::User) {
        return Err("the last message before the answer is not the user's".to_owned());
    }
    let texts: Vec<&str> = system.iter().map(|message| message.content.as_str()).collect();
    Ok(((!texts.is_empty()).then(|| texts.join("\n\n")), turns))
}

/// The stricter services' rules.
fn strict(system: Option<&str>, turns: &[Message], answer: &str) -> Result<(), String> {
    let texts = turns.iter().map(|turn| turn.content.as_str()).chain([answer]).chain(system);
    if texts.into_iter().any(|text| text.trim().is_empty()) {
        return Err("a message is empty".to_owned());
    }
    for (index, turn) in turns.iter().enumerate() {
        let wanted = if index % 2 == 0 { Role::User } else { Role::Assistant };
        if turn.role != wanted {
            return Err(format!(
                "turn {} is the {}'s: turns must alternate, user first",
                index + 1,
                turn.role.as_str()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(turns: &[(Role, &str)]) -> Vec<Message> {
        turns.iter().map(|(role, text)| Message::new(*role, *text)).collect()
    }

    #[test]
    fn each_service_gets_its_form() {
        let messages = messages(&[(Role::System, "s"), (Role::User, "u"), (Role::Assistant, "a"), (Role::User, "v")]);
        let line = |format| chat_line(format, &messages, "w").unwrap();
        let chat = json!({"messages": [
            {"role": "system", "content": "s"}, {"role": "user", "content": "u"}, {"role": "assistant", "content": "a"},
            {"role": "user", "content": "v"}, {"role": "assistant", "content": "w"}]});
        assert_eq!(line(ChatFormat::Chat), chat);
        assert_eq!(line(ChatFormat::Mistral), chat);
        assert_eq!(
            line(ChatFormat::Bedrock),
            json!({"system": "s", "messages": [
                {"role": "user", "content": "u"}, {"role": "assistant", "content": "a"},
                {"role": "user", "content": "v"}, {"role": "assistant", "content": "w"}]})
        );
        assert_eq!(
            line(ChatFormat::Vertex),
            json!({"systemInstruction": {"role": "system", "parts": [{"text": "s"}]}, "contents": [
                {"role": "user", "parts": [{"text": "u"}]}, {"role": "model", "parts": [{"text": "a"}]},
                {"role": "user", "parts": [{"text": "v"}]}, {"role": "model", "parts": [{"text": "w"}]}]})
        );
    }

    #[test]
    fn what_a_service_would_refuse_is_said_before() {
        use Role::{Assistant, System, User};
        let all = ChatFormat::ALL;
        let strict = [ChatFormat::Mistral, ChatFormat::Vertex, ChatFormat::Bedrock];
        for (turns, answer, formats, expected) in [
            (&[(User, "u"), (System, "s"), (User, "v")][..], "a", &all[..], "a system message stands after"),
            (&[(User, "u"), (Assistant, "x")], "a", &all, "not the user's"),
            (&[(System, "s")], "a", &all, "not the user's"),
            (&[(User, "u")], "", &all, "empty"),
            (&[(User, "u"), (User, "v")], "a", &strict, "turn 2 is the user's: turns must alternate"),
            (&[(User, " ")], "a", &strict, "a message is empty"),
        ] {
            for format in formats {
                let error = chat_line(*format, &messages(turns), answer).unwrap_err();
                assert!(error.contains(expected), "{format:?}: {error}");
            }
        }
        // The plain form takes two turns of one role.
        assert!(chat_line(ChatFormat::Chat, &messages(&[(User, "u"), (User, "v")]), "a").is_ok());
    }
}

//! A persona: who the model is to be, said before everything else in the system message.

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::registry::Strategy;
use super::setting::{Setting, SettingDefault, SettingKind};
use super::task::{Call, Task};
use crate::prompt::{Message, Prompt, PromptKind, Role};

/// See the module's first line.
pub(crate) struct Persona;

static SETTINGS: [Setting; 1] = [Setting {
    name: "persona",
    title: "Persona",
    help: "Begins the system message; a template, so `{{ language }}` takes the case's value.",
    kind: SettingKind::Text,
    default: SettingDefault::Text(
        "You are an expert with many years of practice in exactly this kind of task, and you work with great care.",
    ),
}];

impl Strategy for Persona {
    fn id(&self) -> &'static str {
        "persona"
    }

    fn title(&self) -> &'static str {
        "Persona"
    }

    fn summary(&self) -> &'static str {
        "Begins the system message with who the model is to be."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn first(&self, config: &StrategyConfig, task: &Task<'_>) -> Result<Call, StrategyError> {
        let rendered = task.prompt.render(&task.case.variables, &task.options())?;
        let mut messages = rendered.messages;
        let written = Prompt::parse(&config.text("persona"), PromptKind::Plain).named("persona");
        let persona = written.render_section(0, &task.case.variables, &task.options())?;
        if persona.is_empty() {
            return Err(StrategyError::CannotApply {
                strategy: self.id(),
                reason: "the persona is empty".to_owned(),
                hint: "Write who the model is to be, or choose zero-shot.".to_owned(),
            });
        }
        // Only a system message at the very beginning is the prompt's own; one among a conversation's turns is data.
        match messages.first_mut() {
            Some(first) if first.role == Role::System && opens_with_system(task.prompt) => {
                first.content = format!("{persona}\n\n{}", first.content);
            }
            _ => messages.insert(0, Message::new(Role::System, persona)),
        }
        Ok(Call { messages, ..Call::default() })
    }
}

fn opens_with_system(prompt: &Prompt) -> bool {
    prompt.sections().first().is_some_and(|section| section.role == Role::System)
}

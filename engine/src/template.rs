//! The model's own chat template, rendered by MiniJinja as it stands in the file.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, context};

use crate::EngineError;
use crate::gguf::Gguf;
use crate::service::ChatMessage;
use crate::tokenizer::Tokenizer;

const NAME: &str = "chat_template";
/// Work a template may do before it is stopped: far above any real one, and reached in well under a second.
const FUEL: u64 = 20_000_000;

/// A day, for templates that print one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Date {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl Default for Date {
    /// The day Llama 3's own template falls back to. A fixed day keeps prompts the same from one run to the next.
    fn default() -> Self {
        Self { year: 2024, month: 7, day: 26 }
    }
}

/// Whose turn it is after the last message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The model's: the text ends where its answer begins.
    Models,
    /// Nobody's: the conversation is over.
    Nobodys,
}

/// A chat template, ready to render.
pub(crate) struct ChatTemplate {
    environment: Environment<'static>,
}

impl ChatTemplate {
    /// Compiles the template in `file`.
    pub(crate) fn from_gguf(file: &Gguf, date: Date) -> Result<Self, EngineError> {
        let Some(source) = file.string("tokenizer.chat_template") else {
            let reason = "the file has none (it is probably a base model that cannot chat)".to_owned();
            return Err(EngineError::Template { reason });
        };
        Self::new(source, date)
    }

    fn new(source: &str, date: Date) -> Result<Self, EngineError> {
        let mut environment = Environment::new();
        // The settings of the reference implementation, which every chat template is written for.
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(|e| failed(&e))?;
        environment.set_syntax(syntax);
        environment.set_fuel(Some(FUEL));
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        });
        environment.add_function("strftime_now", move |format: String| formatted(date, &format));
        environment.add_template_owned(NAME, source.to_owned()).map_err(|error| failed(&error))?;
        Ok(Self { environment })
    }

    /// The text of a conversation. `mark` must not occur in any message.
    pub(crate) fn render(
        &self,
        messages: &[ChatMessage],
        tokenizer: &Tokenizer,
        mark: &str,
        turn: Turn,
    ) -> Result<String, EngineError> {
        let messages: Vec<Value> = messages
            .iter()
            .map(|message| {
                let role = tokenizer.disarm(&message.role, mark);
                let content = tokenizer.disarm(&message.content, mark);
                context! { role, content }
            })
            .collect();
        let template = self.environment.get_template(NAME).map_err(|error| failed(&error))?;
        template
            .render(context! {
                messages,
                add_generation_prompt => turn == Turn::Models,
                bos_token => tokenizer.begin_text(),
                eos_token => tokenizer.end_text(),
            })
            .map_err(|error| failed(&error))
    }
}

fn failed(error: &Error) -> EngineError {
    let mut reason = error.to_string();
    if let Some(line) = error.line() {
        reason = format!("line {line}: {reason}");
    }
    EngineError::Template { reason }
}

/// The fields of `strftime` that chat templates use.
fn formatted(date: Date, format: &str) -> Result<String, Error> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = MONTHS.get(usize::from(date.month).wrapping_sub(1)).copied().unwrap_or_default();
    let mut text = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('d') => text += &two_digits(date.day.into()),
            Some('m') => text += &two_digits(date.month.into()),
            Some('Y') => text += &date.year.to_string(),
            Some('y') => text += &two_digits(date.year % 100),
            Some('b') => text.extend(month.chars().take(3)),
            Some('B') => text += month,
            Some('%') => text.push('%'),
            other => {
                let field = other.map_or_else(|| "%".to_owned(), |field| format!("%{field}"));
                return Err(Error::new(ErrorKind::InvalidOperation, format!("strftime_now cannot print {field}")));
            }
        }
    }
    Ok(text)
}

fn two_digits(number: u16) -> String {
    format!("{number:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(source: &str) -> Result<String, EngineError> {
        let template = ChatTemplate::new(source, Date::default())?;
        let template = template.environment.get_template(NAME).unwrap();
        let message = context! { role => "user", content => "  Hello World  " };
        template.render(context! { messages => vec![message] }).map_err(|error| failed(&error))
    }

    #[test]
    fn methods_of_python_strings_and_blocks_that_trim_work() {
        let source = "{% for m in messages %}\n    {% if m['content'].strip().startswith('Hello') %}\n{{ m.content.strip().split(' ')[1].upper() }}\n    {% endif %}\n{% endfor %}";
        assert_eq!(render(source).unwrap(), "WORLD\n");
        let source =
            "{% set ns = namespace(n=0) %}{% for m in messages[::-1] %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}";
        assert_eq!(render(source).unwrap(), "1");
    }

    #[test]
    fn the_day_is_the_one_given() {
        assert_eq!(render("{{ strftime_now('%d %b %Y, %B %m %y 100%%') }}").unwrap(), "26 Jul 2024, July 07 24 100%");
        assert!(
            matches!(render("{{ strftime_now('%H') }}"), Err(EngineError::Template { reason }) if reason.contains("%H"))
        );
    }

    #[test]
    fn a_template_without_end_is_stopped() {
        let endless = "{% for a in range(10000) %}{% for b in range(10000) %}{% for c in range(10000) %}x{% endfor %}{% endfor %}{% endfor %}";
        assert!(matches!(render(endless), Err(EngineError::Template { reason }) if reason.contains("fuel")));
    }

    #[test]
    fn errors_name_their_line() {
        assert!(
            matches!(ChatTemplate::new("a\n{% if %}", Date::default()).err(), Some(EngineError::Template { reason }) if reason.contains("line 2"))
        );
        assert!(
            matches!(render("{{ raise_exception('no tools') }}"), Err(EngineError::Template { reason }) if reason.contains("no tools"))
        );
    }
}

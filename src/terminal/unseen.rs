//! A line typed unseen: no letter of it is echoed, and the terminal is given back however it ends.

use std::io::{self, Write};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// What came of asking.
#[derive(Clone, PartialEq, Eq)]
pub enum Typed {
    /// The line.
    Text(String),
    /// Ctrl+C, Ctrl+D or Esc.
    GivenUp,
}

/// Raw mode for as long as it lives.
struct Raw;

impl Raw {
    fn enter() -> io::Result<Self> {
        enable_raw_mode().map(|()| Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing is left to try when the terminal does not take its mode back.
        let _ = disable_raw_mode();
    }
}

/// Asks with `question` on standard error and reads one line from the terminal.
pub fn type_unseen(question: &str) -> io::Result<Typed> {
    let mut stderr = io::stderr();
    write!(stderr, "{question}")?;
    stderr.flush()?;
    let typed = {
        let _raw = Raw::enter()?;
        let mut line = Line::default();
        loop {
            if let Some(typed) = line.take(&read()?) {
                break typed;
            }
        }
    };
    writeln!(stderr)?;
    Ok(typed)
}

/// The line as far as it has been typed.
#[derive(Default)]
struct Line(String);

impl Line {
    /// Takes what the terminal sent; the end, once it has come.
    fn take(&mut self, event: &Event) -> Option<Typed> {
        match event {
            Event::Paste(text) => self.0.push_str(text),
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                let control = key.modifiers.contains(KeyModifiers::CONTROL);
                match key.code {
                    KeyCode::Enter => return Some(Typed::Text(std::mem::take(&mut self.0))),
                    KeyCode::Esc => return Some(Typed::GivenUp),
                    KeyCode::Char('c' | 'd') if control => return Some(Typed::GivenUp),
                    KeyCode::Char('u') if control => self.0.clear(),
                    KeyCode::Char(letter) if !control => self.0.push(letter),
                    KeyCode::Backspace => _ = self.0.pop(),
                    _ => {}
                }
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyEvent;

    use super::*;

    fn typed(codes: &[(KeyCode, KeyModifiers)]) -> Option<Typed> {
        let mut line = Line::default();
        codes.iter().find_map(|(code, modifiers)| line.take(&Event::Key(KeyEvent::new(*code, *modifiers))))
    }

    #[test]
    fn a_line_ends_with_enter_and_can_be_given_up() {
        let letter = |letter| (KeyCode::Char(letter), KeyModifiers::NONE);
        let enter = (KeyCode::Enter, KeyModifiers::NONE);
        let back = (KeyCode::Backspace, KeyModifiers::NONE);
        assert!(typed(&[letter('a'), letter('b'), back, letter('C'), enter]) == Some(Typed::Text("aC".to_owned())));
        assert!(
            typed(&[letter('a'), (KeyCode::Char('u'), KeyModifiers::CONTROL), enter])
                == Some(Typed::Text(String::new()))
        );
        assert!(typed(&[letter('a'), (KeyCode::Char('c'), KeyModifiers::CONTROL)]) == Some(Typed::GivenUp));
        assert!(typed(&[letter('a')]).is_none());
    }
}

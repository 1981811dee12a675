//! One session at the terminal, set up in the only order that works: check, ask for the background, enter, read.

use std::io;
use std::sync::Arc;

use crate::config::settings::{KittySetting, Settings};
use crate::theme::ColorLevel;

use super::clipboard::{Clipboard, ClipboardError, Copied};
use super::environment::{Background, Environment, NoTerminal};
use super::external_editor::{self, EditorError};
use super::guard::{Guard, Wanted};
use super::input::Input;
use super::mode::ASK_KITTY;
use super::reader::InputReader;
use super::screen::Screen;
use super::signals::{self, EndSignal, Signals};

/// The terminal while the program has it. Dropping it leaves every mode.
pub struct Session {
    /// The owner of the modes, to be shared with the panic hook.
    pub guard: Arc<Guard>,
    /// What is drawn on.
    pub screen: Screen,
    /// How much colour to use.
    pub level: ColorLevel,
    /// The terminal's background, if the theme setting asked for it and the terminal told.
    pub background: Option<Background>,
    input: InputReader,
    signals: Signals,
    clipboard: Clipboard,
    kitty: KittySetting,
}

/// Why no session could begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no terminal that would do.
    #[error(transparent)]
    NoTerminal(#[from] NoTerminal),
    /// The system refused.
    #[error("the terminal cannot be set up: {0}")]
    System(#[from] io::Error),
}

impl StartError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NoTerminal(error) => error.hint(),
            Self::System(_) => "try another terminal, or use `fourfold run --json`".into(),
        }
    }
}

/// What the loop is woken by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// The person did something.
    Input(Input),
    /// The system asks the program to end.
    End(EndSignal),
}

impl Session {
    /// Takes the terminal. Must run inside the async runtime, before anything else reads keys.
    pub fn start(settings: &Settings) -> Result<Self, StartError> {
        let environment = Environment::of_process();
        environment.check()?;
        let background = environment.background(&settings.theme);
        let guard = Guard::of_terminal();
        let signals = Signals::listen(Arc::clone(&guard))?;
        if settings.mouse.is_on() {
            guard.set_mouse(Wanted::On)?;
        }
        let kitty = environment.kitty(settings.kitty_keyboard);
        if kitty == KittySetting::On {
            guard.set_kitty(Wanted::On)?;
        }
        let screen = Screen::new(Arc::clone(&guard), Screen::current_size()?)?;
        guard.enter()?;
        let input = InputReader::start()?;
        if kitty == KittySetting::Auto {
            guard.write(ASK_KITTY.as_bytes())?;
        }
        let clipboard = Clipboard::new(&environment);
        let level = environment.color_level(settings.colors);
        Ok(Self { guard, screen, level, background, input, signals, clipboard, kitty })
    }

    /// What comes next; nothing once the terminal is gone. Dropping the future loses nothing.
    ///
    /// The kitty protocol is switched on here when the terminal says that it speaks it, and not told.
    pub async fn next(&mut self) -> Option<Wake> {
        loop {
            let input = tokio::select! {
                signal = self.signals.next() => return Some(Wake::End(signal)),
                input = self.input.next() => input?,
            };
            if let Some(input) = self.settle(input) {
                return Some(Wake::Input(input));
            }
        }
    }

    /// An input that is there already: drain these before drawing.
    pub fn try_next(&mut self) -> Option<Input> {
        loop {
            let input = self.input.try_next()?;
            if let Some(input) = self.settle(input) {
                return Some(input);
            }
        }
    }

    /// Stops until the shell's `fg`. The next frame is drawn whole, at the size the terminal has then.
    pub async fn suspend(&mut self) -> io::Result<()> {
        let outcome = signals::suspend(&self.guard, &mut self.input).await;
        self.take_back()?;
        outcome
    }

    /// Hands `text` and the terminal to the person's editor. The next frame is drawn whole.
    pub async fn edit(
        &mut self,
        setting: Option<&str>,
        text: String,
        extension: String,
    ) -> Result<String, EditorError> {
        let command = external_editor::command(setting)?;
        let edited = external_editor::edit(&self.guard, &mut self.input, command, text, extension).await;
        self.take_back()?;
        edited
    }

    /// Copies `text` by the best route there is.
    pub fn copy(&mut self, text: &str) -> Result<Copied, ClipboardError> {
        self.clipboard.copy(text, &self.guard)
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.screen.resize(Screen::current_size()?)?;
        self.screen.redraw()
    }

    fn settle(&mut self, input: Input) -> Option<Input> {
        match input {
            Input::KittyKeyboard => {
                if self.kitty == KittySetting::Auto {
                    // Failing to switch it on leaves the classic keys, which all work.
                    let _ = self.guard.set_kitty(Wanted::On);
                }
                None
            }
            other => Some(other),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The panic hook may still share the guard, so that it would not leave by itself.
        let _ = self.guard.leave();
    }
}

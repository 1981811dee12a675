//! What the environment says about the terminal, and what follows: whether it will do at all, how many colours it shows.

use std::env;
use std::io::{self, IsTerminal};
use std::time::Duration;

use crate::config::settings::{ColorSetting, KittySetting, ThemeSetting};
use crate::theme::ColorLevel;

/// How long the terminal may take to say whether it is dark or light.
const BACKGROUND_TIMEOUT: Duration = Duration::from_millis(150);

/// What is read from the process's surroundings, once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact read from outside, none a choice of a caller")]
pub struct Environment {
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// `TERM_PROGRAM`.
    pub term_program: Option<String>,
    /// Whether `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// Whether the session came over SSH.
    pub over_ssh: bool,
    /// Whether tmux is in between.
    pub in_tmux: bool,
    /// Whether this is Windows Terminal.
    pub in_windows_terminal: bool,
    /// Whether this runs in the Windows Subsystem for Linux.
    pub in_wsl: bool,
    /// Whether keys can be read.
    pub input_is_terminal: bool,
    /// Whether a screen can be drawn.
    pub output_is_terminal: bool,
}

/// Why the full-screen program cannot run here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTerminal {
    /// Output goes to a file or a pipe.
    #[error("standard output is not a terminal")]
    Output,
    /// Input comes from a file or a pipe.
    #[error("standard input is not a terminal")]
    Input,
    /// `TERM=dumb`.
    #[error("this terminal cannot place a cursor (TERM=dumb)")]
    Dumb,
}

impl NoTerminal {
    /// What to do instead.
    pub fn hint(&self) -> String {
        match self {
            Self::Output | Self::Input => {
                "run it in a terminal window, or use `fourfold run --json` where there is none".into()
            }
            Self::Dumb => "set TERM to what your terminal is, or use `fourfold run --json`".into(),
        }
    }
}

/// Which kind of background the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Light text on dark.
    Dark,
    /// Dark text on light.
    Light,
}

impl Environment {
    /// The surroundings of this process.
    pub fn of_process() -> Self {
        let text = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            term: text("TERM"),
            colorterm: text("COLORTERM"),
            term_program: text("TERM_PROGRAM"),
            no_color: set("NO_COLOR"),
            over_ssh: set("SSH_TTY") || set("SSH_CONNECTION"),
            in_tmux: set("TMUX"),
            in_windows_terminal: set("WT_SESSION"),
            in_wsl: set("WSL_DISTRO_NAME"),
            input_is_terminal: io::stdin().is_terminal(),
            output_is_terminal: io::stdout().is_terminal(),
        }
    }

    /// Whether a full-screen program can run here.
    pub fn check(&self) -> Result<(), NoTerminal> {
        if !self.output_is_terminal {
            return Err(NoTerminal::Output);
        }
        if !self.input_is_terminal {
            return Err(NoTerminal::Input);
        }
        if self.term.as_deref() == Some("dumb") {
            return Err(NoTerminal::Dumb);
        }
        Ok(())
    }

    /// How much colour to use. What the user set wins over everything, `NO_COLOR` over every guess.
    pub fn color_level(&self, setting: ColorSetting) -> ColorLevel {
        match setting {
            ColorSetting::Truecolor => return ColorLevel::Truecolor,
            ColorSetting::Ansi256 => return ColorLevel::Ansi256,
            ColorSetting::Ansi16 => return ColorLevel::Ansi16,
            ColorSetting::Mono => return ColorLevel::Mono,
            ColorSetting::Auto => {}
        }
        if self.no_color {
            return ColorLevel::Mono;
        }
        let term = self.term.as_deref().unwrap_or_default();
        let by_name = level_by_name(term);
        match self.term_program.as_deref() {
            // It claims more in COLORTERM than it shows.
            Some("Apple_Terminal") => return ColorLevel::Ansi256,
            Some("iTerm.app" | "WezTerm" | "ghostty" | "vscode" | "rio" | "WarpTerminal") => {
                return ColorLevel::Truecolor;
            }
            _ => {}
        }
        // GNU screen keeps the outer COLORTERM and drops exact colours; tmux brings them down by itself.
        if term.starts_with("screen") && !self.in_tmux {
            return by_name;
        }
        if self.in_windows_terminal || matches!(self.colorterm.as_deref(), Some("truecolor" | "24bit")) {
            return ColorLevel::Truecolor;
        }
        if self.term.is_none() && cfg!(windows) { ColorLevel::Truecolor } else { by_name }
    }

    /// Why there are no colours at all; `None` where there are some.
    pub fn colourless(&self, setting: ColorSetting) -> Option<String> {
        if self.color_level(setting) != ColorLevel::Mono {
            return None;
        }
        let term = self.term.as_deref().unwrap_or_default();
        Some(match setting {
            ColorSetting::Mono => "the settings say colors = \"mono\"".to_owned(),
            _ if self.no_color => "NO_COLOR is set".to_owned(),
            _ => format!("this terminal shows none (TERM={term})"),
        })
    }

    /// Whether to use the kitty keyboard protocol; `Auto` means to ask the terminal first.
    pub fn kitty(&self, setting: KittySetting) -> KittySetting {
        // VS Code's terminal confirms the protocol under WSL and then loses keys; the Linux console has never heard of it.
        let known_bad =
            self.in_wsl && self.term_program.as_deref() == Some("vscode") || self.term.as_deref() == Some("linux");
        if setting == KittySetting::Auto && known_bad { KittySetting::Off } else { setting }
    }

    /// Asks the terminal whether it is dark or light, if `theme` depends on it. Must run before anything reads keys.
    ///
    /// Waits 150 ms at most; nothing where it does not answer, and nothing where it would not understand.
    pub fn background(&self, theme: &ThemeSetting) -> Option<Background> {
        if matches!(theme, ThemeSetting::One(_)) || self.check().is_err() {
            return None;
        }
        let mut options = terminal_colorsaurus::QueryOptions::default();
        options.timeout = BACKGROUND_TIMEOUT;
        // The ground alone: some terminals tell no colour of the text.
        let ground = terminal_colorsaurus::background_color(options).ok()?;
        Some(Background::of_lightness(ground.perceived_lightness()))
    }
}

impl Background {
    /// By the ground's perceived lightness, from 0 to 1.
    fn of_lightness(lightness: f32) -> Self {
        if lightness > 0.5 { Self::Light } else { Self::Dark }
    }
}

/// The name of the theme to load on this background; dark where nothing is known.
pub fn theme_for(theme: &ThemeSetting, background: Option<Background>) -> &str {
    match (theme, background) {
        (ThemeSetting::One(name), _) => name,
        (ThemeSetting::Pair { light, .. }, Some(Background::Light)) => light,
        (ThemeSetting::Pair { dark, .. }, Some(Background::Dark) | None) => dark,
    }
}

/// What the name in `TERM` alone promises.
fn level_by_name(term: &str) -> ColorLevel {
    const EXACT: [&str; 7] = ["direct", "truecolor", "kitty", "ghostty", "alacritty", "foot", "wezterm"];
    if EXACT.iter().any(|part| term.contains(part)) {
        ColorLevel::Truecolor
    } else if term.contains("256color") {
        ColorLevel::Ansi256
    } else if term.starts_with("vt1") || term.starts_with("vt2") || term.ends_with("-m") || term.ends_with("-mono") {
        ColorLevel::Mono
    } else {
        ColorLevel::Ansi16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(term: &str, colorterm: &str, program: &str) -> Environment {
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        Environment {
            term: text(term),
            colorterm: text(colorterm),
            term_program: text(program),
            input_is_terminal: true,
            output_is_terminal: true,
            ..Environment::default()
        }
    }

    #[test]
    fn colour_levels_of_known_terminals() {
        let table = [
            ("xterm-256color", "truecolor", "Apple_Terminal", ColorLevel::Ansi256),
            ("xterm-256color", "truecolor", "", ColorLevel::Truecolor),
            ("xterm-256color", "", "", ColorLevel::Ansi256),
            ("xterm-256color", "", "iTerm.app", ColorLevel::Truecolor),
            // SSH drops COLORTERM; the name is left.
            ("xterm-kitty", "", "", ColorLevel::Truecolor),
            ("alacritty", "", "", ColorLevel::Truecolor),
            ("screen.xterm-256color", "truecolor", "", ColorLevel::Ansi256),
            ("tmux-256color", "truecolor", "", ColorLevel::Truecolor),
            ("xterm", "", "", ColorLevel::Ansi16),
            ("linux", "", "", ColorLevel::Ansi16),
            ("vt220", "", "", ColorLevel::Mono),
            ("xterm-mono", "", "", ColorLevel::Mono),
        ];
        for (term, colorterm, program, level) in table {
            let environment = named(term, colorterm, program);
            assert_eq!(environment.color_level(ColorSetting::Auto), level, "{term} {colorterm} {program}");
            let no_color = Environment { no_color: true, ..environment };
            assert_eq!(no_color.color_level(ColorSetting::Auto), ColorLevel::Mono);
            assert_eq!(no_color.colourless(ColorSetting::Auto).as_deref(), Some("NO_COLOR is set"));
            assert_eq!(no_color.colourless(ColorSetting::Ansi16), None);
            assert_eq!(no_color.color_level(ColorSetting::Ansi16), ColorLevel::Ansi16, "a setting wins over NO_COLOR");
        }
        let inside_tmux = Environment { in_tmux: true, ..named("screen-256color", "truecolor", "tmux") };
        assert_eq!(inside_tmux.color_level(ColorSetting::Auto), ColorLevel::Truecolor);
        let windows = Environment { in_windows_terminal: true, ..named("", "", "") };
        assert_eq!(windows.color_level(ColorSetting::Auto), ColorLevel::Truecolor);
    }

    #[test]
    fn the_kitty_protocol_is_asked_for_where_it_is_sound() {
        let code = named("xterm-256color", "truecolor", "vscode");
        assert_eq!(code.kitty(KittySetting::Auto), KittySetting::Auto);
        let code_in_wsl = Environment { in_wsl: true, ..code };
        assert_eq!(code_in_wsl.kitty(KittySetting::Auto), KittySetting::Off);
        assert_eq!(code_in_wsl.kitty(KittySetting::On), KittySetting::On);
        assert_eq!(named("linux", "", "").kitty(KittySetting::Auto), KittySetting::Off);
    }

    #[test]
    fn where_nothing_can_be_drawn_it_says_so() {
        let good = named("xterm", "", "");
        assert_eq!(good.check(), Ok(()));
        assert_eq!(Environment { output_is_terminal: false, ..good.clone() }.check(), Err(NoTerminal::Output));
        assert_eq!(Environment { input_is_terminal: false, ..good }.check(), Err(NoTerminal::Input));
        assert_eq!(named("dumb", "", "").check(), Err(NoTerminal::Dumb));
    }

    #[test]
    fn the_ground_alone_tells_dark_from_light() {
        let of = |r: u16, g: u16, b: u16| {
            let colour = terminal_colorsaurus::Color::rgb(r * 257, g * 257, b * 257);
            Background::of_lightness(colour.perceived_lightness())
        };
        // Catppuccin's two grounds, Solarized's two, white and black.
        for (r, g, b) in [(0x1e, 0x1e, 0x2e), (0x00, 0x2b, 0x36), (0, 0, 0)] {
            assert_eq!(of(r, g, b), Background::Dark);
        }
        for (r, g, b) in [(0xef, 0xf1, 0xf5), (0xfd, 0xf6, 0xe3), (0xff, 0xff, 0xff)] {
            assert_eq!(of(r, g, b), Background::Light);
        }
    }

    #[test]
    fn one_theme_never_asks_the_terminal_and_a_pair_follows_it() {
        let one = ThemeSetting::One("nord".into());
        let pair = ThemeSetting::Pair { dark: "nord".into(), light: "catppuccin-latte".into() };
        assert_eq!(named("xterm", "", "").background(&one), None);
        assert_eq!(named("dumb", "", "").background(&pair), None);
        let table = [
            (&one, Some(Background::Light), "nord"),
            (&pair, Some(Background::Light), "catppuccin-latte"),
            (&pair, Some(Background::Dark), "nord"),
            (&pair, None, "nord"),
        ];
        for (theme, background, name) in table {
            assert_eq!(theme_for(theme, background), name);
        }
    }
}

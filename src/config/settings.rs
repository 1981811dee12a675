//! The user's own settings, `config.toml` in the settings folder: how the terminal looks and which keys do what.
//!
//! What belongs to a workbench (models, arms, data) is in `fourfold.toml`, never here. Every fault names file and line.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use toml::Spanned;

use super::key_commands::KeyCommands;
pub use super::location::{Location, NamedBy, PATH_VARIABLE};
use super::problem::line_of;
use crate::keys::{KeyOverride, Spelling};
use crate::model::Price;

/// Which theme, or which two for dark and light terminals.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "expected a theme's name or { dark = \"...\", light = \"...\" }")]
pub enum ThemeSetting {
    /// One theme, by name.
    One(String),
    /// A theme for each kind of terminal background; the terminal is asked once, at start.
    Pair {
        /// On a dark background, and when the terminal does not say.
        dark: String,
        /// On a light background.
        light: String,
    },
}

impl Default for ThemeSetting {
    fn default() -> Self {
        Self::One("terminal".into())
    }
}

/// How many colours to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum ColorSetting {
    /// As many as the terminal is known to show.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// 24-bit colour.
    #[serde(rename = "truecolor")]
    Truecolor,
    /// The 256 colours of xterm.
    #[serde(rename = "256")]
    Ansi256,
    /// The terminal's own 16.
    #[serde(rename = "16")]
    Ansi16,
    /// None: bold, underline and reverse only.
    #[serde(rename = "mono")]
    Mono,
}

/// Whether to use the kitty keyboard protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KittySetting {
    /// Where the terminal is known for it and confirms it.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// A switch in the settings file, written `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "bool")]
pub enum Switch {
    /// `true`.
    On,
    /// `false`.
    Off,
}

impl From<bool> for Switch {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

impl Switch {
    /// Whether it is on.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Everything a user can set.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `theme`: a name, or a pair for dark and light.
    pub theme: ThemeSetting,
    /// `colors`: auto, truecolor, 256, 16 or mono.
    pub colors: ColorSetting,
    /// `kitty_keyboard`: auto, on or off.
    pub kitty_keyboard: KittySetting,
    /// `mouse`: whether the program takes the mouse at start; it can be switched while running.
    pub mouse: Switch,
    /// `editor`: the command when neither VISUAL nor EDITOR is set.
    pub editor: Option<String>,
    /// `prefix_delay`, in milliseconds: how long after a prefix key the list of its continuations appears.
    pub prefix_delay: Duration,
    /// The `[keys]` table, in file order.
    pub keys: Vec<KeyOverride>,
    /// The `[api_keys]` table: commands that print a provider's key, by the provider's name.
    pub api_keys: BTreeMap<String, String>,
    /// `ca_bundle`: a PEM file of certificates that are trusted beside the system's.
    pub ca_bundle: Option<PathBuf>,
    /// The `[prices]` table: what a model costs, by its provider's name for it.
    pub prices: BTreeMap<String, Price>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeSetting::default(),
            colors: ColorSetting::Auto,
            kitty_keyboard: KittySetting::Auto,
            mouse: Switch::On,
            editor: None,
            prefix_delay: Duration::from_millis(250),
            keys: Vec::new(),
            api_keys: BTreeMap::new(),
            ca_bundle: None,
            prices: BTreeMap::new(),
        }
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file exists and cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The settings file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file named by [`PATH_VARIABLE`] does not exist.
    #[error("{}: no such file, named by {PATH_VARIABLE}", path.display())]
    Missing {
        /// The file it names.
        path: PathBuf,
    },
    /// The text is no TOML, or a key or value is unknown.
    #[error("{}:{line}: {message}", path.display())]
    Invalid {
        /// The settings file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
}

impl SettingsError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => "check the file's permissions".into(),
            Self::Missing { .. } => format!("create the file or unset {PATH_VARIABLE}"),
            Self::Invalid { .. } => {
                "the keys are theme, colors, kitty_keyboard, mouse, editor, prefix_delay, ca_bundle and the \
                 tables [keys], [api_keys] and [prices]"
                    .into()
            }
        }
    }
}

impl Settings {
    /// The settings in the user's file; the defaults where there is none.
    pub fn load(location: &Location) -> Result<Self, SettingsError> {
        match fs::read_to_string(&location.file) {
            Ok(text) => Self::parse(&text, &location.file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match location.named_by {
                NamedBy::Convention => Ok(Self::default()),
                NamedBy::Variable => Err(SettingsError::Missing { path: location.file.clone() }),
            },
            Err(source) => Err(SettingsError::Unreadable { path: location.file.clone(), source }),
        }
    }

    /// The settings in `text`, which came from the file at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, SettingsError> {
        let file: File = toml::from_str(text).map_err(|error| SettingsError::Invalid {
            path: path.into(),
            line: line_of(text, &error.span().unwrap_or_default()),
            message: error.message().to_owned(),
        })?;
        if let Some((model, price)) = file.prices.iter().find(|(_, price)| !price.get_ref().is_sound()) {
            return Err(SettingsError::Invalid {
                path: path.into(),
                line: line_of(text, &price.span()),
                message: format!("the price of {model:?} is not an amount of dollars for a million tokens: 0 or more"),
            });
        }
        let default = Self::default();
        Ok(Self {
            theme: file.theme.unwrap_or(default.theme),
            colors: file.colors.unwrap_or(default.colors),
            kitty_keyboard: file.kitty_keyboard.unwrap_or(default.kitty_keyboard),
            mouse: file.mouse.unwrap_or(default.mouse),
            editor: file.editor,
            prefix_delay: file.prefix_delay.map_or(default.prefix_delay, |delay| Duration::from_millis(delay.into())),
            keys: overrides(file.keys, text),
            api_keys: file.api_keys.into_lines(),
            ca_bundle: file.ca_bundle,
            prices: file.prices.into_iter().map(|(model, price)| (model, price.into_inner())).collect(),
        })
    }
}

/// The file as serde sees it. A key that is not here is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    theme: Option<ThemeSetting>,
    colors: Option<ColorSetting>,
    kitty_keyboard: Option<KittySetting>,
    mouse: Option<Switch>,
    editor: Option<String>,
    /// 16 bits: a minute is far beyond any use.
    prefix_delay: Option<u16>,
    ca_bundle: Option<PathBuf>,
    #[serde(default)]
    keys: HashMap<Spanned<String>, Chords>,
    #[serde(default)]
    api_keys: KeyCommands,
    #[serde(default)]
    prices: BTreeMap<String, Spanned<Price>>,
}

/// What stands behind an action: a list of chords, or one by itself.
enum Chords {
    One(String),
    Several(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for Chords {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Chords;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a chord such as \"ctrl+r\", or a list of them")
            }

            fn visit_str<E: de::Error>(self, chord: &str) -> Result<Chords, E> {
                Ok(Chords::One(chord.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Chords, A::Error> {
                let mut chords = Vec::new();
                while let Some(chord) = list.next_element()? {
                    chords.push(chord);
                }
                Ok(Chords::Several(chords))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

fn overrides(table: HashMap<Spanned<String>, Chords>, text: &str) -> Vec<KeyOverride> {
    let spelled = |chord: Spanned<String>| Spelling { line: line_of(text, &chord.span()), text: chord.into_inner() };
    let mut keys: Vec<KeyOverride> = table
        .into_iter()
        .map(|(action, chords)| {
            let line = line_of(text, &action.span());
            let chords = match chords {
                Chords::One(text) => vec![Spelling { text, line }],
                Chords::Several(chords) => chords.into_iter().map(spelled).collect(),
            };
            KeyOverride { line, action: action.into_inner(), chords }
        })
        .collect();
    keys.sort_by(|left, right| left.line.cmp(&right.line).then_with(|| left.action.cmp(&right.action)));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, SettingsError> {
        Settings::parse(text, Path::new("/home/u/config.toml"))
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        assert_eq!(parse("# nothing yet\n").unwrap(), Settings::default());
    }

    #[test]
    fn every_key_is_read() {
        let settings = parse(
            r#"
theme = { dark = "nord", light = "catppuccin-latte" }
colors = "256"
kitty_keyboard = "off"
mouse = false
editor = "code --wait"
prefix_delay = 100
ca_bundle = "/etc/ca.pem"

[api_keys]
openai = { command = "pass show openai" }

[prices]
"gpt-x" = { input = 1, output = 2.5 }

[keys]
run = ["ctrl+r",
       "f5"]
"quit" = []
save = "f2"
"#,
        )
        .unwrap();
        let spelling = |text: &str, line| Spelling { text: text.into(), line };
        let expected = Settings {
            theme: ThemeSetting::Pair { dark: "nord".into(), light: "catppuccin-latte".into() },
            colors: ColorSetting::Ansi256,
            kitty_keyboard: KittySetting::Off,
            mouse: Switch::Off,
            editor: Some("code --wait".into()),
            prefix_delay: Duration::from_millis(100),
            keys: vec![
                KeyOverride {
                    action: "run".into(),
                    chords: vec![spelling("ctrl+r", 17), spelling("f5", 18)],
                    line: 17,
                },
                KeyOverride { action: "quit".into(), chords: vec![], line: 19 },
                KeyOverride { action: "save".into(), chords: vec![spelling("f2", 20)], line: 20 },
            ],
            api_keys: BTreeMap::from([("openai".into(), "pass show openai".into())]),
            ca_bundle: Some("/etc/ca.pem".into()),
            prices: BTreeMap::from([("gpt-x".into(), Price { input: 1.0, output: 2.5, cached: None })]),
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn faults_name_file_line_and_what_would_do() {
        let table = [
            "mouse = true\n\ncolour = \"256\"\n",
            "theme = \"nord\"\ncolors = \"rainbow\"\n",
            "\ntheme = { dark = \"nord\" }\n",
            "theme = \"nord\ncolors = \"16\"\n",
            "prefix_delay = -1\n",
            "[keys]\nrun = 5\n",
            "mouse = \"yes\"\n",
        ];
        let told: Vec<String> = table.iter().map(|text| parse(text).unwrap_err().to_string()).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        /home/u/config.toml:3: unknown field `colour`, expected one of `theme`, `colors`, `kitty_keyboard`, `mouse`, `editor`, `prefix_delay`, `ca_bundle`, `keys`, `api_keys`, `prices`
        /home/u/config.toml:2: unknown variant `rainbow`, expected one of `auto`, `truecolor`, `256`, `16`, `mono`
        /home/u/config.toml:2: expected a theme's name or { dark = "...", light = "..." }
        /home/u/config.toml:1: invalid basic string, expected `"`
        /home/u/config.toml:1: invalid value: integer `-1`, expected u16
        /home/u/config.toml:2: invalid type: integer `5`, expected a chord such as "ctrl+r", or a list of them
        /home/u/config.toml:1: invalid type: string "yes", expected a boolean
        "#);
    }

    #[test]
    fn a_price_is_an_amount() {
        for price in
            ["{ input = -1.0, output = 2.5 }", "{ input = 1.0, output = nan }", "{ input = inf, output = 0.0 }"]
        {
            let text = format!("theme = \"nord\"\n[prices]\ngpt-x = {price}\n");
            let error = Settings::parse(&text, Path::new("config.toml")).unwrap_err().to_string();
            assert!(error.starts_with("config.toml:3: the price of \"gpt-x\""), "{error}");
        }
    }

    #[test]
    fn a_key_in_the_settings_is_refused_and_not_repeated() {
        for text in [
            "\napi_keys = \"sk-canary\"\n",
            "[api_keys]\nopenai = \"sk-canary\"\n",
            "[api_keys]\nopenai = { env = \"sk-canary\" }\n",
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(":2: ") && !error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_missing_file_is_the_defaults_unless_it_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let by_convention = Location::find(None, || Some(folder.path().into())).unwrap();
        assert_eq!(by_convention.themes, folder.path().join("themes"));
        assert_eq!(Settings::load(&by_convention).unwrap(), Settings::default());
        let named = Location::find(Some(folder.path().join("mine.toml")), || None).unwrap();
        assert!(matches!(Settings::load(&named), Err(SettingsError::Missing { .. })));
        fs::write(&named.file, "colors = \"mono\"").unwrap();
        assert_eq!(Settings::load(&named).unwrap().colors, ColorSetting::Mono);
    }
}

//! A theme file: name, variant, what it inherits, a palette, and what each role looks like. Faults name file and line.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ratatui::style::Modifier;
use serde::Deserialize;
use toml::Spanned;

use super::paint::Paint;
use super::role::Role;
use crate::config::line_of;

/// Which kind of background a theme is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// Light text on a dark ground.
    Dark,
    /// Dark text on a light ground.
    Light,
    /// The terminal's own ground, whichever it is.
    Any,
}

/// A theme that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The theme file or the folder of themes.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is no TOML, or a key or value is unknown.
    #[error("{}:{line}: {message}", path.display())]
    Invalid {
        /// The theme file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// A colour that is neither in the palette nor a colour.
    #[error("{}:{line}: `{color}` is no colour and not in the palette", path.display())]
    UnknownColor {
        /// The theme file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// As written.
        color: String,
    },
    /// A role this program does not have.
    #[error("{}:{line}: there is no role `{role}`", path.display())]
    UnknownRole {
        /// The theme file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// As written.
        role: String,
    },
    /// No theme has this name.
    #[error("there is no theme `{name}`")]
    UnknownTheme {
        /// As asked for.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// A theme inherits from itself, directly or not.
    #[error("theme `{name}` inherits from itself")]
    Circle {
        /// The theme that comes round again.
        name: String,
    },
}

impl ThemeError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => "check the file's permissions".into(),
            Self::Invalid { .. } => {
                "a theme has name, variant, inherits, [palette] and [roles]; the shipped themes/ folder shows how".into()
            }
            Self::UnknownColor { .. } => {
                "write \"#rrggbb\", a name of the terminal's sixteen such as \"bright-red\", \"default\", or a [palette] entry"
                    .into()
            }
            Self::UnknownRole { .. } => "themes/terminal.toml lists every role".into(),
            Self::UnknownTheme { known, .. } => format!("there are {}", known.join(", ")),
            Self::Circle { .. } => "remove one `inherits` line of the circle".into(),
        }
    }
}

/// One file, read but not yet merged with what it inherits.
#[derive(Debug)]
pub(super) struct ThemeFile {
    pub(super) title: String,
    pub(super) variant: Variant,
    pub(super) inherits: Option<String>,
    pub(super) palette: HashMap<String, Paint>,
    pub(super) roles: HashMap<Role, Written>,
}

/// How a role is written, with its place for messages.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) line: usize,
    pub(super) foreground: Option<String>,
    pub(super) background: Option<String>,
    pub(super) underline: Option<String>,
    pub(super) modifiers: Modifier,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    variant: Variant,
    inherits: Option<String>,
    #[serde(default)]
    palette: HashMap<String, Spanned<String>>,
    #[serde(default)]
    roles: HashMap<Spanned<String>, Look>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a colour or { fg, bg, underline, modifiers }")]
enum Look {
    Foreground(String),
    Full(FullLook),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FullLook {
    fg: Option<String>,
    bg: Option<String>,
    underline: Option<String>,
    #[serde(default)]
    modifiers: Vec<ModifierName>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum ModifierName {
    Bold,
    Dim,
    Italic,
    Underlined,
    Reversed,
    CrossedOut,
}

impl From<ModifierName> for Modifier {
    fn from(name: ModifierName) -> Self {
        match name {
            ModifierName::Bold => Self::BOLD,
            ModifierName::Dim => Self::DIM,
            ModifierName::Italic => Self::ITALIC,
            ModifierName::Underlined => Self::UNDERLINED,
            ModifierName::Reversed => Self::REVERSED,
            ModifierName::CrossedOut => Self::CROSSED_OUT,
        }
    }
}

impl ThemeFile {
    /// Reads the text of the theme file at `path`.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text).map_err(|error| ThemeError::Invalid {
            path: path.into(),
            line: line_of(text, &error.span().unwrap_or_default()),
            message: error.message().to_owned(),
        })?;
        let mut palette = HashMap::new();
        for (name, color) in file.palette {
            let Some(paint) = Paint::parse(color.get_ref()) else {
                let line = line_of(text, &color.span());
                return Err(ThemeError::UnknownColor { path: path.into(), line, color: color.into_inner() });
            };
            palette.insert(name, paint);
        }
        let mut roles = HashMap::new();
        for (id, look) in file.roles {
            let line = line_of(text, &id.span());
            let Some(role) = Role::from_id(id.get_ref()) else {
                return Err(ThemeError::UnknownRole { path: path.into(), line, role: id.into_inner() });
            };
            let look = match look {
                Look::Foreground(color) => {
                    FullLook { fg: Some(color), bg: None, underline: None, modifiers: Vec::new() }
                }
                Look::Full(full) => full,
            };
            let modifiers = look.modifiers.into_iter().map(Modifier::from).fold(Modifier::empty(), Modifier::union);
            let (foreground, background, underline) = (look.fg, look.bg, look.underline);
            roles.insert(role, Written { path: path.into(), line, foreground, background, underline, modifiers });
        }
        Ok(Self { title: file.name, variant: file.variant, inherits: file.inherits, palette, roles })
    }

    /// Lays this file over the one it inherits: its palette entries and roles win.
    pub(super) fn over(mut self, mut parent: Self) -> Self {
        parent.palette.extend(self.palette);
        parent.roles.extend(self.roles);
        self.palette = parent.palette;
        self.roles = parent.roles;
        self.inherits = parent.inherits;
        self
    }

    /// The colour behind a name of the palette, or behind a colour as written.
    pub(super) fn paint(&self, written: &str) -> Option<Paint> {
        self.palette.get(written).copied().or_else(|| Paint::parse(written))
    }
}

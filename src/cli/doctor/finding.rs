//! One line of `fourfold doctor`: what was looked at, how it is, and what to do where it is not well.

use serde::Serialize;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// As it should be.
    Fine,
    /// Good to know; nothing is wrong.
    Note,
    /// Wrong, and there is something to do.
    Fault,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Area {
    Terminal,
    Settings,
    Workbench,
    Providers,
    Models,
    Database,
    Disk,
}

impl Area {
    /// All of them, in the order they are told in.
    pub(super) const ALL: [Self; 7] =
        [Self::Terminal, Self::Settings, Self::Workbench, Self::Providers, Self::Models, Self::Database, Self::Disk];

    /// The heading of its lines.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Settings => "settings",
            Self::Workbench => "workbench",
            Self::Providers => "providers",
            Self::Models => "models",
            Self::Database => "database",
            Self::Disk => "disk",
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) area: Area,
    pub(super) verdict: Verdict,
    /// What it is about: a setting, a model, a file.
    pub(super) subject: String,
    /// How it is.
    pub(super) what: String,
    /// What to do next; empty where there is nothing.
    pub(super) hint: String,
    /// Who set a value: `fourfold.toml:12`, `default`, a variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<String>,
    /// Its words in the line of its area, where it has some there.
    #[serde(skip)]
    pub(super) short: Option<String>,
}

impl Finding {
    fn new(area: Area, verdict: Verdict, subject: impl Into<String>, what: impl Into<String>) -> Self {
        let (subject, what) = (subject.into(), what.into());
        Self { area, verdict, subject, what, hint: String::new(), origin: None, short: None }
    }

    pub(super) fn fine(area: Area, subject: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(area, Verdict::Fine, subject, what)
    }

    pub(super) fn note(area: Area, subject: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(area, Verdict::Note, subject, what)
    }

    pub(super) fn fault(
        area: Area,
        subject: impl Into<String>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { hint: hint.into(), ..Self::new(area, Verdict::Fault, subject, what) }
    }

    /// The same with what to do.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// The same with its words in the line of its area.
    pub(super) fn short(self, words: impl Into<String>) -> Self {
        Self { short: Some(words.into()), ..self }
    }

    /// The same with who set it.
    pub(super) fn origin(self, origin: impl Into<String>) -> Self {
        Self { origin: Some(origin.into()), ..self }
    }
}

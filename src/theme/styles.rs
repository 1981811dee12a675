//! A theme ready to draw with: one style for each role, already brought down to what the terminal shows.

use ratatui::style::{Color, Modifier, Style};

use super::file::{ThemeError, ThemeFile, Variant, Written};
use super::level::{self, ColorLevel};
use super::paint::{Paint, Rgb};
use super::role::Role;

/// Text keeps its contrast up to this ratio when colours are reduced.
const KEPT_CONTRAST: f64 = 7.0;

/// One style for each role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    id: String,
    title: String,
    variant: Variant,
    level: ColorLevel,
    styles: Vec<Style>,
}

/// What a role looks like before the level is applied.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Look {
    pub(super) foreground: Option<Paint>,
    pub(super) background: Option<Paint>,
    pub(super) underline: Option<Paint>,
    pub(super) modifiers: Modifier,
}

impl Theme {
    /// The look without any theme: the terminal's own text on its own ground, with bold, dim and reverse.
    pub fn plain() -> Self {
        let styles = Role::ALL.iter().map(|role| Style::default().add_modifier(role.marks_without_colour())).collect();
        Self { id: "plain".into(), title: "Plain".into(), variant: Variant::Any, level: ColorLevel::Mono, styles }
    }

    /// The style of a role, to patch onto what is below it.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// Whether it has a ground of its own; without one the screen begins as the terminal's own empty cells.
    pub fn has_ground(&self) -> bool {
        let terminals = Style::new().fg(Color::Reset).bg(Color::Reset);
        terminals.patch(self.style(Role::Ground)) != terminals
    }

    /// The name it is chosen by, as in `theme = "nord"`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name to show.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Which kind of background it is made for.
    pub fn variant(&self) -> Variant {
        self.variant
    }

    /// How much colour it uses.
    pub fn level(&self) -> ColorLevel {
        self.level
    }

    pub(super) fn build(id: &str, file: &ThemeFile, level: ColorLevel) -> Result<Self, ThemeError> {
        let looks = looks(file)?;
        let ground = looks.get(Role::Ground as usize).and_then(|look| look.background);
        let styles = Role::ALL.iter().zip(&looks).map(|(role, look)| style(*role, *look, ground, level)).collect();
        Ok(Self { id: id.into(), title: file.title.clone(), variant: file.variant, level, styles })
    }
}

/// The looks of all roles, in their order, with fallbacks filled in.
pub(super) fn looks(file: &ThemeFile) -> Result<Vec<Look>, ThemeError> {
    Role::ALL
        .iter()
        .map(|role| {
            let mut role = *role;
            let written = loop {
                if let Some(written) = file.roles.get(&role) {
                    break Some(written);
                }
                if role == role.fallback() {
                    break None;
                }
                role = role.fallback();
            };
            written.map_or(Ok(Look::default()), |written| look(file, written))
        })
        .collect()
}

fn look(file: &ThemeFile, written: &Written) -> Result<Look, ThemeError> {
    let paint = |name: &Option<String>| match name {
        None => Ok(None),
        Some(name) => file.paint(name).map(Some).ok_or_else(|| ThemeError::UnknownColor {
            path: written.path.clone(),
            line: written.line,
            color: name.clone(),
        }),
    };
    Ok(Look {
        foreground: paint(&written.foreground)?,
        background: paint(&written.background)?,
        underline: paint(&written.underline)?,
        modifiers: written.modifiers,
    })
}

fn style(role: Role, look: Look, ground: Option<Paint>, level: ColorLevel) -> Style {
    let exact = |paint: Option<Paint>| paint.and_then(Paint::rgb);
    let on: Option<Rgb> = exact(look.background).or_else(|| exact(ground));
    let foreground = look.foreground.and_then(|paint| level::text(paint, on, KEPT_CONTRAST, level));
    let background = look.background.and_then(|paint| level::ground(paint, level));
    let underline = look.underline.and_then(|paint| level::text(paint, None, 0.0, level));
    let lost_colour = match level {
        ColorLevel::Mono => true,
        ColorLevel::Ansi16 => {
            exact(look.background).is_some() || (exact(look.foreground).is_some() && foreground == Some(Color::Reset))
        }
        ColorLevel::Ansi256 | ColorLevel::Truecolor => false,
    };
    let marks = if lost_colour { role.marks_without_colour() } else { Modifier::empty() };
    Style {
        fg: foreground,
        bg: background,
        underline_color: underline,
        add_modifier: look.modifiers | marks,
        sub_modifier: Modifier::empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::library::{BUILT_IN, Library};
    use super::super::oklab::contrast;
    use super::*;

    fn theme(name: &str, level: ColorLevel) -> Theme {
        Library::default().load(name, level).unwrap()
    }

    /// What a colour of the drawing library is on the screen, where it is exact.
    fn exact(color: Option<Color>) -> Option<Rgb> {
        match color? {
            Color::Rgb(red, green, blue) => Some(Rgb(red, green, blue)),
            Color::Indexed(index) if index >= 16 => Some(level::fixed(index)),
            _ => None,
        }
    }

    /// Text that is read: on every ground it can stand on.
    const BODY: &[Role] =
        &[Role::Text, Role::Title, Role::CodeBlock, Role::TableHead, Role::Status, Role::SyntaxVariable];
    /// Words that carry a meaning by their colour as well: read on the screen and on overlays.
    const MESSAGES: &[Role] = &[
        Role::Accent,
        Role::TitleFocused,
        Role::Key,
        Role::Success,
        Role::Warning,
        Role::Error,
        Role::Info,
        Role::Heading,
        Role::Code,
        Role::Link,
        Role::MessageSystem,
        Role::MessageUser,
        Role::MessageAssistant,
        Role::TemplateVariable,
        Role::TemplateTag,
        Role::TemplateError,
        Role::TemplateUnused,
        Role::ArmA,
        Role::ArmB,
        Role::ArmC,
        Role::ArmD,
        Role::ScoreGood,
        Role::ScoreBad,
        Role::Marker,
        Role::ListMarker,
    ];
    /// Text that steps back, and the colours of code.
    const QUIET: &[Role] = &[
        Role::Muted,
        Role::Disabled,
        Role::Label,
        Role::Address,
        Role::Html,
        Role::TemplateComment,
        Role::SyntaxComment,
        Role::SyntaxString,
        Role::SyntaxEscape,
        Role::SyntaxNumber,
        Role::SyntaxConstant,
        Role::SyntaxKeyword,
        Role::SyntaxOperator,
        Role::SyntaxFunction,
        Role::SyntaxType,
        Role::SyntaxProperty,
        Role::SyntaxTag,
        Role::SyntaxAttribute,
        Role::SyntaxPunctuation,
        Role::SyntaxInvalid,
    ];
    /// Roles that bring their own ground.
    const SELF_CONTAINED: &[Role] = &[
        Role::Ground,
        Role::Overlay,
        Role::Selection,
        Role::Match,
        Role::CurrentMatch,
        Role::Status,
        Role::Badge,
        Role::DiffAdded,
        Role::DiffRemoved,
        Role::DiffAddedWord,
        Role::DiffRemovedWord,
    ];
    const SCREEN: &[Role] = &[Role::Ground, Role::Overlay];
    const EVERYWHERE: &[Role] = &[
        Role::Ground,
        Role::Overlay,
        Role::Selection,
        Role::Status,
        Role::DiffAdded,
        Role::DiffRemoved,
        Role::DiffAddedWord,
        Role::DiffRemovedWord,
    ];

    /// Every pair of text and ground that falls short.
    fn shortfalls(theme: &Theme, texts: &[Role], grounds: &[Role], minimum: f64) -> Vec<String> {
        let mut found = Vec::new();
        for text in texts {
            for ground in grounds {
                let text_color = exact(theme.style(*text).fg).expect("a text colour");
                let ground_color = exact(theme.style(*ground).bg).expect("a ground colour");
                let ratio = contrast(text_color, ground_color);
                if ratio < minimum {
                    found.push(format!("{}: {} on {} {ratio:.2} < {minimum}", theme.id(), text.id(), ground.id()));
                }
            }
        }
        found
    }

    fn all_shortfalls(theme: &Theme) -> Vec<String> {
        let high = theme.id().starts_with("high-contrast");
        let (body, quiet) = if high { (7.0, 7.0) } else { (4.5, 3.0) };
        let mut found = shortfalls(theme, BODY, EVERYWHERE, body);
        found.extend(shortfalls(theme, MESSAGES, SCREEN, body));
        found.extend(shortfalls(theme, MESSAGES, EVERYWHERE, quiet));
        found.extend(shortfalls(theme, QUIET, EVERYWHERE, quiet));
        for role in SELF_CONTAINED {
            found.extend(shortfalls(theme, &[*role], &[*role], body));
        }
        found
    }

    #[test]
    fn every_text_reads_on_every_ground_it_can_stand_on() {
        for (name, _) in BUILT_IN.iter().filter(|(name, _)| *name != "terminal") {
            assert_eq!(all_shortfalls(&theme(name, ColorLevel::Truecolor)), Vec::<String>::new());
        }
    }

    #[test]
    fn text_still_reads_with_256_colours() {
        for (name, _) in BUILT_IN.iter().filter(|(name, _)| *name != "terminal") {
            let theme = theme(name, ColorLevel::Ansi256);
            let high = name.starts_with("high-contrast");
            let body = if high { 7.0 } else { 4.5 };
            let mut found = shortfalls(&theme, &[Role::Text], EVERYWHERE, body);
            found.extend(shortfalls(&theme, MESSAGES, &[Role::Ground], body));
            found.extend(shortfalls(&theme, QUIET, &[Role::Ground], 3.0));
            assert_eq!(found, Vec::<String>::new());
        }
    }

    #[test]
    fn the_default_theme_leaves_the_terminal_its_ground_and_never_uses_black_or_white() {
        assert!(!Theme::plain().has_ground());
        assert!(!Library::default_theme(ColorLevel::Ansi16).has_ground());
        for level in [ColorLevel::Truecolor, ColorLevel::Ansi256, ColorLevel::Ansi16] {
            let theme = theme("terminal", level);
            for role in Role::ALL {
                let style = theme.style(*role);
                assert!(matches!(style.bg, None | Some(Color::Reset)), "{role:?} paints a ground");
                let extremes = [Color::Black, Color::White, Color::Gray, Color::DarkGray];
                assert!(style.fg.is_none_or(|color| !extremes.contains(&color)), "{role:?} is {:?}", style.fg);
                assert!(exact(style.fg).is_none(), "{role:?} is an exact colour");
            }
        }
    }

    #[test]
    fn nothing_that_matters_rests_on_colour_alone() {
        for (name, _) in BUILT_IN {
            for level in [ColorLevel::Mono, ColorLevel::Ansi16] {
                let theme = theme(name, level);
                assert!(theme.style(Role::Selection).add_modifier.contains(Modifier::REVERSED), "{name} {level:?}");
                assert!(theme.style(Role::CurrentMatch).add_modifier.contains(Modifier::REVERSED), "{name} {level:?}");
                for role in [Role::TitleFocused, Role::BorderFocused, Role::DiffAddedWord, Role::DiffRemovedWord] {
                    assert!(theme.style(role).add_modifier.contains(Modifier::BOLD), "{name} {level:?} {role:?}");
                }
                assert!(!theme.style(Role::Border).add_modifier.contains(Modifier::BOLD));
            }
            let mono = theme(name, ColorLevel::Mono);
            for role in Role::ALL {
                let style = mono.style(*role);
                assert_eq!((style.fg, style.bg, style.underline_color), (None, None, None), "{name} {role:?}");
            }
        }
    }

    #[test]
    fn sixteen_colours_never_paint_an_exact_ground() {
        for (name, _) in BUILT_IN {
            let theme = theme(name, ColorLevel::Ansi16);
            for role in Role::ALL {
                assert!(matches!(theme.style(*role).bg, None | Some(Color::Reset)), "{name} {role:?}");
                assert!(exact(theme.style(*role).fg).is_none(), "{name} {role:?}");
            }
        }
    }

    #[test]
    fn the_plain_look_marks_without_colour() {
        assert_eq!(Theme::plain().style(Role::Selection), Style::default().add_modifier(Modifier::REVERSED));
    }
}

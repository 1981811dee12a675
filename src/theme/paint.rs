//! One colour as a theme file writes it: `#rrggbb`, a name of the terminal's own sixteen, or `default`.

use ratatui::style::Color;

/// A colour of the screen, 8 bits a channel, sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// What a theme paints with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paint {
    /// The terminal's own text colour or background.
    Default,
    /// One of the terminal's own sixteen colours, 0 to 15.
    Ansi(u8),
    /// An exact colour.
    Rgb(Rgb),
}

const ANSI_NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

impl Paint {
    /// The colour written as `#rrggbb`, a name of the sixteen, or `default`.
    pub fn parse(written: &str) -> Option<Self> {
        if written == "default" {
            return Some(Self::Default);
        }
        if let Some(index) = ANSI_NAMES.iter().position(|name| *name == written) {
            return u8::try_from(index).ok().map(Self::Ansi);
        }
        let digits = written.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let channel = |range| u8::from_str_radix(digits.get(range)?, 16).ok();
        Some(Self::Rgb(Rgb(channel(0..2)?, channel(2..4)?, channel(4..6)?)))
    }

    /// The exact colour, where there is one.
    pub fn rgb(self) -> Option<Rgb> {
        match self {
            Self::Rgb(rgb) => Some(rgb),
            Self::Default | Self::Ansi(_) => None,
        }
    }

    /// The colour as the drawing library names it.
    pub(super) fn color(self) -> Color {
        match self {
            Self::Default => Color::Reset,
            Self::Ansi(index) => ansi_color(index),
            Self::Rgb(Rgb(red, green, blue)) => Color::Rgb(red, green, blue),
        }
    }
}

/// The sixteen by name: they go out in the short form, which every terminal paints with its own palette.
pub(super) fn ansi_color(index: u8) -> Color {
    match index {
        0 => Color::Black,
        1 => Color::Red,
        2 => Color::Green,
        3 => Color::Yellow,
        4 => Color::Blue,
        5 => Color::Magenta,
        6 => Color::Cyan,
        7 => Color::Gray,
        8 => Color::DarkGray,
        9 => Color::LightRed,
        10 => Color::LightGreen,
        11 => Color::LightYellow,
        12 => Color::LightBlue,
        13 => Color::LightMagenta,
        14 => Color::LightCyan,
        15 => Color::White,
        other => Color::Indexed(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_as_written() {
        let table = [
            ("#1e1E2e", Some(Paint::Rgb(Rgb(0x1E, 0x1E, 0x2E)))),
            ("default", Some(Paint::Default)),
            ("red", Some(Paint::Ansi(1))),
            ("bright-white", Some(Paint::Ansi(15))),
            ("#12345", None),
            ("#12345é", None),
            ("#gg0000", None),
            ("mauve", None),
            ("", None),
        ];
        for (written, paint) in table {
            assert_eq!(Paint::parse(written), paint, "{written}");
        }
    }
}

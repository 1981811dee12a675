//! How much colour the terminal shows, and how a colour is brought down to it.

use ratatui::style::Color;

use super::oklab::{Oklab, contrast};
use super::paint::{Paint, Rgb, ansi_color};

/// How much colour can be shown, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColorLevel {
    /// None: bold, dim, underline and reverse only.
    Mono,
    /// The terminal's own sixteen.
    Ansi16,
    /// The fixed cube and greys of xterm.
    Ansi256,
    /// 24 bits.
    Truecolor,
}

impl ColorLevel {
    /// The name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mono => "mono",
            Self::Ansi16 => "16",
            Self::Ansi256 => "256",
            Self::Truecolor => "truecolor",
        }
    }
}

/// Below this chroma a colour is called grey. The greyish text colours of popular themes stay under it.
const GREY_CHROMA: f64 = 0.045;

/// A ground at this level. With sixteen colours only the terminal's own are used as grounds: an exact
/// dark blue has no near neighbour among them, and a wrong one hides the text.
pub(super) fn ground(paint: Paint, level: ColorLevel) -> Option<Color> {
    match (paint, level) {
        (_, ColorLevel::Mono) | (Paint::Rgb(_), ColorLevel::Ansi16) => None,
        (Paint::Rgb(rgb), ColorLevel::Ansi256) => Some(Color::Indexed(nearest(rgb, |_| true).0)),
        (paint, _) => Some(paint.color()),
    }
}

/// A text colour at this level, on `on`, where it must keep the contrast it had up to `minimum`.
pub(super) fn text(paint: Paint, on: Option<Rgb>, minimum: f64, level: ColorLevel) -> Option<Color> {
    match (paint, level) {
        (_, ColorLevel::Mono) => None,
        (Paint::Rgb(rgb), ColorLevel::Ansi16) => Some(own_sixteen(rgb)),
        (Paint::Rgb(rgb), ColorLevel::Ansi256) => {
            let Some(on) = on else { return Some(Color::Indexed(nearest(rgb, |_| true).0)) };
            let shown_on = nearest(on, |_| true).1;
            let wanted = minimum.min(contrast(rgb, on));
            Some(Color::Indexed(nearest(rgb, |candidate| contrast(candidate, shown_on) >= wanted).0))
        }
        (paint, _) => Some(paint.color()),
    }
}

/// The exact colour of entry `index`, 16 to 255, of xterm's fixed palette.
pub(super) fn fixed(index: u8) -> Rgb {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    if index >= 232 {
        let grey = 8 + 10 * (index - 232);
        return Rgb(grey, grey, grey);
    }
    let cube = index.saturating_sub(16);
    let step = |number: u8| STEPS.get(usize::from(number)).copied().unwrap_or(255);
    Rgb(step(cube / 36), step(cube / 6 % 6), step(cube % 6))
}

/// The nearest acceptable entry of the fixed palette; the nearest at all where none is acceptable.
fn nearest(rgb: Rgb, acceptable: impl Fn(Rgb) -> bool) -> (u8, Rgb) {
    let target = Oklab::from(rgb);
    let mut best = (16, fixed(16));
    let mut best_rank = (true, f64::INFINITY);
    for index in 16..=255 {
        let candidate = fixed(index);
        let rank = (!acceptable(candidate), Oklab::from(candidate).distance(target));
        if (rank.0, rank.1) < (best_rank.0, best_rank.1) {
            best = (index, candidate);
            best_rank = rank;
        }
    }
    best
}

/// A colour among the terminal's own: greys become its text colour, the rest the normal colour of the nearest hue.
///
/// The bright eight are left alone: on a light terminal they vanish, and nobody knows which ground is there.
fn own_sixteen(rgb: Rgb) -> Color {
    const HUES: [(u8, Rgb); 6] = [
        (1, Rgb(205, 0, 0)),
        (2, Rgb(0, 205, 0)),
        (3, Rgb(205, 205, 0)),
        (4, Rgb(0, 0, 238)),
        (5, Rgb(205, 0, 205)),
        (6, Rgb(0, 205, 205)),
    ];
    let target = Oklab::from(rgb);
    if target.chroma() < GREY_CHROMA {
        return Color::Reset;
    }
    let nearest = HUES.iter().min_by(|(_, left), (_, right)| {
        let apart = |rgb: Rgb| target.hue_distance(Oklab::from(rgb));
        apart(*left).total_cmp(&apart(*right))
    });
    nearest.map_or(Color::Reset, |(index, _)| ansi_color(*index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(red: u8, green: u8, blue: u8) -> Paint {
        Paint::Rgb(Rgb(red, green, blue))
    }

    #[test]
    fn what_the_fixed_palette_has_is_kept() {
        for index in 16..=255 {
            let (found, rgb) = nearest(fixed(index), |_| true);
            assert_eq!(rgb, fixed(index), "{index} became {found}");
        }
    }

    #[test]
    fn sixteen_colours_keep_the_hue_and_never_black_or_white() {
        let table = [
            (exact(0xF3, 0x8B, 0xA8), Color::Red),
            (exact(0xA6, 0xE3, 0xA1), Color::Green),
            (exact(0xF9, 0xE2, 0xAF), Color::Yellow),
            (exact(0x89, 0xB4, 0xFA), Color::Blue),
            (exact(0x94, 0xE2, 0xD5), Color::Cyan),
            (exact(0xF5, 0xC2, 0xE7), Color::Magenta),
            (exact(0, 0, 0), Color::Reset),
            (exact(255, 255, 255), Color::Reset),
            (exact(0xCD, 0xD6, 0xF4), Color::Reset),
            (Paint::Ansi(12), Color::LightBlue),
            (Paint::Default, Color::Reset),
        ];
        for (paint, color) in table {
            assert_eq!(text(paint, None, 4.5, ColorLevel::Ansi16), Some(color), "{paint:?}");
        }
        assert_eq!(ground(exact(30, 30, 46), ColorLevel::Ansi16), None);
    }

    #[test]
    fn mono_has_no_colour_at_all() {
        assert_eq!(text(Paint::Ansi(1), None, 4.5, ColorLevel::Mono), None);
        assert_eq!(ground(exact(1, 2, 3), ColorLevel::Mono), None);
    }

    #[test]
    fn contrast_survives_the_way_to_256() {
        // #767676 on white is just 4.54; the nearest grey of the palette alone would fall below 4.5.
        let color = text(exact(0x77, 0x76, 0x76), Some(Rgb(255, 255, 255)), 4.5, ColorLevel::Ansi256);
        let Some(Color::Indexed(index)) = color else { panic!("{color:?}") };
        assert!(contrast(fixed(index), Rgb(255, 255, 255)) >= 4.5);
    }
}

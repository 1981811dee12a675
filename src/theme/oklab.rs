//! How far two colours are apart to the eye (Oklab, Ottosson 2020) and how well one reads on the other (WCAG 2 contrast).

use super::paint::Rgb;

/// Lightness, green to red, blue to yellow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Oklab {
    pub(super) lightness: f64,
    pub(super) green_red: f64,
    pub(super) blue_yellow: f64,
}

impl Oklab {
    /// Squared distance: enough to compare.
    pub(super) fn distance(self, other: Self) -> f64 {
        (self.lightness - other.lightness).powi(2)
            + (self.green_red - other.green_red).powi(2)
            + (self.blue_yellow - other.blue_yellow).powi(2)
    }

    /// How colourful: 0 for greys, about 0.3 for the strongest screen colours.
    pub(super) fn chroma(self) -> f64 {
        self.green_red.hypot(self.blue_yellow)
    }

    /// The angle between two hues, 0 to pi.
    pub(super) fn hue_distance(self, other: Self) -> f64 {
        let angle = |lab: Self| lab.blue_yellow.atan2(lab.green_red);
        let apart = (angle(self) - angle(other)).abs();
        apart.min(std::f64::consts::TAU - apart)
    }
}

fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

impl From<Rgb> for Oklab {
    fn from(Rgb(red, green, blue): Rgb) -> Self {
        let (red, green, blue) = (linear(red), linear(green), linear(blue));
        let long = (0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue).cbrt();
        let medium = (0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue).cbrt();
        let short = (0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue).cbrt();
        Self {
            lightness: 0.210_454_255_3 * long + 0.793_617_785_0 * medium - 0.004_072_046_8 * short,
            green_red: 1.977_998_495_1 * long - 2.428_592_205_0 * medium + 0.450_593_709_9 * short,
            blue_yellow: 0.025_904_037_1 * long + 0.782_771_766_2 * medium - 0.808_675_766_0 * short,
        }
    }
}

/// The contrast ratio of WCAG 2, from 1 for equal colours to 21 for black on white.
pub(super) fn contrast(left: Rgb, right: Rgb) -> f64 {
    let luminance = |Rgb(red, green, blue): Rgb| 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    let (left, right) = (luminance(left) + 0.05, luminance(right) + 0.05);
    if left > right { left / right } else { right / left }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let white = Oklab::from(Rgb(255, 255, 255));
        assert!((white.lightness - 1.0).abs() < 1e-6 && white.chroma() < 1e-6);
        // Ottosson's page gives 0.628, 0.225, 0.126 for pure sRGB red.
        let red = Oklab::from(Rgb(255, 0, 0));
        assert!((red.lightness - 0.628).abs() < 1e-3 && (red.green_red - 0.225).abs() < 1e-3);
        assert!((contrast(Rgb(0, 0, 0), Rgb(255, 255, 255)) - 21.0).abs() < 1e-9);
        // The grey WCAG's own examples call 4.54 on white.
        assert!((contrast(Rgb(0x76, 0x76, 0x76), Rgb(255, 255, 255)) - 4.54).abs() < 0.01);
        assert!((red.hue_distance(Oklab::from(Rgb(120, 0, 0)))) < 0.02);
    }
}

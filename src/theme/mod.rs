//! Colours by meaning: a theme file says what each role looks like, and the terminal's level says how much of it can be shown.
//!
//! The only room that knows a colour. Everything else asks for `theme.style(Role::Muted)`.

mod file;
mod level;
mod library;
mod oklab;
mod paint;
mod role;
mod styles;

pub use file::{ThemeError, Variant};
pub use level::ColorLevel;
pub use library::{BUILT_IN, Library};
pub use paint::{Paint, Rgb};
pub use role::Role;
pub use styles::Theme;

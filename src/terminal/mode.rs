//! The modes a full-screen program switches on, each with the bytes that enter it and the bytes that leave it.

/// Begins a frame that the terminal shows at once when it ends (private mode 2026).
pub const BEGIN_FRAME: &str = "\x1b[?2026h";
/// Ends such a frame.
pub const END_FRAME: &str = "\x1b[?2026l";
/// Asks which kitty keyboard flags are on; only a terminal that speaks the protocol answers.
pub const ASK_KITTY: &str = "\x1b[?u";

/// One mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Keys arrive one by one and unechoed; set through the system, not by bytes.
    Raw,
    /// The window's title is on the terminal's stack, to be restored.
    Title,
    /// The second screen, without scroll-back: what the shell showed comes back at the end.
    AlternateScreen,
    /// The cursor is hidden until a frame places it.
    HiddenCursor,
    /// The cursor is a steady bar; leaving gives the user's own shape back.
    BarCursor,
    /// Pasted text arrives between markers.
    BracketedPaste,
    /// The terminal says when its window gains and loses the focus.
    FocusReporting,
    /// Clicks, drags and the wheel arrive as input.
    Mouse,
    /// The kitty keyboard protocol: ambiguous keys are reported apart, with the key of the base layout.
    Kitty,
}

impl Mode {
    /// The modes of every session, in the order they are entered.
    pub const BASE: [Self; 7] = [
        Self::Raw,
        Self::Title,
        Self::AlternateScreen,
        Self::HiddenCursor,
        Self::BarCursor,
        Self::BracketedPaste,
        Self::FocusReporting,
    ];

    /// The bytes that switch the mode on.
    pub const fn enter(self) -> &'static str {
        match self {
            Self::Raw => "",
            Self::Title => "\x1b[22;2t",
            Self::AlternateScreen => "\x1b[?1049h",
            Self::HiddenCursor => "\x1b[?25l",
            Self::BarCursor => "\x1b[6 q",
            Self::BracketedPaste => "\x1b[?2004h",
            Self::FocusReporting => "\x1b[?1004h",
            // Buttons, drags, and coordinates beyond 223; plain movement is not asked for.
            Self::Mouse => "\x1b[?1000h\x1b[?1002h\x1b[?1006h",
            Self::Kitty => "\x1b[>5u",
        }
    }

    /// The bytes that switch the mode off, the inverse of [`Mode::enter`].
    pub const fn leave(self) -> &'static str {
        match self {
            Self::Raw => "",
            Self::Title => "\x1b[23;2t",
            Self::AlternateScreen => "\x1b[?1049l",
            Self::HiddenCursor => "\x1b[?25h",
            Self::BarCursor => "\x1b[0 q",
            Self::BracketedPaste => "\x1b[?2004l",
            Self::FocusReporting => "\x1b[?1004l",
            Self::Mouse => "\x1b[?1006l\x1b[?1002l\x1b[?1000l",
            Self::Kitty => "\x1b[<1u",
        }
    }
}

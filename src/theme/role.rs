//! What a piece of screen means. Themes colour roles; a role a theme leaves out looks like its fallback.

use ratatui::style::Modifier;

/// Declares [`Role`] with the id used in theme files and the role it falls back to.
macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident $id:literal $fallback:ident;)*) => {
        /// What a piece of screen means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role { $($(#[$doc])* $name,)* }

        impl Role {
            /// Every role, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in theme files.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// The role to look like where a theme says nothing; `Text` is its own.
            #[must_use]
            pub const fn fallback(self) -> Self {
                match self { $(Self::$name => Self::$fallback,)* }
            }
        }
    };
}

roles! {
    /// Running text.
    Text "text" Text;
    /// The screen's ground: fill with it before anything else.
    Ground "ground" Text;
    /// The ground of overlays: palette, help, pickers.
    Overlay "overlay" Ground;
    /// Secondary text: hints, counts, timestamps.
    Muted "muted" Text;
    /// What stands out without a warning: the current choice.
    Accent "accent" Text;
    /// What cannot be done now.
    Disabled "disabled" Muted;
    /// The title of a pane.
    Title "title" Text;
    /// The title of the pane with the focus.
    TitleFocused "title-focused" Accent;
    /// The lines around a pane.
    Border "border" Muted;
    /// The lines around the pane with the focus.
    BorderFocused "border-focused" Accent;
    /// Selected text, and the selected row of a list.
    Selection "selection" Text;
    /// Text a search found.
    Match "match" Selection;
    /// The found text the search stands on.
    CurrentMatch "current-match" Selection;
    /// The footer and other bars of status.
    Status "status" Ground;
    /// A key in the footer, the help and the palette.
    Key "key" Accent;
    /// A note over the last row of a pane.
    Badge "badge" Accent;
    /// It worked.
    Success "success" Text;
    /// Look at this.
    Warning "warning" Text;
    /// It failed.
    Error "error" Text;
    /// For your information.
    Info "info" Text;
    /// The visible stand-in for an invisible or dangerous character.
    Marker "marker" Warning;
    /// The filled part of a bar or progress line.
    Gauge "gauge" Accent;

    /// A line only the right side of a diff has.
    DiffAdded "diff-added" Success;
    /// A line only the left side of a diff has.
    DiffRemoved "diff-removed" Error;
    /// The words that are new in a changed line.
    DiffAddedWord "diff-added-word" DiffAdded;
    /// The words that are gone from a changed line.
    DiffRemovedWord "diff-removed-word" DiffRemoved;

    /// A heading in Markdown.
    Heading "heading" Title;
    /// The `##` before a heading, the language over a code block, the label of a record.
    Label "label" Muted;
    /// Inline code.
    Code "code" SyntaxString;
    /// A code block before its colours are known.
    CodeBlock "code-block" Text;
    /// The bar at the left of a code block.
    CodeBar "code-bar" Border;
    /// The words of a link.
    Link "link" Info;
    /// The address of a link.
    Address "address" Muted;
    /// A quotation's bar.
    Quote "quote" Border;
    /// A bullet, a number, a task's box.
    ListMarker "list-marker" Accent;
    /// A horizontal rule, the lines of a table.
    Rule "rule" Border;
    /// The head of a table.
    TableHead "table-head" Heading;
    /// HTML in an answer, shown as it was written.
    Html "html" Muted;

    /// The name over a system message.
    MessageSystem "message-system" Title;
    /// The name over a user message.
    MessageUser "message-user" Title;
    /// The name over an assistant message.
    MessageAssistant "message-assistant" Title;
    /// A variable of the template language with its braces.
    TemplateVariable "template-variable" SyntaxVariable;
    /// A tag of the template language with its braces.
    TemplateTag "template-tag" SyntaxKeyword;
    /// A comment of the template language.
    TemplateComment "template-comment" SyntaxComment;
    /// An error in a template, an undefined variable.
    TemplateError "template-error" Error;
    /// A variable no template uses.
    TemplateUnused "template-unused" Warning;

    /// Code: a comment.
    SyntaxComment "syntax-comment" Muted;
    /// Code: a string.
    SyntaxString "syntax-string" Text;
    /// Code: an escape inside a string.
    SyntaxEscape "syntax-escape" SyntaxString;
    /// Code: a number.
    SyntaxNumber "syntax-number" Text;
    /// Code: `true`, `null`, named constants.
    SyntaxConstant "syntax-constant" SyntaxNumber;
    /// Code: a keyword.
    SyntaxKeyword "syntax-keyword" Text;
    /// Code: an operator.
    SyntaxOperator "syntax-operator" Text;
    /// Code: the name of a function.
    SyntaxFunction "syntax-function" Text;
    /// Code: the name of a type.
    SyntaxType "syntax-type" Text;
    /// Code: a variable or parameter.
    SyntaxVariable "syntax-variable" Text;
    /// Code: a key of a mapping, a member of an object.
    SyntaxProperty "syntax-property" SyntaxFunction;
    /// Markup: the name of a tag.
    SyntaxTag "syntax-tag" SyntaxKeyword;
    /// Markup: an attribute; code: a decorator.
    SyntaxAttribute "syntax-attribute" SyntaxType;
    /// Code: brackets, commas, quotes.
    SyntaxPunctuation "syntax-punctuation" SyntaxOperator;
    /// Code: what the syntax calls invalid.
    SyntaxInvalid "syntax-invalid" Error;

    /// Arm A wherever it is named or drawn.
    ArmA "arm-a" Accent;
    /// Arm B.
    ArmB "arm-b" Accent;
    /// Arm C.
    ArmC "arm-c" Accent;
    /// Arm D.
    ArmD "arm-d" Accent;
    /// A score near the best.
    ScoreGood "score-good" Success;
    /// A score near the worst.
    ScoreBad "score-bad" Error;
}

impl Role {
    /// The role of the arm at `index`, from 0 for A; further arms begin again at A.
    pub const fn arm(index: usize) -> Self {
        match index % 4 {
            0 => Self::ArmA,
            1 => Self::ArmB,
            2 => Self::ArmC,
            _ => Self::ArmD,
        }
    }

    /// The role with this id in theme files.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.id() == id)
    }

    /// What the role is marked by where its colours cannot be shown, so that nothing rests on colour alone.
    pub const fn marks_without_colour(self) -> Modifier {
        match self {
            Self::Selection | Self::CurrentMatch | Self::Badge => Modifier::REVERSED,
            Self::TitleFocused
            | Self::BorderFocused
            | Self::Accent
            | Self::Key
            | Self::Error
            | Self::Warning
            | Self::Marker
            | Self::Heading
            | Self::TableHead
            | Self::SyntaxInvalid
            | Self::SyntaxKeyword
            | Self::TemplateTag => Modifier::BOLD,
            Self::Match | Self::TemplateError | Self::DiffAddedWord | Self::DiffRemovedWord => {
                Modifier::BOLD.union(Modifier::UNDERLINED)
            }
            Self::Link | Self::TemplateVariable | Self::TemplateUnused => Modifier::UNDERLINED,
            Self::Muted | Self::Disabled | Self::Border | Self::SyntaxComment => Modifier::DIM,
            _ => Modifier::empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ids_and_fallbacks_are_sound() {
        for (index, role) in Role::ALL.iter().enumerate() {
            assert_eq!(*role as usize, index);
            assert_eq!(Role::from_id(role.id()), Some(*role));
            let chain: Vec<Role> =
                std::iter::successors(Some(*role), |role| Some(role.fallback())).take(Role::ALL.len()).collect();
            assert!(chain.contains(&Role::Text), "{role:?} never falls back to text");
        }
        let mut ids: Vec<&str> = Role::ALL.iter().map(|role| role.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Role::ALL.len());
    }
}

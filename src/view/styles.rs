//! The styles that texts, editors and diffs are drawn with: their own roles, looked up in the theme.

use ratatui::style::Style;

use super::pane::diff::DiffStyles;
use super::text::Role as TextRole;
use super::text::highlight::SyntaxKind;
use crate::editor::SpanKind;
use crate::theme::{Role, Theme};

/// What a part of an answer looks like.
pub(super) fn text(theme: &Theme, role: TextRole) -> Style {
    theme.style(match role {
        TextRole::Text => Role::Text,
        TextRole::Heading(_) => Role::Heading,
        TextRole::Label => Role::Label,
        TextRole::Code => Role::Code,
        TextRole::CodeBlock => Role::CodeBlock,
        TextRole::Syntax(kind) => syntax(kind),
        TextRole::CodeBar => Role::CodeBar,
        TextRole::Link => Role::Link,
        TextRole::Address => Role::Address,
        TextRole::QuoteBar => Role::Quote,
        TextRole::ListMarker => Role::ListMarker,
        TextRole::Rule | TextRole::TableLine => Role::Rule,
        TextRole::TableHead => Role::TableHead,
        TextRole::Html => Role::Html,
        TextRole::Marker => Role::Marker,
        TextRole::Match => Role::Match,
        TextRole::CurrentMatch => Role::CurrentMatch,
        TextRole::Selection => Role::Selection,
        TextRole::Badge => Role::Badge,
    })
}

const fn syntax(kind: SyntaxKind) -> Role {
    match kind {
        SyntaxKind::Comment => Role::SyntaxComment,
        SyntaxKind::String => Role::SyntaxString,
        SyntaxKind::Number => Role::SyntaxNumber,
        SyntaxKind::Keyword => Role::SyntaxKeyword,
        SyntaxKind::Operator => Role::SyntaxOperator,
        SyntaxKind::Function => Role::SyntaxFunction,
        SyntaxKind::Type => Role::SyntaxType,
        SyntaxKind::Variable => Role::SyntaxVariable,
        SyntaxKind::Punctuation => Role::SyntaxPunctuation,
        SyntaxKind::Escape => Role::SyntaxEscape,
        SyntaxKind::Constant => Role::SyntaxConstant,
        SyntaxKind::Property => Role::SyntaxProperty,
        SyntaxKind::Tag => Role::SyntaxTag,
        SyntaxKind::Attribute => Role::SyntaxAttribute,
        SyntaxKind::Heading => Role::Heading,
        SyntaxKind::Inserted => Role::DiffAdded,
        SyntaxKind::Deleted => Role::DiffRemoved,
        SyntaxKind::Invalid => Role::SyntaxInvalid,
    }
}

/// What a part of a text being edited looks like.
pub(super) fn editor(theme: &Theme, kind: SpanKind) -> Style {
    theme.style(match kind {
        SpanKind::Syntax(kind) => syntax(kind),
        SpanKind::Marker => Role::Marker,
        SpanKind::SystemHeader => Role::MessageSystem,
        SpanKind::UserHeader | SpanKind::SectionHeader => Role::MessageUser,
        SpanKind::AssistantHeader => Role::MessageAssistant,
        SpanKind::FrontMatter => Role::Muted,
        SpanKind::TemplateTag => Role::TemplateTag,
        SpanKind::Variable => Role::TemplateVariable,
        SpanKind::TemplateComment => Role::TemplateComment,
        SpanKind::UnknownVariable | SpanKind::ErrorMark => Role::TemplateError,
        SpanKind::UnusedVariable | SpanKind::WarningMark => Role::TemplateUnused,
        SpanKind::SearchMatch => Role::Match,
        SpanKind::CurrentMatch => Role::CurrentMatch,
        SpanKind::Selection => Role::Selection,
    })
}

/// What a diff looks like.
pub(super) fn diff(theme: &Theme) -> DiffStyles {
    DiffStyles {
        equal: theme.style(Role::Text),
        removed: theme.style(Role::DiffRemoved),
        added: theme.style(Role::DiffAdded),
        removed_part: theme.style(Role::DiffRemovedWord),
        added_part: theme.style(Role::DiffAddedWord),
        symbol: theme.style(Role::Marker),
        gutter: theme.style(Role::Muted),
        fold: theme.style(Role::Muted),
        current: theme.style(Role::Accent),
        title: theme.style(Role::Muted),
    }
}

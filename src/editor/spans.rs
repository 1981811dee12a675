//! What others know about the text: syntax, template parts, errors, laid over byte ranges. Workers send spans for the revision
//! they read; until they send again the spans move with the edits.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Answers to revisions older than this many edits are refused; the worker will be asked again anyway.
const REMEMBERED_EDITS: usize = 1024;

/// What a token of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SyntaxKind {
    /// A comment.
    Comment,
    /// A string, with its quotes.
    String,
    /// An escape inside a string.
    Escape,
    /// A number.
    Number,
    /// `true`, `null` and named constants.
    Constant,
    /// A keyword.
    Keyword,
    /// An operator.
    Operator,
    /// The name of a function, where defined or called.
    Function,
    /// The name of a type.
    Type,
    /// A variable or parameter.
    Variable,
    /// A key of a mapping, a member of an object.
    Property,
    /// The name of a tag in markup.
    Tag,
    /// An attribute in markup, a decorator.
    Attribute,
    /// Brackets, commas, quotes.
    Punctuation,
    /// A heading in markup.
    Heading,
    /// An inserted line of a diff.
    Inserted,
    /// A deleted line of a diff.
    Deleted,
    /// What the syntax calls invalid.
    Invalid,
}

/// What a range of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SpanKind {
    /// A token of code.
    Syntax(SyntaxKind),
    /// The settings above a prompt's messages.
    FrontMatter,
    /// The line that opens a message of a role without a kind of its own.
    SectionHeader,
    /// The line that opens a system message.
    SystemHeader,
    /// The line that opens a user message.
    UserHeader,
    /// The line that opens an assistant message.
    AssistantHeader,
    /// A statement of the template language, with its braces.
    TemplateTag,
    /// A variable of the template, with its braces.
    Variable,
    /// A comment of the template language.
    TemplateComment,
    /// A variable that is declared and never used.
    UnusedVariable,
    /// Something that works and yet asks for attention.
    WarningMark,
    /// A variable that nothing defines.
    UnknownVariable,
    /// The place of an error.
    ErrorMark,
    /// What stands for a character that cannot be seen.
    Marker,
    /// A place the search found.
    SearchMatch,
    /// The place the search stands at.
    CurrentMatch,
    /// Selected text.
    Selection,
}

/// Spans come from several sources; each replaces only its own. Later layers are drawn over earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// From the syntax highlighter.
    Syntax,
    /// From the template parser.
    Template,
    /// From the checks.
    Diagnostics,
}

/// A kind laid over a range, with an explanation where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Bytes of the text with `\n` line ends.
    pub range: Range<usize>,
    /// What is there.
    pub kind: SpanKind,
    /// What to tell the user who stands there.
    pub note: Option<Arc<str>>,
}

impl Span {
    /// A span without a note.
    pub fn new(range: Range<usize>, kind: SpanKind) -> Self {
        Self { range, kind, note: None }
    }

    /// The same span with a note.
    #[must_use]
    pub fn with_note(self, note: &str) -> Self {
        Self { note: Some(note.into()), ..self }
    }
}

/// A range of text that was replaced: `start..old_end` became `start..new_end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edited {
    /// Where the replaced text started.
    pub start: usize,
    /// Where it ended before.
    pub old_end: usize,
    /// Where the new text ends now.
    pub new_end: usize,
}

impl Edited {
    /// Where a place of the old text is in the new one. A place inside the replaced text moves to its new end.
    pub fn moved(self, offset: usize) -> usize {
        if offset < self.start || (offset == self.start && self.old_end > self.start) {
            offset
        } else if offset >= self.old_end {
            offset - self.old_end + self.new_end
        } else {
            self.new_end
        }
    }

    /// Both edits as one, `later` having come after `self`.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        let after_self = self.new_end.max(later.old_end);
        Self {
            start: self.start.min(later.start),
            old_end: self.old_end + (after_self - self.new_end),
            new_end: later.new_end + (after_self - later.old_end),
        }
    }

    /// The span's range after the edit, or nothing where its text is gone. Text put at a border stays outside.
    fn adjust(self, range: &Range<usize>) -> Option<Range<usize>> {
        if range.end <= self.start {
            return Some(range.clone());
        }
        let start = if range.start >= self.old_end {
            range.start - self.old_end + self.new_end
        } else if range.start >= self.start {
            self.new_end
        } else {
            range.start
        };
        let end = if range.end >= self.old_end { range.end - self.old_end + self.new_end } else { self.start };
        (start < end).then_some(start..end)
    }
}

/// The spans of one layer, by start.
#[derive(Clone, Debug, Default)]
struct LayerSpans {
    spans: Vec<Span>,
    /// No span is longer; tells how far before a window to look.
    longest: usize,
}

impl LayerSpans {
    fn within(&self, window: Range<usize>) -> impl Iterator<Item = &Span> {
        let earliest = window.start.saturating_sub(self.longest);
        let first = self.spans.partition_point(|span| span.range.start < earliest);
        let end = window.end;
        let start = window.start;
        self.spans
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(move |span| span.range.start < end)
            .filter(move |span| span.range.end > start)
    }

    fn edited(&mut self, edited: Edited) {
        // Spans before the edit, the most of them when typing at the end, are not touched.
        let earliest = edited.start.saturating_sub(self.longest);
        let first = self.spans.partition_point(|span| span.range.start < earliest);
        let grown = edited.new_end - edited.start;
        self.longest += grown;
        let mut kept = first;
        for index in first..self.spans.len() {
            let Some(range) = self.spans.get(index).and_then(|span| edited.adjust(&span.range)) else { continue };
            if let Some(span) = self.spans.get_mut(index) {
                span.range = range;
            }
            self.spans.swap(kept, index);
            kept += 1;
        }
        self.spans.truncate(kept);
    }
}

/// All layers, and the edits they may have missed.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlays {
    layers: [LayerSpans; 3],
    /// Revision and edit, oldest first.
    edits: VecDeque<(u64, Edited)>,
    /// Spans for revisions before this one can no longer be brought up to date.
    oldest: u64,
}

impl Overlays {
    fn layer_mut(&mut self, layer: Layer) -> &mut LayerSpans {
        let [syntax, template, diagnostics] = &mut self.layers;
        match layer {
            Layer::Syntax => syntax,
            Layer::Template => template,
            Layer::Diagnostics => diagnostics,
        }
    }

    /// Takes a worker's answer for `revision`; `false` if it is too old to use.
    pub(super) fn set(&mut self, layer: Layer, revision: u64, mut spans: Vec<Span>) -> bool {
        if revision < self.oldest {
            return false;
        }
        spans.retain(|span| span.range.start < span.range.end);
        spans.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
        let longest = spans.iter().map(|span| span.range.len()).max().unwrap_or_default();
        let mut fresh = LayerSpans { spans, longest };
        for (_, edited) in self.edits.iter().filter(|(at, _)| *at > revision) {
            fresh.edited(*edited);
        }
        *self.layer_mut(layer) = fresh;
        true
    }

    /// Moves all spans with an edit that led to `revision`.
    pub(super) fn edited(&mut self, revision: u64, edited: Edited) {
        for layer in &mut self.layers {
            layer.edited(edited);
        }
        self.edits.push_back((revision, edited));
        if self.edits.len() > REMEMBERED_EDITS
            && let Some((forgotten, _)) = self.edits.pop_front()
        {
            self.oldest = self.oldest.max(forgotten);
        }
    }

    /// The spans that touch `window`, layer over layer.
    pub(super) fn within(&self, window: Range<usize>) -> impl Iterator<Item = &Span> {
        self.layers.iter().flat_map(move |layer| layer.within(window.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edited(start: usize, old_end: usize, new_end: usize) -> Edited {
        Edited { start, old_end, new_end }
    }

    fn ranges(overlays: &Overlays) -> Vec<Range<usize>> {
        overlays.within(0..10_000).map(|span| span.range.clone()).collect()
    }

    #[test]
    fn spans_move_with_edits() {
        let table = [
            ("before", edited(20, 20, 25), Some(10..15)),
            ("after", edited(0, 0, 3), Some(13..18)),
            ("at its start", edited(10, 10, 12), Some(12..17)),
            ("at its end", edited(15, 15, 17), Some(10..15)),
            ("inside", edited(12, 12, 14), Some(10..17)),
            ("over its start", edited(8, 12, 9), Some(9..12)),
            ("over its end", edited(13, 20, 14), Some(10..13)),
            ("over all of it", edited(5, 20, 30), None),
            ("exactly it", edited(10, 15, 30), None),
        ];
        for (case, edit, expected) in table {
            let mut overlays = Overlays::default();
            assert!(overlays.set(Layer::Syntax, 0, vec![Span::new(10..15, SpanKind::Syntax(SyntaxKind::Keyword))]));
            overlays.edited(1, edit);
            assert_eq!(ranges(&overlays), expected.into_iter().collect::<Vec<_>>(), "{case}");
        }
    }

    #[test]
    fn a_late_answer_catches_up_and_a_too_late_one_is_refused() {
        let mut overlays = Overlays::default();
        overlays.edited(1, edited(0, 0, 1));
        overlays.edited(2, edited(0, 0, 1));
        assert!(overlays.set(Layer::Template, 1, vec![Span::new(5..6, SpanKind::Variable)]));
        assert_eq!(ranges(&overlays), vec![6..7; 1]);
        for revision in 3..3 + REMEMBERED_EDITS as u64 {
            overlays.edited(revision, edited(0, 0, 1));
        }
        assert!(!overlays.set(Layer::Template, 1, vec![]));
        assert!(overlays.set(Layer::Template, 2, vec![]));
    }

    #[test]
    fn layers_are_replaced_one_by_one_and_drawn_in_order() {
        let mut overlays = Overlays::default();
        overlays.set(Layer::Diagnostics, 0, vec![Span::new(0..1, SpanKind::ErrorMark).with_note("why")]);
        overlays.set(
            Layer::Syntax,
            0,
            vec![
                Span::new(3..5, SpanKind::Syntax(SyntaxKind::Number)),
                Span::new(0..9, SpanKind::Syntax(SyntaxKind::String)),
            ],
        );
        let kinds: Vec<SpanKind> = overlays.within(0..4).map(|span| span.kind).collect();
        assert_eq!(
            kinds,
            [SpanKind::Syntax(SyntaxKind::String), SpanKind::Syntax(SyntaxKind::Number), SpanKind::ErrorMark]
        );
        overlays.set(Layer::Syntax, 0, vec![]);
        assert_eq!(ranges(&overlays), vec![0..1; 1]);
        assert_eq!(overlays.within(0..1).last().and_then(|span| span.note.as_deref()), Some("why"));
    }

    /// Applies an edit to a text whose bytes are all different names of places.
    fn apply(text: &mut Vec<u32>, edit: Edited, fresh: &mut u32) {
        let inserted: Vec<u32> = (edit.start..edit.new_end)
            .map(|_| {
                *fresh += 1;
                *fresh
            })
            .collect();
        text.splice(edit.start..edit.old_end, inserted);
    }

    proptest! {
        #[test]
        fn joined_edits_cover_both(
            first in (0usize..20, 0usize..10, 0usize..10),
            second in (0usize..20, 0usize..10, 0usize..10),
        ) {
            let original: Vec<u32> = (0..40).collect();
            let first = edited(first.0, first.0 + first.1, first.0 + first.2);
            let second = edited(second.0, second.0 + second.1, second.0 + second.2);
            let (mut text, mut fresh) = (original.clone(), 100);
            apply(&mut text, first, &mut fresh);
            apply(&mut text, second, &mut fresh);
            let joined = first.then(second);
            prop_assert_eq!(&original[..joined.start], &text[..joined.start]);
            prop_assert_eq!(&original[joined.old_end..], &text[joined.new_end..]);
        }

        #[test]
        fn a_span_keeps_the_text_it_covered(
            spans in prop::collection::vec((0usize..40, 1usize..12), 0..12),
            edits in prop::collection::vec((0usize..30, 0usize..8, 0usize..8), 0..6),
            window in (0usize..40, 1usize..20),
        ) {
            let mut overlays = Overlays::default();
            let spans: Vec<Span> =
                spans.into_iter().map(|(start, length)| Span::new(start..start + length, SpanKind::Marker)).collect();
            overlays.set(Layer::Syntax, 0, spans.clone());
            let mut text: Vec<u32> = (0..60).collect();
            let mut fresh = 100;
            for (revision, (start, old, new)) in edits.into_iter().enumerate() {
                let end = (start + old).min(text.len());
                let edit = edited(start.min(end), end, start.min(end) + new);
                apply(&mut text, edit, &mut fresh);
                overlays.edited(revision as u64 + 1, edit);
            }
            let mut survivors: Vec<Vec<u32>> = spans
                .iter()
                .map(|span| span.range.clone().map(|place| place as u32).filter(|place| text.contains(place)).collect())
                .filter(|places: &Vec<u32>| !places.is_empty())
                .collect();
            let mut covered: Vec<Vec<u32>> = ranges(&overlays)
                .into_iter()
                .map(|range| text[range].iter().copied().filter(|place| *place < 100).collect())
                .filter(|places: &Vec<u32>| !places.is_empty())
                .collect();
            survivors.sort();
            covered.sort();
            prop_assert_eq!(survivors, covered);
            let window = window.0..window.0 + window.1;
            let touching = ranges(&overlays).iter().filter(|range| range.start < window.end && range.end > window.start).count();
            prop_assert_eq!(overlays.within(window.clone()).count(), touching);
        }
    }
}

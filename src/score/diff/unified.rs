//! A diff as text that `patch` reads: for the clipboard, for plain output and for reports.

use std::fmt::Write;
use std::ops::Range;

use super::{Block, BlockKind, Diff, Side};

/// Equal lines around a change.
const CONTEXT: usize = 3;

impl Diff {
    /// The unified format, with `labels` as the names of A and B; empty for equal texts. Lines are whole, as they are in the
    /// texts: what goes to a terminal must be sanitised after.
    pub fn unified(&self, labels: [&str; 2]) -> String {
        let mut out = String::new();
        if self.is_equal() {
            return out;
        }
        // A line feed in a label would end the header.
        let [a, b] = labels.map(|label| label.replace(['\n', '\r'], " "));
        push(&mut out, format_args!("--- {a}\n+++ {b}\n"));
        for hunk in self.unified_hunks() {
            self.write_hunk(&mut out, hunk);
        }
        out
    }

    /// Blocks that belong to one hunk: changes with no more than twice the context between them.
    fn unified_hunks(&self) -> Vec<Range<usize>> {
        let mut hunks: Vec<Range<usize>> = Vec::new();
        for change in &self.changes {
            match hunks.last_mut() {
                Some(last) if self.equal_lines(last.end) <= 2 * CONTEXT => last.end = change.end,
                _ => hunks.push(change.clone()),
            }
        }
        hunks
    }

    fn equal_lines(&self, block: usize) -> usize {
        self.blocks.get(block).filter(|block| block.kind == BlockKind::Equal).map_or(0, |block| block.a.len())
    }

    fn write_hunk(&self, out: &mut String, hunk: Range<usize>) {
        let blocks = self.blocks.get(hunk.clone()).unwrap_or_default();
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return };
        let before = hunk.start.checked_sub(1).map_or(0, |block| self.equal_lines(block)).min(CONTEXT);
        let after = self.equal_lines(hunk.end).min(CONTEXT);
        let a = first.a.start - before..last.a.end + after;
        let b = first.b.start - before..last.b.end + after;
        push(out, format_args!("@@ -{} +{} @@\n", position(&a), position(&b)));
        self.write_lines(out, ' ', Side::A, a.start..first.a.start);
        for Block { a, b, kind, .. } in blocks {
            match kind {
                BlockKind::Equal => self.write_lines(out, ' ', Side::A, a.clone()),
                BlockKind::Apart | BlockKind::Merged => {
                    self.write_lines(out, '-', Side::A, a.clone());
                    self.write_lines(out, '+', Side::B, b.clone());
                }
            }
        }
        self.write_lines(out, ' ', Side::A, last.a.end..a.end);
    }

    fn write_lines(&self, out: &mut String, sign: char, side: Side, lines: Range<usize>) {
        for line in lines {
            let text = self.line(side, line);
            out.push(sign);
            out.push_str(text);
            if !text.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
}

/// First line and count, 1-based; an empty range names the line before it, as the format wants.
fn position(lines: &Range<usize>) -> String {
    let start = if lines.is_empty() { lines.start } else { lines.start + 1 };
    if lines.len() == 1 { start.to_string() } else { format!("{start},{}", lines.len()) }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::score::diff::{DiffRequest, Granularity};

    fn unified(a: &str, b: &str, granularity: Granularity) -> String {
        Diff::new(a, b, DiffRequest { granularity, deadline: None }).unified(["a", "b"])
    }

    #[test]
    fn the_format_by_hand() {
        assert_eq!(unified("x\n", "x\n", Granularity::Line), "");
        assert_eq!(
            unified("1\n2\n3\n4\n5\n", "1\n2\n3\n4\nfive", Granularity::Line),
            "--- a\n+++ b\n@@ -2,4 +2,4 @@\n 2\n 3\n 4\n-5\n+five\n\\ No newline at end of file\n"
        );
        assert_eq!(unified("", "new\n", Granularity::Word), "--- a\n+++ b\n@@ -0,0 +1 @@\n+new\n");
    }

    /// Applies a unified diff to `a`, checking every line it claims.
    fn applied(a: &str, patch: &str) -> String {
        let lines: Vec<&str> = a.split_inclusive('\n').collect();
        let (mut out, mut at) = (String::new(), 0);
        let mut patch = patch.split_inclusive('\n').skip(2).peekable();
        while let Some(line) = patch.next() {
            if let Some(header) = line.strip_prefix("@@ -") {
                let (place, _) = header.split_once(' ').unwrap();
                let (start, count) = place.split_once(',').unwrap_or((place, "1"));
                let start: usize = start.parse().unwrap();
                let start = if count == "0" { start } else { start - 1 };
                out.push_str(&lines[at..start].concat());
                at = start;
                continue;
            }
            let whole = patch.next_if(|next| next.starts_with('\\')).is_none();
            let text = if whole { &line[1..] } else { line[1..].trim_end_matches('\n') };
            if !line.starts_with('+') {
                assert_eq!(lines[at], text);
                at += 1;
            }
            if !line.starts_with('-') {
                out.push_str(text);
            }
        }
        out.push_str(&lines[at..].concat());
        out
    }

    proptest! {
        #[test]
        fn applied_to_a_it_gives_b(
            a in "([ab]{0,2}\n){0,30}c?",
            b in "([ab]{0,2}\n){0,30}c?",
            granularity in prop::sample::select(vec![Granularity::Line, Granularity::Word, Granularity::Grapheme]),
        ) {
            prop_assert_eq!(applied(&a, &unified(&a, &b, granularity)), b);
        }
    }
}

//! Fenced code blocks at the top level: where they open and close, line by line.

use std::ops::Range;

use crate::view::text::highlight::{HighlightKey, language_of};

/// An opened code fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fence {
    marker: char,
    length: usize,
    /// How many spaces stand before its opening marks.
    pub(super) indent: usize,
    /// The words behind the opening marks.
    pub(super) info: String,
    /// The position of the opening line.
    pub(super) start: usize,
    /// The position behind the opening line.
    pub(super) code_start: usize,
}

impl Fence {
    /// The fence a whole line opens. As CommonMark has it: at most three spaces, at least three marks, and no back-tick behind
    /// back-ticks.
    pub(super) fn open(line: &str, start: usize) -> Option<Self> {
        let marks = line.trim_start_matches(' ');
        let indent = line.len() - marks.len();
        let marker = marks.chars().next().filter(|marker| matches!(marker, '`' | '~'))?;
        let info = marks.trim_start_matches(marker);
        let length = marks.len() - info.len();
        if indent > 3 || length < 3 || (marker == '`' && info.contains('`')) {
            return None;
        }
        Some(Self { marker, length, indent, info: info.trim().to_owned(), start, code_start: start + line.len() })
    }

    /// Whether a whole line closes the fence.
    pub(super) fn is_closed_by(&self, line: &str) -> bool {
        let marks = line.trim_start_matches(' ');
        let rest = marks.trim_start_matches(self.marker);
        line.len() - marks.len() <= 3 && marks.len() - rest.len() >= self.length && rest.trim().is_empty()
    }

    /// Whether the line that is being written closes the fence, or has only begun to.
    pub(super) fn may_be_closed_by(&self, line: &str) -> bool {
        let marks = line.trim();
        !marks.is_empty()
            && line.len() - line.trim_start().len() <= 3
            && marks.trim_start_matches(self.marker).is_empty()
    }

    pub(super) fn language(&self) -> &str {
        language_of(&self.info)
    }

    /// A part of the code without the indent of the fence.
    pub(super) fn dedented(&self, code: &str) -> String {
        if self.indent == 0 {
            return code.to_owned();
        }
        code.split_inclusive('\n')
            .map(|line| {
                line.get((line.len() - line.trim_start_matches(' ').len()).min(self.indent)..).unwrap_or_default()
            })
            .collect()
    }

    /// The name of a part of the code, for its colours. None where the fence names no language.
    pub(super) fn key(&self, source: &str, code: Range<usize>, previous: Option<HighlightKey>) -> Option<HighlightKey> {
        let language = self.language();
        (!language.is_empty())
            .then(|| HighlightKey::new(language, &self.dedented(source.get(code).unwrap_or_default()), previous))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_open_and_close_as_commonmark_has_it() {
        let opens = ["```\n", "```rust\n", "  ~~~~ x y\n", "~~~`\n"];
        assert!(opens.iter().all(|line| Fence::open(line, 0).is_some()));
        let others = ["``\n", "    ```\n", "```a`b\n", "text ```\n", "\n"];
        assert!(others.iter().all(|line| Fence::open(line, 0).is_none()));
        let fence = Fence::open(" ```` py\n", 5).unwrap();
        assert_eq!((fence.language(), fence.code_start), ("py", 14));
        for (line, closes) in
            [("````\n", true), ("   ````` \n", true), ("```\n", false), ("    ````\n", false), ("````x\n", false)]
        {
            assert_eq!(fence.is_closed_by(line), closes, "{line:?}");
        }
        assert_eq!(fence.dedented(" a\n  b\nc\n"), "a\n b\nc\n");
        assert!(fence.may_be_closed_by("``") && !fence.may_be_closed_by("``x") && !fence.may_be_closed_by(""));
    }
}

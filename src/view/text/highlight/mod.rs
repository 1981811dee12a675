//! Syntax colours as meanings: code and a language go in, ranges and [`SyntaxKind`]s come out, and the theme colours those.
//!
//! It takes tens of milliseconds the first time it meets a language, so it belongs in a worker, never on the way of a key.
//! Work comes in [`HighlightJob`]s of a few dozen lines; each remembers the parser's state at its end, and the next begins there.

mod json;
mod scopes;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use syntect::parsing::{ParseState, ScopeStack, SyntaxSet};

pub use crate::editor::SyntaxKind;
use json::is_json;
use scopes::Scopes;

/// Longer lines stay plain: one line of 160 KB takes half a second to parse.
const LONGEST_LINE: usize = 4096;

/// How many parser states are remembered before the memory starts anew.
const REMEMBERED_STATES: usize = 512;

/// The coloured ranges of each line, in bytes of that line.
pub type HighlightedLines = Vec<Vec<(Range<usize>, SyntaxKind)>>;

/// Names a piece of code by language, content and what came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HighlightKey(u64);

impl HighlightKey {
    /// The key of `code`, which follows the code named by `previous` (the beginning of a code block has none).
    pub fn new(language: &str, code: &str, previous: Option<Self>) -> Self {
        let mut hasher = DefaultHasher::new();
        language.hash(&mut hasher);
        code.hash(&mut hasher);
        previous.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// A piece of code somebody would like to see coloured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HighlightJob {
    /// Names the piece; the result is handed back under it.
    pub key: HighlightKey,
    /// The piece just before it in the same code block.
    pub previous: Option<HighlightKey>,
    /// The first word after the fence.
    pub language: String,
    /// The code: whole lines.
    pub code: String,
}

/// Where the reading of code stands between two lines.
#[derive(Debug, Clone)]
pub struct LineState(State);

#[derive(Debug, Clone)]
enum State {
    Json { in_comment: bool },
    Syntect { parser: ParseState, scopes: ScopeStack },
}

/// What came of highlighting.
#[derive(Debug, Clone)]
pub struct Highlighted {
    /// The ranges of each line; fewer lines than asked when the budget ended.
    pub lines: HighlightedLines,
    /// Where to go on.
    pub end: LineState,
}

/// The highlighter. Made in no time; the syntaxes are loaded at the first use.
#[derive(Debug, Default)]
pub struct Highlighter {
    syntaxes: Option<SyntaxSet>,
    scopes: Scopes,
    states: HashMap<HighlightKey, LineState>,
}

impl Highlighter {
    /// An empty highlighter.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets go of the syntaxes, which hold some megabytes once they are in use; the next piece of code loads them again. What is
    /// remembered of pieces stays.
    pub fn rest(&mut self) {
        self.syntaxes = None;
    }

    /// The parser's state before the first line of a language; none for a language it does not know.
    pub fn start(&mut self, language: &str) -> Option<LineState> {
        let language = language.to_lowercase();
        if is_json(&language) {
            return Some(LineState(State::Json { in_comment: false }));
        }
        let token = syntax_token(&language)?;
        let syntaxes = self.syntaxes.get_or_insert_with(two_face::syntax::extra_newlines);
        let syntax = syntaxes.find_syntax_by_token(token)?;
        Some(LineState(State::Syntect { parser: ParseState::new(syntax), scopes: ScopeStack::new() }))
    }

    /// Colours `code` line by line from `start` on, for as long as `go_on` says so (asked before each line).
    pub fn highlight(&mut self, code: &str, start: LineState, go_on: &dyn Fn() -> bool) -> Highlighted {
        let LineState(mut state) = start;
        let mut lines = Vec::new();
        for line in code.lines() {
            if !go_on() {
                break;
            }
            if line.len() > LONGEST_LINE {
                lines.push(Vec::new());
                continue;
            }
            lines.push(match &mut state {
                State::Json { in_comment } => json::ranges(line, in_comment),
                State::Syntect { parser, scopes } => self.parsed(line, parser, scopes),
            });
        }
        Highlighted { lines, end: LineState(state) }
    }

    /// One line by syntect; plain where its syntax fails.
    fn parsed(
        &mut self,
        line: &str,
        parser: &mut ParseState,
        scopes: &mut ScopeStack,
    ) -> Vec<(Range<usize>, SyntaxKind)> {
        let syntaxes = self.syntaxes.get_or_insert_with(two_face::syntax::extra_newlines);
        match parser.parse_line(&format!("{line}\n"), syntaxes) {
            Ok(operations) => self.scopes.ranges(line.len(), &operations, scopes),
            Err(_) => Vec::new(),
        }
    }

    /// Does one job, going on from where the piece before it ended. None for an unknown language or when the budget ended.
    pub fn run(&mut self, job: &HighlightJob, go_on: &dyn Fn() -> bool) -> Option<HighlightedLines> {
        let remembered = job.previous.and_then(|previous| self.states.get(&previous)).cloned();
        let start = match remembered {
            Some(state) => state,
            None => self.start(&job.language)?,
        };
        let highlighted = self.highlight(&job.code, start, go_on);
        if highlighted.lines.len() < job.code.lines().count() {
            return None;
        }
        if self.states.len() >= REMEMBERED_STATES {
            self.states.clear();
        }
        self.states.insert(job.key, highlighted.end);
        Some(highlighted.lines)
    }
}

/// The language named by the info string of a fence: `rust,ignore` is rust, `{python}` is python.
pub fn language_of(info: &str) -> &str {
    let word = info.trim().trim_start_matches(['{', '.']);
    word.split([' ', '\t', ',', ':', ';', '}', '{']).next().unwrap_or_default()
}

/// What the syntaxes call a language, which is given in lower case; none where it stands for text without colours.
fn syntax_token(language: &str) -> Option<&str> {
    // Names people write after a fence that the syntaxes do not list.
    Some(match language {
        "" | "text" | "plaintext" | "plain" | "txt" | "output" | "none" => return None,
        "shell" | "console" | "shell-session" | "terminal" | "zsh" => "bash",
        "golang" => "go",
        "csharp" => "cs",
        "node" | "mjs" | "cjs" => "js",
        "jinja" | "j2" => "jinja2",
        "markdown" => "md",
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(language: &str, code: &str, previous: Option<HighlightKey>) -> HighlightJob {
        HighlightJob {
            key: HighlightKey::new(language, code, previous),
            previous,
            language: language.into(),
            code: code.into(),
        }
    }

    fn kinds(language: &str, code: &str) -> Vec<(String, SyntaxKind)> {
        let lines = Highlighter::new().run(&job(language, code, None), &|| true).unwrap();
        code.lines()
            .zip(lines)
            .flat_map(|(line, ranges)| ranges.into_iter().map(|(range, kind)| (line[range].to_owned(), kind)))
            .collect()
    }

    fn has(kinds: &[(String, SyntaxKind)], text: &str, kind: SyntaxKind) -> bool {
        kinds.contains(&(text.to_owned(), kind))
    }

    #[test]
    fn code_becomes_kinds() {
        let rust = kinds("rust", "fn main() {\n    let x = 42; // why\n}\n");
        assert!(has(&rust, "fn", SyntaxKind::Keyword), "{rust:?}");
        assert!(has(&rust, "main", SyntaxKind::Function), "{rust:?}");
        assert!(has(&rust, "42", SyntaxKind::Number), "{rust:?}");
        assert!(has(&rust, "// why", SyntaxKind::Comment), "{rust:?}");
        let json = kinds("json", "{\"name\": \"value\", \"n\": 1, \"b\": true}\n");
        assert!(has(&json, "\"name\"", SyntaxKind::Property), "{json:?}");
        assert!(has(&json, "\"value\"", SyntaxKind::String), "{json:?}");
        assert!(has(&json, "true", SyntaxKind::Constant), "{json:?}");
        let diff = kinds("diff", "-old\n+new\n");
        assert_eq!(diff.iter().map(|(_, kind)| *kind).collect::<Vec<_>>(), [SyntaxKind::Deleted, SyntaxKind::Inserted]);
    }

    #[test]
    fn a_job_goes_on_where_the_one_before_ended() {
        let first = job("python", "text = \"\"\"begun\n", None);
        let second = job("python", "still a string\n\"\"\"\n", Some(first.key));
        let mut highlighter = Highlighter::new();
        highlighter.run(&first, &|| true).unwrap();
        let lines = highlighter.run(&second, &|| true).unwrap();
        assert_eq!(lines[0], [(0..14, SyntaxKind::String)]);
        let mut rested = Highlighter::new();
        rested.run(&first, &|| true).unwrap();
        rested.rest();
        assert_eq!(rested.run(&second, &|| true).unwrap(), lines);
        // Without the state of the first the same text is code.
        assert_ne!(Highlighter::new().run(&second, &|| true).unwrap()[0], [(0..14, SyntaxKind::String)]);
    }

    #[test]
    fn what_cannot_be_coloured_stays_plain() {
        let mut highlighter = Highlighter::new();
        assert!(highlighter.run(&job("text", "plain\n", None), &|| true).is_none());
        assert!(highlighter.syntaxes.is_none(), "nothing is loaded for text without colours");
        assert!(highlighter.run(&job("klingon", "qapla'\n", None), &|| true).is_none());
        assert!(highlighter.run(&job("rust", "fn x() {}\n", None), &|| false).is_none());
        let long = format!("let x = \"{}\";\nlet y = 1;\n", "a".repeat(LONGEST_LINE));
        let lines = highlighter.run(&job("rust", &long, None), &|| true).unwrap();
        assert!(lines[0].is_empty());
        assert!(!lines[1].is_empty());
    }

    #[test]
    fn the_info_string_names_the_language() {
        for (info, language) in
            [("rust", "rust"), ("rust,ignore", "rust"), ("{python}", "python"), ("{.py x=1}", "py"), ("", "")]
        {
            assert_eq!(language_of(info), language);
        }
    }
}

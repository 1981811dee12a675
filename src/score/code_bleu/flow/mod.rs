//! The data flow of a code: which variable's value comes from which, as edges from tokens to tokens (Guo et al. 2021,
//! GraphCodeBERT), with the reference's rules for each language.
//!
//! The reference makes a list of a set of names wherever it joins edges, so that its order, and with it the score of a mere
//! renaming, hangs on Python's hash seed. Here names keep the order in which they first appear.

use super::roles::Roles;
use super::tree::Flat;

mod edges;
mod follow;
mod states;

use follow::Follow;

/// Deeper trees than this have no data flow: Python's limit on recursion makes it so in the reference.
const DEEPEST: usize = 960;

/// Where an edge's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Relation {
    /// A mention: from where the name was set last.
    ComesFrom,
    /// An assignment: from what is on its right.
    ComputedFrom,
}

/// A code's data flow with its variables numbered in order of appearance: one hash for each edge, sorted.
pub(super) fn data_flow(flat: &Flat, roles: &Roles) -> Vec<u64> {
    if flat.depth > DEEPEST {
        return Vec::new();
    }
    let mut follow = Follow::new(flat, roles);
    // Where a rule does not find the node it needs, the reference gives up on the whole code.
    match follow.code() {
        Some(()) => follow.into_edges().numbered(flat),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::CodeLanguage;
    use super::super::roles::roles;
    use super::super::tree::parse;
    use super::*;

    fn flow(language: CodeLanguage, code: &str) -> Vec<u64> {
        data_flow(&parse(language, code).unwrap(), roles(language))
    }

    #[test]
    fn a_renaming_changes_nothing() {
        for (language, code, renamed) in [
            (
                CodeLanguage::Python,
                "for a, b in c:\n  d = a + b * a\n  if d:\n    e = d\n  else:\n    e = b\nprint(e)",
                "for q, r in s:\n  t = q + r * q\n  if t:\n    u = t\n  else:\n    u = r\nprint(u)",
            ),
            (
                CodeLanguage::Rust,
                "fn f(a: u8, b: u8) -> u8 { let c = a; while c < b { c = c + a; } c }",
                "fn g(x: u8, y: u8) -> u8 { let z = x; while z < y { z = z + x; } z }",
            ),
        ] {
            let first = flow(language, code);
            assert!(first.len() > 3, "{language:?} {first:?}");
            assert_eq!(first, flow(language, renamed));
        }
    }

    #[test]
    fn another_flow_is_another() {
        assert_ne!(flow(CodeLanguage::Python, "a = b\nc = a"), flow(CodeLanguage::Python, "a = b\nc = b"));
        assert!(flow(CodeLanguage::Python, "1").is_empty());
    }

    #[test]
    fn loops_in_loops_come_to_an_end() {
        let mut code = String::new();
        for depth in 0..60 {
            code.extend([" ".repeat(depth), format!("while x{depth}:\n")]);
        }
        code.extend([" ".repeat(60), "y = 1".to_owned()]);
        flow(CodeLanguage::Python, &code);
    }
}

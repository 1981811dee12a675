//! A syntax tree in one flat list, read once from tree-sitter's: what both the syntax match and the data flow are computed from.
//!
//! A token is a node without children, or a string whatever is in it; comments are none.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, Parser, Tree, TreeCursor};

use super::super::metric::fast_hash::FastMap;
use super::CodeLanguage;
use super::lines::Lines;
use super::roles::{Roles, roles};

/// How often tree-sitter asks whether to go on (once in some hundred steps of its own) before code counts as too hard to parse: a
/// megabyte of code takes some ten thousand.
const MOST_CALLS: u32 = 200_000;

/// A node. Nodes stand in the order they begin in, so that its children follow it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// The grammar's number for its kind.
    pub(super) kind: u16,
    /// The grammar's number for the field it is in; 0 for none.
    pub(super) field: u16,
    /// How many nodes it has in it, itself counted.
    pub(super) size: u32,
    /// How many of them are its children.
    pub(super) children: u32,
    /// Its tokens: from here...
    pub(super) first_token: u32,
    /// ...to before here.
    pub(super) end_token: u32,
    /// Whether the node itself is a token.
    pub(super) is_token: bool,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// Equal for equal texts.
    pub(super) name: u32,
    /// The number it goes by: its own, or that of the last token at the very same place.
    pub(super) number: u32,
    /// Whether its text is another than its kind's name: an identifier, a literal.
    pub(super) is_variable: bool,
    /// Whether it is an identifier.
    pub(super) is_identifier: bool,
}

/// See the file's head.
#[derive(Debug, Default)]
pub(super) struct Flat {
    /// All nodes, the root first.
    pub(super) nodes: Vec<Node>,
    /// All tokens, in order.
    pub(super) tokens: Vec<Token>,
    /// How many different texts the tokens have.
    pub(super) names: usize,
    /// For each node with children, a hash of its shape: kinds and fields of the named nodes in it, as the S-expression that
    /// tree-sitter prints has them.
    pub(super) shapes: Vec<u64>,
    /// How deep the tree is.
    pub(super) depth: usize,
}

thread_local! {
    static PARSERS: RefCell<HashMap<CodeLanguage, Parser>> = RefCell::default();
}

/// Parses code; `None` where tree-sitter would not come to an end in a sensible time.
pub(super) fn parse(language: CodeLanguage, code: &str) -> Option<Flat> {
    let tree = PARSERS.with_borrow_mut(|parsers| {
        let parser = parsers.entry(language).or_insert_with(|| {
            let mut parser = Parser::new();
            // A grammar of another ABI would leave the parser without a language, and `parse` says so by giving nothing.
            let _ = parser.set_language(&language.grammar());
            parser
        });
        parse_within(parser, code)
    })?;
    Some(Flattening::of(&tree, code, roles(language)))
}

fn parse_within(parser: &mut Parser, code: &str) -> Option<Tree> {
    let mut calls = 0_u32;
    let mut progress = |_: &tree_sitter::ParseState| {
        calls += 1;
        if calls > MOST_CALLS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = code.as_bytes();
    let tree = parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options));
    if tree.is_none() {
        parser.reset();
    }
    tree
}

struct Flattening<'a> {
    lines: Lines<'a>,
    roles: &'static Roles,
    flat: Flat,
    names: FastMap<Cow<'a, str>, u32>,
    /// Where the last token stood.
    last_place: Option<(usize, usize)>,
}

/// A node whose children are being read.
struct Open {
    node: usize,
    shape: u64,
    is_glass: bool,
    /// Whether it stands in the reference's grammar only.
    is_made: bool,
}

impl<'a> Flattening<'a> {
    fn of(tree: &Tree, code: &'a str, roles: &'static Roles) -> Flat {
        let mut flattening = Flattening {
            lines: Lines::of(code),
            roles,
            flat: Flat::default(),
            names: FastMap::default(),
            last_place: None,
        };
        flattening.flat.nodes.reserve(code.len() / 2);
        flattening.walk(&mut tree.walk());
        flattening.flat.names = flattening.names.len();
        flattening.flat
    }

    fn walk(&mut self, cursor: &mut TreeCursor<'_>) {
        let mut open: Vec<Open> = Vec::new();
        let mut within_string = 0_usize;
        loop {
            let node = cursor.node();
            let kind = node.kind_id();
            if self.roles.is_hidden(kind) {
                if self.next(cursor, &mut open, &mut within_string) {
                    continue;
                }
                return;
            }
            let mut field = cursor.field_id().map_or(0, std::num::NonZero::get);
            if node.is_named() && self.stands_bare(&open, kind, field) {
                self.make_statement(&mut open, field);
            }
            if open.last().is_some_and(|parent| parent.is_made) {
                field = 0;
            }
            let index = self.flat.nodes.len();
            let has_children = node.child_count() > 0 && !self.roles.is_leaf(kind);
            let is_token =
                within_string == 0 && (!has_children || self.roles.is_string(kind)) && !self.roles.is_comment(kind);
            let first_token = self.flat.tokens.len() as u32;
            if is_token {
                self.token(kind, node.start_byte(), node.end_byte());
            }
            let end_token = self.flat.tokens.len() as u32;
            self.flat.nodes.push(Node { kind, field, size: 1, children: 0, first_token, end_token, is_token });
            if let Some(parent) = open.last()
                && let Some(parent) = self.flat.nodes.get_mut(parent.node)
            {
                parent.children += 1;
            }
            let seed = mix(u64::from(kind) | 1 << 32, 0);
            if has_children && cursor.goto_first_child() {
                // What stands in glass is seen from outside.
                let seen_through = open.last().filter(|_| self.roles.is_glass(kind)).map(|parent| parent.shape);
                open.push(Open {
                    node: index,
                    shape: seen_through.unwrap_or(seed),
                    is_glass: seen_through.is_some(),
                    is_made: false,
                });
                self.flat.depth = self.flat.depth.max(open.len());
                within_string += usize::from(is_token || within_string > 0);
                continue;
            }
            let visible = node.is_named() || node.is_missing();
            if visible && let Some(parent) = open.last_mut() {
                let mut own = seed;
                if node.is_missing() {
                    own = mix(own, 1 << 33);
                } else if node.is_error() && node.end_byte() > node.start_byte() {
                    // Printed as UNEXPECTED and the character it begins with.
                    let first = self.lines.code.get(node.start_byte()..).and_then(|rest| rest.chars().next());
                    own = mix(own, 1 << 34 | u64::from(first.map_or(0, |one| one as u32)));
                }
                parent.shape = mix(parent.shape, mix(own, u64::from(field)));
            } else if open.is_empty() {
                // A tree of one node has its own shape.
                self.flat.shapes.push(seed);
            }
            if !self.next(cursor, &mut open, &mut within_string) {
                return;
            }
        }
    }

    /// Whether this child of the last open node is an expression where the reference's grammar has a statement: in the head of a
    /// loop.
    fn stands_bare(&self, open: &[Open], kind: u16, field: u16) -> bool {
        let fields = self.roles.fields;
        let is_in_loop = open.last().and_then(|parent| self.flat.nodes.get(parent.node));
        is_in_loop.is_some_and(|parent| self.roles.is_for(parent.kind))
            && [fields.initializer, fields.condition].contains(&Some(field))
            && !self.roles.is_statement(kind)
            && !self.roles.is_comment(kind)
    }

    /// Opens the statement that the reference's grammar has here; it ends with its semicolon.
    fn make_statement(&mut self, open: &mut Vec<Open>, field: u16) {
        let (kind, node) = (self.roles.statement, self.flat.nodes.len());
        let first_token = self.flat.tokens.len() as u32;
        let end_token = first_token;
        self.flat.nodes.push(Node { kind, field, size: 1, children: 0, first_token, end_token, is_token: false });
        if let Some(parent) = open.last()
            && let Some(parent) = self.flat.nodes.get_mut(parent.node)
        {
            parent.children += 1;
        }
        open.push(Open { node, shape: mix(u64::from(kind) | 1 << 32, 0), is_glass: false, is_made: true });
        self.flat.depth = self.flat.depth.max(open.len());
    }

    /// Goes on to what comes after the present node, closing what ends with it; whether there is something.
    fn next(&mut self, cursor: &mut TreeCursor<'_>, open: &mut Vec<Open>, within_string: &mut usize) -> bool {
        if self.roles.is_semicolon(cursor.node().kind_id()) && open.last().is_some_and(|parent| parent.is_made) {
            self.close(open);
        }
        while !cursor.goto_next_sibling() {
            if open.last().is_some_and(|parent| parent.is_made) {
                self.close(open);
            }
            if open.is_empty() {
                return false;
            }
            cursor.goto_parent();
            *within_string = within_string.saturating_sub(1);
            if !self.close(open) {
                return false;
            }
        }
        true
    }

    /// Closes the last open node; whether it has a parent.
    fn close(&mut self, open: &mut Vec<Open>) -> bool {
        let Some(done) = open.pop() else { return false };
        let end_token = self.flat.tokens.len() as u32;
        let end = self.flat.nodes.len();
        let Some(node) = self.flat.nodes.get_mut(done.node) else { return false };
        node.size = (end - done.node) as u32;
        node.end_token = end_token;
        let field = u64::from(node.field);
        let Some(parent) = open.last_mut() else {
            self.flat.shapes.push(mix(done.shape, 1 << 35));
            return false;
        };
        if done.is_glass {
            parent.shape = done.shape;
        } else {
            let shape = mix(done.shape, 1 << 35);
            self.flat.shapes.push(shape);
            parent.shape = mix(parent.shape, mix(shape, field));
        }
        true
    }

    fn token(&mut self, kind: u16, start: usize, end: usize) {
        let text = self.lines.text(start, end);
        let is_variable = self.roles.name(kind) != text;
        let next = self.names.len() as u32;
        let name = *self.names.entry(text).or_insert(next);
        let number = self.flat.tokens.len() as u32;
        if self.last_place == Some((start, end)) {
            // Tokens without a character, at one place: all go by the last.
            let same = self.flat.tokens.iter_mut().rev();
            let previous = number.saturating_sub(1);
            for token in same.take_while(|token| token.number == previous) {
                token.number = number;
            }
        }
        self.last_place = Some((start, end));
        self.flat.tokens.push(Token { name, number, is_variable, is_identifier: self.roles.is_identifier(kind) });
    }
}

/// One step of a hash over a sequence.
pub(super) fn mix(state: u64, next: u64) -> u64 {
    let product = u128::from(state ^ next.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x243f_6a88_85a3_08d3)
        * u128::from(0x1319_8a2e_0370_7345_u64);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_and_tokens_are_those_of_the_tree() {
        let flat = parse(CodeLanguage::Python, "x = f('a b', 1)").unwrap();
        assert_eq!(flat.nodes[0].size as usize, flat.nodes.len());
        assert_eq!(flat.tokens.len(), 8);
        assert_eq!(flat.tokens.iter().filter(|token| token.is_identifier).count(), 2);
        assert_eq!(flat.tokens.iter().filter(|token| token.is_variable).count(), 4);
    }

    #[test]
    fn a_shape_knows_kinds_and_fields_and_no_names() {
        let shapes = |code| parse(CodeLanguage::Python, code).unwrap().shapes;
        assert_eq!(shapes("a = b + 1"), shapes("left = right - 22"));
        assert_ne!(shapes("a = b + 1"), shapes("a = b + c"));
        assert_eq!(shapes("").len(), 1);
    }

    #[test]
    fn the_head_of_a_loop_is_of_statements_as_the_reference_has_it() {
        // Two loops alike but for the call in them: of ours 5 of 11 sub-trees are shared, the made statement among them.
        let reference = "for (let i = 0; i < 3; i++) { f(i); }";
        let found =
            super::super::code_bleu(CodeLanguage::JavaScript, reference, "for (let i = 0; i < 3; i++) { g(1, i); }");
        assert!((found.unwrap().syntax - 5.0 / 11.0).abs() < 1e-12, "{found:?}");
        let count = |code: &str| parse(CodeLanguage::JavaScript, code).unwrap().shapes.len();
        for (code, statements) in [
            ("for (;;) {}", 0),
            ("for (i = 0; i < 3;) {}", 2),
            ("for (let i = 0; i < 3;) {}", 1),
            ("for (var i = 0;; i++) {}", 0),
            ("for (const a of b) {}", 0),
            ("for (;a", 0),
        ] {
            let flat = parse(CodeLanguage::JavaScript, code).unwrap();
            let kind = roles(CodeLanguage::JavaScript).statement;
            assert_eq!(flat.nodes.iter().filter(|node| node.kind == kind).count(), statements, "{code}");
            assert_eq!(flat.nodes[0].size as usize, flat.nodes.len(), "{code}");
        }
        assert_eq!(count("for (i; i;) {}"), count("for (;;) {}"));
    }

    #[test]
    fn deep_and_broken_code_ends() {
        for code in ["(".repeat(100_000), "if a:\n".repeat(1_000), "a + ".repeat(20_000)] {
            if let Some(flat) = parse(CodeLanguage::Python, &code) {
                assert!(!flat.nodes.is_empty());
            }
        }
    }
}

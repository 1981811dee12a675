//! Following values through the tree: one rule for each role a node has, and each language's own way with it.

use super::super::CodeLanguage;
use super::super::roles::{Role, Roles};
use super::super::tree::{Flat, Node, Token};
use super::Relation;
use super::edges::{Edge, Edges, Span};
use super::states::States;

/// Steps after which a code has no data flow. Loops in loops are followed twice each, so that their cost doubles with every
/// level.
const MOST_STEPS: usize = 3_000_000;

/// See the file's head. Rules give `None` where the reference would raise an error.
pub(super) struct Follow<'a> {
    flat: &'a Flat,
    roles: &'a Roles,
    edges: Edges,
    states: States,
    steps: usize,
}

/// What is on one side of an assignment.
type Sides = Vec<(usize, usize)>;

impl<'a> Follow<'a> {
    pub(super) fn new(flat: &'a Flat, roles: &'a Roles) -> Self {
        Self { flat, roles, edges: Edges::default(), states: States::none(flat.names), steps: 0 }
    }

    pub(super) fn into_edges(self) -> Edges {
        self.edges
    }

    /// Follows the whole code.
    pub(super) fn code(&mut self) -> Option<()> {
        self.node(0)
    }

    fn at(&self, index: usize) -> Option<&'a Node> {
        self.flat.nodes.get(index)
    }

    fn kind(&self, index: usize) -> u16 {
        self.at(index).map_or(0, |node| node.kind)
    }

    fn children(&self, index: usize) -> Children<'a> {
        let (next, left) = self.at(index).map_or((0, 0), |node| (index + 1, node.children));
        Children { flat: self.flat, next, left }
    }

    /// The first child in a field.
    fn field(&self, index: usize, field: Option<u16>) -> Option<usize> {
        let field = field?;
        self.children(index).find(|child| self.at(*child).is_some_and(|node| node.field == field))
    }

    /// The tokens in a node whose text is another than their kind: names and literals, as (token, name).
    fn variables(&self, index: usize) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let flat = self.flat;
        let (first, end) = self.at(index).map_or((0, 0), |node| (node.first_token as usize, node.end_token as usize));
        let tokens: &'a [Token] = flat.tokens.get(first..end).unwrap_or_default();
        tokens.iter().filter(|token| token.is_variable).map(move |token| {
            let named = flat.tokens.get(token.number as usize).unwrap_or(token);
            (token.number, named.name)
        })
    }

    fn node(&mut self, index: usize) -> Option<()> {
        let node = self.at(index)?;
        self.spend(1)?;
        if node.is_token {
            self.token(node);
            return Some(());
        }
        match self.roles.role(node.kind) {
            Role::Definition => self.definition(index),
            Role::Assignment => self.assignment(index),
            Role::Increment => {
                self.increment(index);
                Some(())
            }
            Role::Branch => self.branch(index),
            Role::For => self.counting_loop(index),
            Role::ForEach => self.each_loop(index),
            Role::While => self.twice(|follow| follow.all_children(index)),
            Role::Plain => self.plain(index),
        }
    }

    fn spend(&mut self, steps: usize) -> Option<()> {
        self.steps += steps;
        (self.steps <= MOST_STEPS).then_some(())
    }

    /// A mention of what was set before, or of something new.
    fn token(&mut self, node: &Node) {
        let Some(own) = self.flat.tokens.get(node.first_token as usize) else { return };
        if !own.is_variable {
            return;
        }
        let name = self.flat.tokens.get(own.number as usize).unwrap_or(own).name;
        let set = self.states.get(name);
        if set.length > 0 {
            let names = self.edges.pool.add([name]);
            self.edge(own.number, name, Relation::ComesFrom, names, set);
            return;
        }
        if own.is_identifier {
            self.set(name, own.number);
        }
        self.edge(own.number, name, Relation::ComesFrom, Span::default(), Span::default());
    }

    fn edge(&mut self, token: u32, name: u32, relation: Relation, names: Span, tokens: Span) {
        self.edges.list.push(Edge { token, name, relation, names, tokens });
    }

    fn set(&mut self, name: u32, token: u32) {
        let at = self.edges.pool.add([token]);
        self.states.set(name, at);
    }

    fn all_children(&mut self, index: usize) -> Option<()> {
        for child in self.children(index) {
            self.node(child)?;
        }
        Some(())
    }

    fn plain(&mut self, index: usize) -> Option<()> {
        let roles = self.roles;
        for is_first in [true, false] {
            for child in self.children(index) {
                if roles.is_first(self.kind(child)) == is_first {
                    self.node(child)?;
                }
            }
        }
        Some(())
    }

    fn definition(&mut self, index: usize) -> Option<()> {
        let fields = self.roles.fields;
        let mut children = self.children(index);
        let (name, value) = match self.roles.language {
            CodeLanguage::CSharp | CodeLanguage::C | CodeLanguage::Cpp => {
                // `n = 0` has three children, and so, by the reference's rule, no value.
                let all: Vec<usize> = children.collect();
                match all.as_slice() {
                    [name, value] => (*name, Some(*value)),
                    all => (*all.first()?, None),
                }
            }
            CodeLanguage::Rust => (children.nth(1)?, children.next()),
            CodeLanguage::Php => (self.field(index, fields.name)?, self.field(index, fields.default_value)),
            _ => (self.field(index, fields.name)?, self.field(index, fields.value)),
        };
        if let Some(value) = value {
            self.node(value)?;
            self.flow(name, value, Relation::ComesFrom)
        } else {
            for (token, name) in self.variables(name) {
                self.edge(token, name, Relation::ComesFrom, Span::default(), Span::default());
                self.set(name, token);
            }
            Some(())
        }
    }

    /// Each name in `into` from each in `from`, one edge a pair.
    fn flow(&mut self, into: usize, from: usize, relation: Relation) -> Option<()> {
        for (token, name) in self.variables(into) {
            for (from_token, from_name) in self.variables(from) {
                self.spend(1)?;
                let (names, tokens) = (self.edges.pool.add([from_name]), self.edges.pool.add([from_token]));
                self.edge(token, name, relation, names, tokens);
            }
            self.set(name, token);
        }
        Some(())
    }

    fn increment(&mut self, index: usize) {
        // Within the limits of one node; a step too many is told by the next.
        let _ = self.flow(index, index, Relation::ComputedFrom);
    }

    fn assignment(&mut self, index: usize) -> Option<()> {
        let fields = self.roles.fields;
        let sides = match self.roles.language {
            CodeLanguage::Python if self.roles.is_for_in_clause(self.kind(index)) => {
                vec![(self.field(index, fields.left)?, self.children(index).last()?)]
            }
            CodeLanguage::Python => {
                let Some(right) = self.field(index, fields.right) else { return Some(()) };
                self.sides(self.field(index, fields.left)?, right)
            }
            CodeLanguage::Ruby => {
                let (left, right) = (self.field(index, fields.left)?, self.field(index, fields.right)?);
                if self.roles.is_operator_assignment(self.kind(index)) {
                    vec![(self.children(index).next()?, self.children(index).last()?)]
                } else {
                    self.sides(left, right)
                }
            }
            _ => {
                let right = self.field(index, fields.right)?;
                self.node(right)?;
                return self.flow(self.field(index, fields.left)?, right, Relation::ComputedFrom);
            }
        };
        self.assign(&sides)
    }

    /// Both sides in pairs where they are lists of the same length, else each as a whole.
    fn sides(&self, left: usize, right: usize) -> Sides {
        let parts = |side: usize| -> Vec<usize> {
            self.children(side).filter(|child| !self.roles.is_comma(self.kind(*child))).collect()
        };
        let (lefts, rights) = (parts(left), parts(right));
        if lefts.len() != rights.len() || lefts.is_empty() {
            return vec![(left, right)];
        }
        lefts.into_iter().zip(rights).collect()
    }

    /// What is on the right is followed; then each name on the left comes from all names on its right, in one edge.
    fn assign(&mut self, sides: &[(usize, usize)]) -> Option<()> {
        for (_, right) in sides {
            self.node(*right)?;
        }
        for (left, right) in sides {
            for (token, name) in self.variables(*left) {
                let names = self.variables(*right).map(|(_, name)| name);
                let names = self.edges.pool.add(names);
                let tokens = self.variables(*right).map(|(token, _)| token);
                let tokens = self.edges.pool.add(tokens);
                self.spend(names.length as usize)?;
                self.edge(token, name, Relation::ComputedFrom, names, tokens);
                self.set(name, token);
            }
        }
        Some(())
    }

    fn branch(&mut self, index: usize) -> Option<()> {
        let roles = self.roles;
        let before = self.states.clone();
        let mut others = Vec::new();
        let mut has_else = roles.names_else(self.kind(index));
        let mut is_past = false;
        // `self.states` is what the branch that is taken first leaves; the others begin with what was before.
        for child in self.children(index) {
            let kind = self.kind(child);
            has_else |= roles.names_else(kind);
            let is_other = match roles.language {
                CodeLanguage::Python => roles.is_python_else(kind),
                CodeLanguage::Ruby => roles.role(kind) == Role::Branch,
                _ => {
                    is_past |= roles.role(kind) == Role::Branch;
                    is_past
                }
            };
            if is_other {
                self.spend(before.len() / 8)?;
                let taken = std::mem::replace(&mut self.states, before.clone());
                let followed = self.node(child);
                others.push(std::mem::replace(&mut self.states, taken));
                followed?;
            } else {
                self.node(child)?;
            }
        }
        others.push(self.states.clone());
        let may_be_none = match roles.language {
            CodeLanguage::Go | CodeLanguage::Php | CodeLanguage::JavaScript | CodeLanguage::TypeScript => true,
            _ => !has_else,
        };
        if may_be_none {
            others.push(before);
        }
        self.spend(others.len() * self.states.len() / 8)?;
        self.states = States::after(&others, &mut self.edges.pool);
        Some(())
    }

    fn counting_loop(&mut self, index: usize) -> Option<()> {
        let fields = self.roles.fields;
        match self.roles.language {
            CodeLanguage::Python => {
                let (left, right) = (self.field(index, fields.left)?, self.field(index, fields.right)?);
                let sides = self.sides(left, right);
                let body = self.children(index).last()?;
                let has_body = self.roles.is_block(self.kind(body));
                self.twice(|follow| {
                    follow.assign(&sides)?;
                    if has_body { follow.node(body) } else { Some(()) }
                })
            }
            CodeLanguage::Ruby => {
                let (pattern, value) = (self.field(index, fields.pattern)?, self.field(index, fields.value)?);
                let body = self.field(index, fields.body)?;
                self.twice(|follow| {
                    follow.assign(&[(pattern, value)])?;
                    follow.node(body)
                })
            }
            _ => self.loop_after_head(index),
        }
    }

    /// All children, then once more those after the head.
    fn loop_after_head(&mut self, index: usize) -> Option<()> {
        let start = self.edges.list.len();
        self.all_children(index)?;
        let mut is_past = false;
        for child in self.children(index) {
            if is_past {
                self.node(child)?;
            } else if self.roles.is_head(self.kind(child)) {
                if self.roles.language == CodeLanguage::Go
                    && let Some(update) = self.field(child, self.roles.fields.update)
                {
                    self.node(update)?;
                }
                is_past = true;
            }
        }
        self.edges.join_repeated(start);
        Some(())
    }

    fn each_loop(&mut self, index: usize) -> Option<()> {
        let fields = self.roles.fields;
        let (name, value) = match self.roles.language {
            CodeLanguage::Java => (self.field(index, fields.name)?, self.field(index, fields.value)?),
            CodeLanguage::Php => {
                let mut names = self.children(index).filter(|child| self.roles.is_variable_name(self.kind(*child)));
                let value = names.next()?;
                (names.next()?, value)
            }
            _ => (self.field(index, fields.left)?, self.field(index, fields.right)?),
        };
        let body = self.field(index, fields.body)?;
        self.twice(|follow| {
            follow.node(value)?;
            follow.flow(name, value, Relation::ComputedFrom)?;
            follow.node(body)
        })
    }

    /// A loop's body is followed twice, so that what a round leaves reaches the next.
    fn twice(&mut self, mut round: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let start = self.edges.list.len();
        round(self)?;
        round(self)?;
        self.edges.join_repeated(start);
        Some(())
    }
}

/// The children of a node.
#[derive(Clone)]
struct Children<'a> {
    flat: &'a Flat,
    next: usize,
    left: u32,
}

impl Iterator for Children<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let child = self.next;
        self.next += self.flat.nodes.get(child)?.size as usize;
        Some(child)
    }
}

//! What each kind of node of a grammar is to the data flow, by its name: looked up once for each language.

use std::sync::LazyLock;

use super::CodeLanguage;

/// What a node is to the data flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing of its own: its children are followed.
    Plain,
    /// A name with a value: the value flows into the name.
    Definition,
    /// What is on the right flows into what is on the left.
    Assignment,
    /// What it has in it flows into itself.
    Increment,
    /// Branches, after which any may have been taken.
    Branch,
    /// A loop with a counter.
    For,
    /// A loop over items.
    ForEach,
    /// A loop on a condition.
    While,
}

/// The kinds of nodes with a role in one language's data flow; those of codebleu 0.7.0.
struct Names {
    definition: &'static [&'static str],
    assignment: &'static [&'static str],
    increment: &'static [&'static str],
    branch: &'static [&'static str],
    repeat: &'static [&'static str],
    each: &'static [&'static str],
    condition: &'static [&'static str],
    /// Children that are followed before the others.
    first: &'static [&'static str],
    /// What of a counting loop is followed once; all after it twice.
    head: &'static [&'static str],
}

/// C, C++ and C# share one. No grammar has a `for_each_statement`: the reference's rule for it never applies.
const C_SHARP: Names = Names {
    definition: &["variable_declarator"],
    assignment: &["assignment_expression"],
    increment: &["postfix_unary_expression"],
    branch: &["if_statement", "else"],
    repeat: &["for_statement"],
    each: &["for_each_statement"],
    condition: &["while_statement"],
    first: &[],
    head: &["local_variable_declaration"],
};

const JAVASCRIPT: Names = Names {
    definition: &["variable_declarator"],
    assignment: &["assignment_pattern", "augmented_assignment_expression"],
    increment: &["update_expression"],
    branch: &["if_statement", "else"],
    repeat: &["for_statement"],
    each: &[],
    condition: &["while_statement"],
    first: &[],
    head: &["variable_declaration"],
};

const fn names(language: CodeLanguage) -> Names {
    match language {
        CodeLanguage::Python => Names {
            definition: &["default_parameter"],
            assignment: &["assignment", "augmented_assignment", "for_in_clause"],
            increment: &[],
            branch: &["if_statement"],
            repeat: &["for_statement"],
            each: &[],
            condition: &["while_statement"],
            first: &["for_in_clause"],
            head: &[],
        },
        CodeLanguage::Java => Names {
            definition: &["variable_declarator"],
            assignment: &["assignment_expression"],
            increment: &["update_expression"],
            branch: &["if_statement", "else"],
            repeat: &["for_statement"],
            each: &["enhanced_for_statement"],
            condition: &["while_statement"],
            first: &[],
            head: &["local_variable_declaration"],
        },
        CodeLanguage::JavaScript | CodeLanguage::TypeScript => JAVASCRIPT,
        CodeLanguage::Go => Names {
            definition: &["var_spec"],
            assignment: &["assignment_statement"],
            increment: &["inc_statement"],
            branch: &["if_statement", "else"],
            repeat: &["for_statement"],
            each: &[],
            condition: &[],
            first: &[],
            head: &["for_clause"],
        },
        CodeLanguage::C | CodeLanguage::Cpp | CodeLanguage::CSharp => C_SHARP,
        CodeLanguage::Php => Names {
            definition: &["simple_parameter"],
            assignment: &["assignment_expression", "augmented_assignment_expression"],
            increment: &["update_expression"],
            branch: &["if_statement", "else_clause"],
            repeat: &["for_statement"],
            each: &["foreach_statement"],
            condition: &["while_statement"],
            first: &[],
            head: &["assignment_expression"],
        },
        CodeLanguage::Ruby => Names {
            definition: &["keyword_parameter"],
            assignment: &["assignment", "operator_assignment"],
            increment: &[],
            branch: &["if", "elsif", "else", "unless", "when"],
            repeat: &["for"],
            each: &[],
            condition: &["while_modifier", "until"],
            first: &[],
            head: &[],
        },
        CodeLanguage::Rust => Names {
            definition: &["function_item"],
            assignment: &["assignment_expression", "compound_assignment_expr", "let_expression"],
            increment: &[],
            branch: &["if_expression", "if_let_expression", "match_expression", "else"],
            repeat: &["for_expression"],
            each: &["for_each_statement"],
            condition: &["while_expression", "while_let_expression", "loop_expression"],
            first: &[],
            head: &["local_variable_declaration"],
        },
    }
}

/// One kind of node.
#[derive(Debug)]
struct Kind {
    name: Box<str>,
    role: Role,
    flags: u32,
}

const STRING: u32 = 1;
const COMMENT: u32 = 1 << 1;
const IDENTIFIER: u32 = 1 << 2;
const FIRST: u32 = 1 << 3;
const HEAD: u32 = 1 << 4;
const NAMES_ELSE: u32 = 1 << 5;
const COMMA: u32 = 1 << 6;
const BLOCK: u32 = 1 << 7;
const VARIABLE_NAME: u32 = 1 << 8;
const PYTHON_ELSE: u32 = 1 << 9;
const OPERATOR_ASSIGNMENT: u32 = 1 << 10;
const FOR_IN_CLAUSE: u32 = 1 << 11;
const GLASS: u32 = 1 << 12;
const HIDDEN: u32 = 1 << 13;
const LEAF: u32 = 1 << 14;
const FOR: u32 = 1 << 15;
const STATEMENT: u32 = 1 << 16;
const SEMICOLON: u32 = 1 << 17;

/// All kinds of one grammar, and the fields the data flow asks for.
#[derive(Debug)]
pub(super) struct Roles {
    /// The language.
    pub(super) language: CodeLanguage,
    kinds: Vec<Kind>,
    /// Fields by their numbers; `None` where the grammar has none of that name.
    pub(super) fields: Fields,
    /// The kind of an expression that is a statement.
    pub(super) statement: u16,
}

/// The numbers of fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) name: Option<u16>,
    pub(super) value: Option<u16>,
    pub(super) default_value: Option<u16>,
    pub(super) left: Option<u16>,
    pub(super) right: Option<u16>,
    pub(super) body: Option<u16>,
    pub(super) pattern: Option<u16>,
    pub(super) update: Option<u16>,
    pub(super) initializer: Option<u16>,
    pub(super) condition: Option<u16>,
}

/// Asks one thing of a kind.
macro_rules! asks {
    ($($(#[$meta:meta])* $name:ident: $flag:ident;)*) => {
        $($(#[$meta])* pub(super) fn $name(&self, kind: u16) -> bool {
            self.kind(kind).is_some_and(|kind| kind.flags & $flag != 0)
        })*
    };
}

impl Roles {
    fn of(language: CodeLanguage) -> Self {
        let grammar = language.grammar();
        let names = names(language);
        let kinds = (0..grammar.node_kind_count())
            .map(|number| {
                let name = grammar.node_kind_for_id(number as u16).unwrap_or_default();
                Kind { name: name.into(), role: role(&names, name), flags: flags(&names, name) | drift(language, name) }
            })
            .collect();
        let field = |name: &str| grammar.field_id_for_name(name).map(std::num::NonZero::get);
        let fields = Fields {
            name: field("name"),
            value: field("value"),
            default_value: field("default_value"),
            left: field("left"),
            right: field("right"),
            body: field("body"),
            pattern: field("pattern"),
            update: field("update"),
            initializer: field("initializer"),
            condition: field("condition"),
        };
        let statement = grammar.id_for_node_kind("expression_statement", true);
        Self { language, kinds, fields, statement }
    }

    fn kind(&self, kind: u16) -> Option<&Kind> {
        self.kinds.get(kind as usize)
    }

    /// What a node of this kind is.
    pub(super) fn role(&self, kind: u16) -> Role {
        self.kind(kind).map_or(Role::Plain, |kind| kind.role)
    }

    /// The kind's name; that of tree-sitter's own error node where the grammar has no such kind.
    pub(super) fn name(&self, kind: u16) -> &str {
        self.kind(kind).map_or("ERROR", |kind| &kind.name)
    }

    asks! {
        /// A string or character literal, whose parts are no tokens.
        is_string: STRING;
        /// A comment.
        is_comment: COMMENT;
        /// An identifier.
        is_identifier: IDENTIFIER;
        /// To be followed before its siblings.
        is_first: FIRST;
        /// What of a counting loop is followed once.
        is_head: HEAD;
        /// Named for an else.
        names_else: NAMES_ELSE;
        /// A comma.
        is_comma: COMMA;
        /// A block.
        is_block: BLOCK;
        /// A variable's name, in PHP.
        is_variable_name: VARIABLE_NAME;
        /// An else or elif of Python.
        is_python_else: PYTHON_ELSE;
        /// An assignment by an operator, in Ruby.
        is_operator_assignment: OPERATOR_ASSIGNMENT;
        /// The for of a comprehension, in Python.
        is_for_in_clause: FOR_IN_CLAUSE;
        /// New since the reference's grammar: what is in it counts as standing where it stands.
        is_glass: GLASS;
        /// New since the reference's grammar, in a node that had nothing there.
        is_hidden: HIDDEN;
        /// Without parts in the reference's grammar.
        is_leaf: LEAF;
        /// A loop whose head is of statements in the reference's grammar.
        is_for: FOR;
        /// A statement, as the head of such a loop may have it still.
        is_statement: STATEMENT;
        /// A semicolon.
        is_semicolon: SEMICOLON;
    }
}

fn role(names: &Names, name: &str) -> Role {
    [
        (names.definition, Role::Definition),
        (names.assignment, Role::Assignment),
        (names.increment, Role::Increment),
        (names.branch, Role::Branch),
        (names.repeat, Role::For),
        (names.each, Role::ForEach),
        (names.condition, Role::While),
    ]
    .into_iter()
    .find(|(list, _)| list.contains(&name))
    .map_or(Role::Plain, |(_, role)| role)
}

fn flags(names: &Names, name: &str) -> u32 {
    [
        (STRING, matches!(name, "string_literal" | "string" | "character_literal")),
        (COMMENT, name == "comment"),
        (IDENTIFIER, name == "identifier"),
        (FIRST, names.first.contains(&name)),
        (HEAD, names.head.contains(&name)),
        (NAMES_ELSE, name.contains("else")),
        (COMMA, name == ","),
        (BLOCK, name == "block"),
        (VARIABLE_NAME, name == "variable_name"),
        (PYTHON_ELSE, matches!(name, "elif_clause" | "else_clause")),
        (OPERATOR_ASSIGNMENT, name == "operator_assignment"),
        (FOR_IN_CLAUSE, name == "for_in_clause"),
        (SEMICOLON, name == ";"),
    ]
    .into_iter()
    .filter(|(_, is)| *is)
    .fold(0, |flags, (flag, _)| flags | flag)
}

/// What a grammar has that the one of the reference's day (codebleu 0.7.0 asks for tree-sitter-go and tree-sitter-javascript 0.21)
/// had not: Go's lists of statements and the contents of its strings; and JavaScript's bare expressions in the head of a `for`.
fn drift(language: CodeLanguage, name: &str) -> u32 {
    match (language, name) {
        (CodeLanguage::Go, "statement_list") => GLASS,
        (CodeLanguage::Go, "interpreted_string_literal_content") => HIDDEN,
        (CodeLanguage::Go, "raw_string_literal") => LEAF,
        (CodeLanguage::JavaScript | CodeLanguage::TypeScript, "for_statement") => FOR,
        (
            CodeLanguage::JavaScript | CodeLanguage::TypeScript,
            "lexical_declaration" | "variable_declaration" | "empty_statement",
        ) => STATEMENT,
        _ => 0,
    }
}

/// The roles of `language`.
pub(super) fn roles(language: CodeLanguage) -> &'static Roles {
    static ROLES: [LazyLock<Roles>; CodeLanguage::ALL.len()] = [
        LazyLock::new(|| Roles::of(CodeLanguage::Python)),
        LazyLock::new(|| Roles::of(CodeLanguage::Java)),
        LazyLock::new(|| Roles::of(CodeLanguage::JavaScript)),
        LazyLock::new(|| Roles::of(CodeLanguage::Go)),
        LazyLock::new(|| Roles::of(CodeLanguage::C)),
        LazyLock::new(|| Roles::of(CodeLanguage::Cpp)),
        LazyLock::new(|| Roles::of(CodeLanguage::CSharp)),
        LazyLock::new(|| Roles::of(CodeLanguage::Php)),
        LazyLock::new(|| Roles::of(CodeLanguage::Ruby)),
        LazyLock::new(|| Roles::of(CodeLanguage::Rust)),
        LazyLock::new(|| Roles::of(CodeLanguage::TypeScript)),
    ];
    &ROLES[language as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_own_roles() {
        for language in CodeLanguage::ALL {
            let roles = roles(language);
            assert_eq!(roles.language, language);
            let with = |role| roles.kinds.iter().any(|kind| kind.role == role);
            assert!(with(Role::Branch) && with(Role::Assignment) && with(Role::For), "{language:?}");
        }
    }
}

//! The languages CodeBLEU is computed for, their names, and their grammars.

use tree_sitter::Language;

/// A programming language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeLanguage {
    /// Python.
    Python,
    /// Java.
    Java,
    /// JavaScript.
    JavaScript,
    /// Go.
    Go,
    /// C.
    C,
    /// C++.
    Cpp,
    /// C#.
    CSharp,
    /// PHP; code outside `<?php` is text.
    Php,
    /// Ruby.
    Ruby,
    /// Rust.
    Rust,
    /// TypeScript, which no reference implementation scores; see [`CodeLanguage::has_reference`].
    TypeScript,
}

impl CodeLanguage {
    /// Every language.
    pub const ALL: [Self; 11] = [
        Self::Python,
        Self::Java,
        Self::JavaScript,
        Self::Go,
        Self::C,
        Self::Cpp,
        Self::CSharp,
        Self::Php,
        Self::Ruby,
        Self::Rust,
        Self::TypeScript,
    ];

    /// The name, as codebleu 0.7.0 writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Java => "java",
            Self::JavaScript => "javascript",
            Self::Go => "go",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::CSharp => "c_sharp",
            Self::Php => "php",
            Self::Ruby => "ruby",
            Self::Rust => "rust",
            Self::TypeScript => "typescript",
        }
    }

    /// The language called that. Letter case does not count, and the usual other names are known: `py`, `js`, `c++`, `golang`... `cs` and `ts` are
    /// natural languages (Czech, Tsonga).
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "py" | "python3" => Some(Self::Python),
            "js" | "jsx" | "node" => Some(Self::JavaScript),
            "golang" => Some(Self::Go),
            "rs" => Some(Self::Rust),
            "rb" => Some(Self::Ruby),
            "c++" | "cc" | "cxx" => Some(Self::Cpp),
            "c#" | "csharp" => Some(Self::CSharp),
            _ => Self::ALL.into_iter().find(|one| one.as_str() == name),
        }
    }

    /// Whether a reference implementation scores this language, so that the numbers here could be held against it.
    pub const fn has_reference(self) -> bool {
        !matches!(self, Self::TypeScript)
    }

    pub(super) fn grammar(self) -> Language {
        match self {
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::C => tree_sitter_c::LANGUAGE.into(),
            Self::Cpp => tree_sitter_cpp::LANGUAGE.into(),
            Self::CSharp => tree_sitter_c_sharp::LANGUAGE.into(),
            Self::Php => tree_sitter_php::LANGUAGE_PHP.into(),
            Self::Ruby => tree_sitter_ruby::LANGUAGE.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_and_other_spellings_are_known() {
        for language in CodeLanguage::ALL {
            assert_eq!(CodeLanguage::parse(language.as_str()), Some(language));
        }
        assert_eq!(CodeLanguage::parse("C++"), Some(CodeLanguage::Cpp));
        assert_eq!(CodeLanguage::parse("C#"), Some(CodeLanguage::CSharp));
        for (name, language) in [
            ("py", CodeLanguage::Python),
            ("JS", CodeLanguage::JavaScript),
            ("rs", CodeLanguage::Rust),
            ("rb", CodeLanguage::Ruby),
            ("golang", CodeLanguage::Go),
        ] {
            assert_eq!(CodeLanguage::parse(name), Some(language));
        }
        // Natural languages by their codes are none of these.
        for name in ["en", "cs", "ts", "zh", ""] {
            assert_eq!(CodeLanguage::parse(name), None, "{name}");
        }
    }
}

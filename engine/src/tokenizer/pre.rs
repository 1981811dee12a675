//! How text is cut into words before the merges run: one entry per `tokenizer.ggml.pre` that is reproduced exactly.
//!
//! A wrong cut gives other tokens without any error, so a name that is not in this list is refused.

use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;

use crate::EngineError;

/// The pattern of the Qwen 2 tokenizer: digits one by one.
const QWEN2: &str = r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The pattern of the Llama 3 tokenizer: digits in threes.
const LLAMA3: &str = r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// A way of cutting text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// GPT-2's own pattern.
    Gpt2,
    /// GPT-2's pattern after every digit was cut off by itself.
    SmolLm,
    /// Llama 3's pattern; whole words of the vocabulary need no merges.
    Llama3,
    /// Qwen 2's pattern, after the text was brought to the composed Unicode form.
    Qwen2,
}

impl Cut {
    const NAMES: [(&str, Self); 8] = [
        ("gpt-2", Self::Gpt2),
        ("gpt2", Self::Gpt2),
        ("smollm", Self::SmolLm),
        ("llama-bpe", Self::Llama3),
        ("llama3", Self::Llama3),
        ("llama-v3", Self::Llama3),
        ("qwen2", Self::Qwen2),
        ("deepseek-r1-qwen", Self::Qwen2),
    ];

    /// The way named `name` in a file.
    pub(super) fn from_name(name: &str) -> Result<Self, EngineError> {
        Self::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, cut)| cut).ok_or_else(|| {
            EngineError::UnsupportedTokenizer {
                name: name.to_owned(),
                supported: Self::NAMES.map(|(name, _)| name).join(", "),
            }
        })
    }

    /// The cutting itself, ending in GPT-2's spelling of bytes as printable characters.
    pub(super) fn steps(self) -> Result<PreTokenizerWrapper, EngineError> {
        let pattern = |pattern: &str| {
            Split::new(SplitPattern::Regex(pattern.to_owned()), SplitDelimiterBehavior::Isolated, false)
                .map(PreTokenizerWrapper::from)
                .map_err(|error| EngineError::Tensor { reason: error.to_string() })
        };
        let spell = ByteLevel::new(false, true, false);
        let gpt2 = ByteLevel::new(false, true, true);
        Ok(match self {
            Self::Gpt2 => gpt2.into(),
            Self::SmolLm => Sequence::new(vec![Digits::new(true).into(), gpt2.into()]).into(),
            Self::Llama3 => Sequence::new(vec![pattern(LLAMA3)?, spell.into()]).into(),
            Self::Qwen2 => Sequence::new(vec![pattern(QWEN2)?, spell.into()]).into(),
        })
    }

    /// Whether words of the vocabulary are taken whole, without running the merges.
    pub(super) fn takes_words_whole(self) -> bool {
        self == Self::Llama3
    }

    /// Whether text is brought to the composed Unicode form first.
    pub(super) fn composes(self) -> bool {
        self == Self::Qwen2
    }

    /// Whether a text begins with the begin-of-text token where the file does not say.
    pub(super) fn begins_by_default(self) -> bool {
        self == Self::Llama3
    }
}

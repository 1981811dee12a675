//! The shape of a model, read from a GGUF file's metadata and checked before any weight is touched.

use crate::EngineError;
use crate::gguf::{Gguf, Value};

/// The families with a forward pass here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Llama 2 and 3, SmolLM2 and others of that shape.
    Llama,
    /// Qwen 2 and 2.5: biases on the attention projections.
    Qwen2,
    /// Qwen 3: queries and keys are normalised per head.
    Qwen3,
}

impl Architecture {
    const ALL: [Self; 3] = [Self::Llama, Self::Qwen2, Self::Qwen3];

    /// The name GGUF files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
        }
    }

    fn from_name(name: &str) -> Result<Self, EngineError> {
        Self::ALL.into_iter().find(|architecture| architecture.name() == name).ok_or_else(|| {
            EngineError::UnsupportedArchitecture {
                name: name.to_owned(),
                supported: Self::ALL.map(Self::name).join(", "),
            }
        })
    }

    /// How rotary positions pair the values of a head. The converter that writes Llama files permutes queries and keys
    /// so that neighbours belong together; the Qwen files keep the halves of the original.
    pub fn rotary_pairs(self) -> RotaryPairs {
        match self {
            Self::Llama => RotaryPairs::Neighbours,
            Self::Qwen2 | Self::Qwen3 => RotaryPairs::Halves,
        }
    }
}

/// Which two values of a head a rotary position turns together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotaryPairs {
    /// Values 2i and 2i+1.
    Neighbours,
    /// Values i and i + half.
    Halves,
}

/// The shape of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The family.
    pub architecture: Architecture,
    /// Transformer layers.
    pub layers: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; each serves `heads / key_value_heads` query heads.
    pub key_value_heads: usize,
    /// Values per head.
    pub head_size: usize,
    /// Width inside the feed-forward blocks.
    pub feed_forward: usize,
    /// Tokens a context holds.
    pub context: usize,
    /// Entries of the vocabulary.
    pub vocabulary: usize,
    /// The small number inside every normalisation.
    pub epsilon: f32,
    /// The base of the rotary frequencies.
    pub rotary_base: f32,
    /// Positions are divided by this (1 where the file does not stretch them).
    pub rotary_stretch: f32,
}

impl Config {
    /// Reads and checks the shape of the model in `file`.
    pub fn from_gguf(file: &Gguf) -> Result<Self, EngineError> {
        let name = file
            .string("general.architecture")
            .ok_or_else(|| file.malformed("the metadata `general.architecture` is missing".to_owned()))?;
        let architecture = Architecture::from_name(name)?;
        let key = |suffix: &str| format!("{name}.{suffix}");
        let optional_count = |suffix: &str| file.value(&key(suffix)).map(|_| file.count(&key(suffix))).transpose();

        let width = file.count(&key("embedding_length"))?;
        let heads = file.count(&key("attention.head_count"))?;
        let key_value_heads = optional_count("attention.head_count_kv")?.unwrap_or(heads);
        let at_least_one = [("embedding_length", width), ("attention.head_count", heads)];
        if let Some((suffix, _)) = at_least_one.iter().find(|(_, count)| *count == 0) {
            return Err(file.malformed(format!("the metadata `{}` is 0", key(suffix))));
        }
        let head_size = optional_count("attention.key_length")?.unwrap_or(width / heads);
        let config = Self {
            architecture,
            layers: file.count(&key("block_count"))?,
            width,
            heads,
            key_value_heads,
            head_size,
            feed_forward: file.count(&key("feed_forward_length"))?,
            context: file.count(&key("context_length"))?,
            vocabulary: file.value("tokenizer.ggml.tokens").and_then(Value::as_strings).map_or(0, <[String]>::len),
            epsilon: file.float(&key("attention.layer_norm_rms_epsilon"))? as f32,
            rotary_base: match file.value(&key("rope.freq_base")) {
                Some(_) => file.float(&key("rope.freq_base"))? as f32,
                None => 10_000.0,
            },
            rotary_stretch: rotary_stretch(file, name)?,
        };
        config.check(file)?;
        for (suffix, unless) in [("attention.value_length", head_size), ("rope.dimension_count", head_size)] {
            if let Some(count) = optional_count(suffix)?.filter(|&count| count != unless) {
                let feature = format!("heads of two sizes (`{}` is {count}, keys have {unless})", key(suffix));
                return Err(EngineError::UnsupportedFeature { feature });
            }
        }
        if optional_count("expert_count")?.is_some_and(|count| count > 0) {
            let feature = format!("a mixture of experts (`{}`)", key("expert_count"));
            return Err(EngineError::UnsupportedFeature { feature });
        }
        Ok(config)
    }

    fn check(&self, file: &Gguf) -> Result<(), EngineError> {
        let counts = [
            ("layers", self.layers, 1_000),
            ("key and value heads", self.key_value_heads, 1 << 10),
            ("query heads", self.heads, 1 << 10),
            ("head size", self.head_size, 1 << 12),
            ("width", self.width, 1 << 18),
            ("feed-forward width", self.feed_forward, 1 << 20),
            ("context length", self.context, 1 << 24),
            ("vocabulary", self.vocabulary, 1 << 22),
        ];
        for (what, count, most) in counts {
            if count == 0 || count > most {
                return Err(file.malformed(format!("{count} is no possible {what} (1 to {most})")));
            }
        }
        if !self.heads.is_multiple_of(self.key_value_heads) || !self.head_size.is_multiple_of(2) {
            return Err(file.malformed(format!(
                "{} query heads, {} key heads and heads of {} values do not fit together",
                self.heads, self.key_value_heads, self.head_size
            )));
        }
        if self.epsilon <= 0.0 || self.rotary_base <= 0.0 || self.rotary_stretch <= 0.0 {
            return Err(file.malformed("a normalisation or rotary constant is not positive".to_owned()));
        }
        Ok(())
    }

    /// Values of one row of queries.
    pub fn query_width(&self) -> usize {
        self.heads * self.head_size
    }

    /// Values of one row of keys (or of values).
    pub fn key_value_width(&self) -> usize {
        self.key_value_heads * self.head_size
    }
}

/// How much the file stretches positions; kinds of stretching that change more than that are refused.
fn rotary_stretch(file: &Gguf, architecture: &str) -> Result<f32, EngineError> {
    let kind_key = format!("{architecture}.rope.scaling.type");
    let factor_key = format!("{architecture}.rope.scaling.factor");
    match file.string(&kind_key) {
        None | Some("none") => Ok(1.0),
        Some("linear") => Ok(file.float(&factor_key)? as f32),
        Some(other) => Err(EngineError::UnsupportedFeature {
            feature: format!("rotary scaling of the kind `{other}` (`{kind_key}`)"),
        }),
    }
}

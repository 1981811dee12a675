//! Text to tokens and back, from the tables in a GGUF file.
//!
//! Control tokens are recognised in template text only. What a user, a data row or an exemplar says is text: spelled-out
//! control tokens in it become the ordinary tokens of their letters, so that nothing can forge the end of a turn.

mod bytes;
mod control;
mod pre;

use std::collections::HashSet;

use tokenizers::Tokenizer as Pipeline;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::unicode::NFC;

use crate::EngineError;
use crate::gguf::{Gguf, Value};
use control::{ControlTokens, Piece};
use pre::Cut;

/// What the file's table of token types says about an entry (the specification's numbers).
const UNKNOWN: i64 = 2;
const CONTROL: i64 = 3;
const USER_DEFINED: i64 = 4;
const UNUSED: i64 = 5;

/// Names of tokens that end a turn in the supported families, for files whose metadata name only one of several.
const ENDS: [&str; 8] =
    ["<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|endoftext|>", "<|end_of_text|>", "<|end|>", "<EOT>", "<|EOT|>"];

/// A tokenizer.
pub struct Tokenizer {
    pipeline: Pipeline,
    /// Recognised in template text.
    control: ControlTokens,
    /// Recognised everywhere: words the model's makers added.
    user_defined: ControlTokens,
    /// The bytes each token stands for; empty for control tokens.
    pieces: Vec<Vec<u8>>,
    ends: HashSet<u32>,
    end: Option<u32>,
    begin: Option<Begin>,
    begin_text: String,
    end_text: String,
}

/// The token every text begins with.
struct Begin {
    id: u32,
}

impl Tokenizer {
    /// Builds the tokenizer a file describes, or refuses by name what cannot be reproduced exactly.
    pub fn from_gguf(file: &Gguf) -> Result<Self, EngineError> {
        let refused = |name: &str, supported: &str| EngineError::UnsupportedTokenizer {
            name: name.to_owned(),
            supported: supported.to_owned(),
        };
        let model = file.string("tokenizer.ggml.model").unwrap_or("(none)");
        if model != "gpt2" {
            return Err(refused(model, "gpt2 (byte-level BPE)"));
        }
        let cut = Cut::from_name(file.string("tokenizer.ggml.pre").unwrap_or("(no tokenizer.ggml.pre)"))?;
        let strings = |key: &str| {
            file.value(key)
                .and_then(Value::as_strings)
                .ok_or_else(|| file.malformed(format!("the metadata `{key}` is missing or no list of strings")))
        };
        let tokens = strings("tokenizer.ggml.tokens")?;
        let merges = strings("tokenizer.ggml.merges")?;
        let kinds = file.value("tokenizer.ggml.token_type").and_then(Value::as_integers).unwrap_or(&[]);
        let kind = |id: usize| kinds.get(id).copied().unwrap_or(1);

        let mut control = Vec::new();
        let mut user_defined = Vec::new();
        let mut pieces = Vec::with_capacity(tokens.len());
        for (id, token) in tokens.iter().enumerate() {
            match kind(id) {
                UNKNOWN | CONTROL => {
                    control.push((token.clone(), id as u32));
                    pieces.push(Vec::new());
                }
                USER_DEFINED => {
                    user_defined.push((token.clone(), id as u32));
                    pieces.push(token.as_bytes().to_vec());
                }
                UNUSED => pieces.push(Vec::new()),
                _ => pieces.push(bytes::bytes_of(token)),
            }
        }
        let id_of = |key: &str| {
            let id = file.value(key)?.as_unsigned()?;
            tokens.get(usize::try_from(id).ok()?).map(|text| (text.clone(), id as u32))
        };
        let begin_token = id_of("tokenizer.ggml.bos_token_id");
        let end_token = id_of("tokenizer.ggml.eos_token_id");
        let mut ends: HashSet<u32> = ["eos", "eot", "eom"]
            .into_iter()
            .filter_map(|name| id_of(&format!("tokenizer.ggml.{name}_token_id")))
            .map(|(_, id)| id)
            .collect();
        ends.extend(control.iter().filter(|(token, _)| ENDS.contains(&token.as_str())).map(|&(_, id)| id));

        let begins = match file.value("tokenizer.ggml.add_bos_token").and_then(Value::as_bool) {
            Some(begins) => begins,
            None => cut.begins_by_default(),
        };
        Ok(Self {
            pipeline: pipeline(file, cut, tokens, merges)?,
            control: ControlTokens::new(control),
            user_defined: ControlTokens::new(user_defined),
            pieces,
            ends,
            end: end_token.as_ref().map(|&(_, id)| id),
            begin: begin_token.as_ref().filter(|_| begins).map(|&(_, id)| Begin { id }),
            begin_text: begin_token.map(|(text, _)| text).unwrap_or_default(),
            end_text: end_token.map(|(text, _)| text).unwrap_or_default(),
        })
    }

    /// The tokens of plain text: control tokens spelled out in it are just letters.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        let mut ids = Vec::new();
        self.encode_plain(text, &mut ids)?;
        Ok(ids)
    }

    /// The tokens of rendered template text, in which control tokens count, except where `mark` breaks them up.
    pub(crate) fn encode_rendered(&self, text: &str, mark: &str) -> Result<Vec<u32>, EngineError> {
        let mut ids = Vec::new();
        for piece in self.control.cut(text) {
            match piece {
                Piece::Control(id) => ids.push(id),
                Piece::Plain(text) if text.contains(mark) => self.encode_plain(&text.replace(mark, ""), &mut ids)?,
                Piece::Plain(text) => self.encode_plain(text, &mut ids)?,
            }
        }
        if let Some(begin) = &self.begin
            && ids.first() != Some(&begin.id)
        {
            ids.insert(0, begin.id);
        }
        Ok(ids)
    }

    /// The tokens of rendered text up to the first one that ends a turn; nothing if none does.
    pub(crate) fn encode_turn(&self, text: &str, mark: &str) -> Result<Option<Vec<u32>>, EngineError> {
        let mut ids = Vec::new();
        for piece in self.control.cut(text) {
            match piece {
                Piece::Control(id) => {
                    ids.push(id);
                    if self.is_end(id) {
                        return Ok(Some(ids));
                    }
                }
                Piece::Plain(text) => self.encode_plain(&text.replace(mark, ""), &mut ids)?,
            }
        }
        Ok(None)
    }

    /// The token that ends a turn, as far as the file names one.
    pub(crate) fn end(&self) -> Option<u32> {
        self.end
    }

    /// Puts `mark` into every control token spelled out in `content`.
    pub(crate) fn disarm(&self, content: &str, mark: &str) -> String {
        control::disarm(&self.control, content, mark)
    }

    fn encode_plain(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), EngineError> {
        for piece in self.user_defined.cut(text) {
            match piece {
                Piece::Control(id) => ids.push(id),
                Piece::Plain(text) => {
                    let encoding = self
                        .pipeline
                        .encode_fast(text, false)
                        .map_err(|error| EngineError::Tensor { reason: format!("tokenizing: {error}") })?;
                    ids.extend_from_slice(encoding.get_ids());
                }
            }
        }
        Ok(())
    }

    /// The bytes a token stands for: nothing for control tokens, and not always whole characters.
    pub fn bytes(&self, id: u32) -> &[u8] {
        self.pieces.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether a token ends the answer.
    pub fn is_end(&self, id: u32) -> bool {
        self.ends.contains(&id)
    }

    /// Entries of the vocabulary.
    pub fn vocabulary(&self) -> usize {
        self.pieces.len()
    }

    /// The text of the begin-of-text token, which templates may ask for.
    pub(crate) fn begin_text(&self) -> &str {
        &self.begin_text
    }

    /// The text of the end-of-text token, which templates may ask for.
    pub(crate) fn end_text(&self) -> &str {
        &self.end_text
    }
}

fn pipeline(file: &Gguf, cut: Cut, tokens: &[String], merges: &[String]) -> Result<Pipeline, EngineError> {
    let ids: Vec<(String, u32)> = tokens.iter().enumerate().map(|(id, token)| (token.clone(), id as u32)).collect();
    let vocabulary: HashSet<&str> = tokens.iter().map(String::as_str).collect();
    // Makers leave out bytes that hardly occur in text; such a byte vanishes here as it does in llama.cpp. Without the
    // printable ones the table is no byte-level vocabulary at all.
    let spelled = (b'!'..=b'~').map(char::from).chain(['Ġ', 'Ċ']);
    if let Some(missing) = spelled.into_iter().find(|c| !vocabulary.contains(c.to_string().as_str())) {
        return Err(file.malformed(format!("the vocabulary has no entry for the byte spelled `{missing}`")));
    }
    let merges = merges
        .iter()
        .map(|merge| match merge.split_once(' ') {
            Some((left, right)) => Ok((left.to_owned(), right.to_owned())),
            None => Err(file.malformed(format!("the merge `{merge}` is not a pair"))),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let model = BPE::builder()
        .vocab_and_merges(ids.into_iter().collect::<Vocab>(), merges)
        .ignore_merges(cut.takes_words_whole())
        .build()
        .map_err(|error| file.malformed(format!("the merges do not fit the vocabulary: {error}")))?;
    let mut pipeline = Pipeline::new(model);
    pipeline.with_pre_tokenizer(Some(cut.steps()?));
    if cut.composes() {
        pipeline.with_normalizer(Some(NFC)).map_err(|error| EngineError::Tensor { reason: error.to_string() })?;
    }
    Ok(pipeline)
}

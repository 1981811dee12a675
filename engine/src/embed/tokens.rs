//! Text to word pieces, as BERT cuts it: lower case, accents off, words at spaces and signs, then the longest known pieces.

use std::fs;
use std::path::Path;

use tokenizers::models::bpe::Vocab;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{Model, Tokenizer as Pipeline};

use crate::EngineError;

/// The tokenizer of a `vocab.txt`.
pub(super) struct WordPieces {
    pipeline: Pipeline,
    first: u32,
    last: u32,
}

impl WordPieces {
    /// Reads a `vocab.txt`: a piece a line, its number that of the line from 0.
    pub(super) fn load(path: &Path, expected: usize) -> Result<Self, EngineError> {
        let text = fs::read_to_string(path)
            .map_err(|error| EngineError::Read { path: path.to_owned(), reason: error.to_string() })?;
        let malformed = |reason: String| EngineError::Malformed { path: path.to_owned(), reason };
        let vocabulary: Vocab = text.lines().enumerate().map(|(id, piece)| (piece.to_owned(), id as u32)).collect();
        if vocabulary.len() != expected {
            let found = vocabulary.len();
            return Err(malformed(format!("it has {found} different pieces, the weights {expected}")));
        }
        let id = |piece: &str| vocabulary.get(piece).copied().ok_or_else(|| malformed(format!("it has no `{piece}`")));
        let (first, last) = (id("[CLS]")?, id("[SEP]")?);
        id("[UNK]")?;
        let model = WordPiece::builder()
            .vocab(vocabulary)
            .unk_token("[UNK]".to_owned())
            .max_input_chars_per_word(100)
            .build()
            .map_err(|error| malformed(error.to_string()))?;
        debug_assert!(model.get_vocab_size() == expected, "every piece was taken");
        let mut pipeline = Pipeline::new(model);
        pipeline
            .with_normalizer(Some(BertNormalizer::new(true, true, None, true)))
            .map_err(|error| malformed(error.to_string()))?;
        pipeline.with_pre_tokenizer(Some(BertPreTokenizer));
        Ok(Self { pipeline, first, last })
    }

    /// The pieces of a text between `[CLS]` and `[SEP]`, at most `most` with these.
    pub(super) fn encode(&self, text: &str, most: usize) -> Result<Vec<u32>, EngineError> {
        let encoding = self
            .pipeline
            .encode_fast(text, false)
            .map_err(|error| EngineError::Tensor { reason: format!("tokenizing: {error}") })?;
        let mut ids = vec![self.first];
        ids.extend(encoding.get_ids().iter().take(most.saturating_sub(2)));
        ids.push(self.last);
        Ok(ids)
    }
}

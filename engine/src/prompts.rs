//! From messages to tokens: the model's own template and tokenizer.

use std::path::Path;

use crate::EngineError;
use crate::gguf::Gguf;
use crate::model::Config;
use crate::service::{ChatMessage, GenerateRequest};
use crate::template::{ChatTemplate, Date, Turn};
use crate::tokenizer::Tokenizer;
use crate::train::Example;

/// A model's template and tokenizer.
pub(crate) struct Prompts {
    pub(crate) tokenizer: Tokenizer,
    pub(crate) template: ChatTemplate,
    pub(crate) context: usize,
}

/// Counts what messages take as a prompt, by a model's template and tokenizer alone: its weights stay on the disk.
pub struct PromptCounter(Prompts);

impl PromptCounter {
    /// Reads template and tokenizer of the GGUF file at `path`.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let file = Gguf::open(path)?;
        let context = Config::from_gguf(&file)?.context;
        let template = ChatTemplate::from_gguf(&file, Date::default())?;
        Ok(Self(Prompts { tokenizer: Tokenizer::from_gguf(&file)?, template, context }))
    }

    /// How many tokens `messages` become, template included.
    pub fn count(&self, messages: &[ChatMessage]) -> Result<usize, EngineError> {
        self.0.tokens(messages).map(|tokens| tokens.len())
    }
}

/// Nobody who writes a message can know this number, so nobody can write it into one.
fn mark() -> String {
    format!("\u{e000}{:032x}\u{e001}", rand::random::<u128>())
}

impl Prompts {
    pub(crate) fn tokens(&self, messages: &[ChatMessage]) -> Result<Vec<u32>, EngineError> {
        if messages.is_empty() {
            return Err(EngineError::EmptyRequest { reason: "there are no messages" });
        }
        let mark = mark();
        let text = self.template.render(messages, &self.tokenizer, &mark, Turn::Models)?;
        self.tokenizer.encode_rendered(&text, &mark)
    }

    /// The tokens of a request that can be answered.
    pub(crate) fn prepare(&self, request: &GenerateRequest) -> Result<Vec<u32>, EngineError> {
        request.sampling.check()?;
        let tokens = self.tokens(&request.messages)?;
        if tokens.is_empty() {
            return Err(EngineError::EmptyRequest { reason: "the template made no text of the messages" });
        }
        if tokens.len() >= self.context {
            return Err(EngineError::PromptTooLong { prompt_tokens: tokens.len(), context_tokens: self.context });
        }
        Ok(tokens)
    }

    /// What to train on so that the model answers `messages` with `answer`: exactly the tokens it would be asked with, and
    /// the answer with the token that ends a turn. Where the template puts something before an answer of the past (an
    /// empty thought, say), that is not part of what is learned: it would become part of what is answered.
    pub(crate) fn example(&self, messages: &[ChatMessage], answer: &str) -> Result<Example, EngineError> {
        let prompt = self.tokens(messages)?;
        let mark = mark();
        let asked = self.template.render(messages, &self.tokenizer, &mark, Turn::Models)?;
        let mut whole = messages.to_vec();
        whole.push(ChatMessage::new("assistant", answer));
        let whole = self.template.render(&whole, &self.tokenizer, &mark, Turn::Nobodys)?;
        let disarmed = self.tokenizer.disarm(answer, &mark);
        let answered = whole.strip_prefix(&asked).and_then(|rest| {
            let start = rest.find(&disarmed).or_else(|| rest.find(disarmed.trim()))?;
            rest.get(start..)
        });
        let completion = match answered {
            Some(text) => self.tokenizer.encode_turn(text, &mark)?,
            None => None,
        };
        match (completion, self.tokenizer.end()) {
            (Some(completion), _) => Ok(Example { prompt, completion }),
            (None, Some(end)) => {
                let mut completion = self.tokenizer.encode(answer)?;
                completion.push(end);
                Ok(Example { prompt, completion })
            }
            (None, None) => {
                let reason = "it marks no end of a turn, so a tuned model would never stop".to_owned();
                Err(EngineError::Template { reason })
            }
        }
    }
}

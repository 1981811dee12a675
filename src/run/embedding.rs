//! Who embeds for a workbench: the model that `embedder` under [data] names, else the small one inside the program where it
//! has been fetched, else counted words and letters, which need no model and say so.

use std::sync::Arc;

use super::session::Session;
use crate::config::{HASHED, Provider, program_folder};
use crate::data::retrieval::{Embedder, HashedNgrams};
use crate::model::catalog::EMBEDDER_NAME;
use crate::model::embedding::{Cached, EmbeddingDialect, MiniLm, ServerEmbedder};
use crate::model::{Dialect, Key, ModelError};

/// The folder of kept vectors in the program's folder.
const VECTORS: &str = "vectors";

/// An embedder, and where it is.
#[derive(Clone)]
pub struct Embedding {
    /// Who embeds; its vectors are kept in `.fourfold/vectors`.
    pub embedder: Arc<dyn Embedder>,
    /// What a server has embedded already, without asking it; `None` where texts stay in the program.
    pub kept: Option<Arc<dyn Embedder>>,
    /// The server that texts go to, and the key it gets; `None` where they stay in the program.
    pub server: Option<(String, Option<Key>)>,
}

impl Session {
    /// Who embeds for this workbench. Nothing is asked or loaded yet. A server is looked up once in a session, because its key
    /// may be a command's; what is inside the program may have been fetched since.
    pub fn embedding(&self) -> Result<Embedding, ModelError> {
        if let Some(kept) = self.server_embedder.get() {
            return Ok(kept.clone());
        }
        let found = self.find_embedder()?;
        if found.server.is_some() {
            // Whoever was first found the same.
            let _ = self.server_embedder.set(found.clone());
        }
        Ok(found)
    }

    fn find_embedder(&self) -> Result<Embedding, ModelError> {
        let here = |embedder: Arc<dyn Embedder>| Embedding { embedder, kept: None, server: None };
        let folder = program_folder(&self.workbench.root).join(VECTORS);
        let named = self.workbench.data.embedder.as_deref();
        let Some(name) = named.filter(|name| *name != HASHED) else {
            return Ok(match MiniLm::find() {
                Ok(model) if named.is_none() => here(Arc::new(Cached::new(model, &folder))),
                _ => here(Arc::new(HashedNgrams)),
            });
        };
        let refused = |reason: String, hint: &str| ModelError::Invalid { reason, hint: hint.to_owned() };
        let spec = self.spec(name).ok_or_else(|| {
            refused(format!("no model is called `{name}`"), "Name a [[model]] under `embedder`, or `hashed`.")
        })?;
        let dialect = match spec.provider {
            Provider::Embedded if spec.model == EMBEDDER_NAME => {
                return Ok(here(Arc::new(Cached::new(MiniLm::find()?, &folder))));
            }
            Provider::Server(Dialect::ChatCompletions | Dialect::Responses) => EmbeddingDialect::OpenAi,
            Provider::Server(Dialect::Ollama) => EmbeddingDialect::Ollama,
            _ => {
                let hint = "Use an OpenAI-compatible server, Ollama, or the embedded minilm-l6-v2.";
                return Err(refused(format!("`{name}` cannot embed here"), hint));
            }
        };
        let base_url = Self::base_url(&spec).unwrap_or_default().to_owned();
        let key = self.key(&spec)?;
        let server = ServerEmbedder::new(dialect, &base_url, &spec.model, key.clone())?;
        let embedder = Arc::new(Cached::new(server, &folder));
        let kept: Option<Arc<dyn Embedder>> = Some(Arc::new(embedder.kept()));
        Ok(Embedding { embedder, kept, server: Some((base_url, key)) })
    }

    /// Gives metrics that embed their embedder, where there are some.
    pub(super) fn make_similarity(&self) {
        for similar in self.similar() {
            similar.make(|| self.embedding().map_err(|error| format!("{error}. {}", error.hint())));
        }
    }

    /// What to say the first time that this folder sends texts to be embedded; nothing where they stay here.
    pub(super) fn embedder_first_use(&self) -> Option<String> {
        let (base_url, key) = self.embedding().ok()?.server?;
        self.tell_of_embedder(&base_url, key.as_ref())
    }
}

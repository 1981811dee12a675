//! The models of one server that was named, and what to write into fourfold.toml for one that was tuned from another.

use std::io::Write;
use std::time::Duration;

use clap::Args;

use super::models::failed;
use super::{Exit, Fault, Output};
use crate::app::keys_of_user;
use crate::config::model_block;
use crate::model::discover::{KnownKey, LocalServer, MOST_CARDS, ollama_models, served_models};
use crate::model::{Dialect, KeySource, ServedModel, list_models};
use crate::state::{Models, Offer};
use crate::view::text::sanitise_line;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Arguments of `fourfold models list`.
#[derive(Clone, Debug, Default, Args, PartialEq, Eq)]
pub struct ListArguments {
    /// Only those of this server, and what to write into fourfold.toml for one that was tuned from another
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Ask it with the key that `fourfold keys set NAME` kept; unless said, with your own key for that server, if there is one
    #[arg(long, value_name = "NAME", requires = "url")]
    pub key: Option<String>,
    /// Ask it with the key in this environment variable
    #[arg(long, value_name = "VARIABLE", requires = "url", conflicts_with = "key")]
    pub key_env: Option<String>,
    /// How it is spoken to: openai, responses, anthropic, gemini or ollama; openai unless the address is a known provider's own
    #[arg(long, value_name = "PROVIDER", requires = "url", value_parser = dialect_named)]
    pub provider: Option<Dialect>,
    /// One line of JSON for each model
    #[arg(long)]
    pub json: bool,
}

/// The dialect that goes by this name in fourfold.toml.
fn dialect_named(name: &str) -> Result<Dialect, String> {
    let known = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == name);
    known.ok_or_else(|| format!("known here: {}", Dialect::ALL.map(Dialect::as_str).join(", ")))
}

/// A server's models, a line each.
pub(super) fn served<W: Write>(server: &LocalServer, json: bool, out: &mut Output<W>) -> Result<(), Fault> {
    for model in &server.models {
        if json {
            out.json(&serde_json::json!({
                "name": model.id, "base": model.base, "lora": model.adapter.as_ref().map(|adapter| adapter.lora),
                "adapter": model.adapter.as_ref().map(|adapter| &adapter.name),
                "base_url": server.base_url, "program": server.program,
            }))?;
        } else {
            let lineage = model.lineage().map_or_else(String::new, |lineage| format!(", {lineage}"));
            let program = if server.program.is_empty() { String::new() } else { format!(" ({})", server.program) };
            let line = format!("{}  at {}{program}{lineage}", model.label(), server.base_url);
            out.line(&sanitise_line(&line))?;
        }
    }
    Ok(())
}

/// The models of one server, wherever it is, and how a tuned one is declared with its base.
pub(super) fn list_at<W: Write>(arguments: ListArguments, out: &mut Output<W>) -> Result<Exit, Fault> {
    let ListArguments { url, key, key_env, provider, json } = arguments;
    let url = url.unwrap_or_default();
    let dialect = provider.or(KnownKey::at(&url).map(|known| known.dialect)).unwrap_or(Dialect::ChatCompletions);
    let keys = keys_of_user().map_err(|error| Fault::Asked { what: error.what, hint: error.hint })?;
    let kept = |name: String| keys.kept_as(&name).unwrap_or_else(|| KeySource::File(name.into()));
    let source = key.map(kept).or(key_env.map(KeySource::Env)).or_else(|| keys.own_at(&url));
    let key = source.as_ref().map(|source| keys.read(source)).transpose();
    let key = key.map_err(|error| Fault::Asked { what: error.to_string(), hint: error.hint() })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listed = runtime.block_on(async {
        match dialect {
            Dialect::ChatCompletions => Ok((served_models(&url, key.as_ref(), PATIENCE).await?, false)),
            Dialect::Ollama => ollama_models(&url, key.as_ref(), PATIENCE).await,
            _ => {
                let ids = list_models(dialect, &url, key.as_ref(), PATIENCE).await?;
                Ok((ids.iter().map(ServedModel::new).collect(), false))
            }
        }
    });
    let (models, too_many) = listed.map_err(|error| {
        let hint = if error.wants_key() && key.is_none() {
            "Give one: --key NAME for what `fourfold keys set NAME` keeps, or --key-env VARIABLE.".to_owned()
        } else {
            error.hint_on_list()
        };
        failed(&error, hint)
    })?;
    let server = LocalServer { program: "", base_url: url, models, key: source };
    served(&server, json, out)?;
    if json {
        return Ok(Exit::Success);
    }
    if server.models.is_empty() {
        out.line(&format!("{} lists no model.", server.base_url))?;
    }
    if too_many {
        let words = format!(
            "More than {MOST_CARDS} models: what each was tuned from takes a question for each, and was not asked."
        );
        out.line(&words)?;
    }
    let shelf = Models::default();
    let mut written: Vec<String> = Vec::new();
    for model in &server.models {
        let Offer::Tuned(pair) = shelf.served(dialect, model, &server.base_url, server.key.as_ref()) else { continue };
        for block in pair.iter().map(model_block).filter(|block| !written.contains(block)).collect::<Vec<_>>() {
            out.line("")?;
            block.lines().try_for_each(|line| out.line(line))?;
            written.push(block);
        }
    }
    Ok(Exit::Success)
}

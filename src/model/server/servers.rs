//! What the calls of a session share: connections, gates, and what models have been found to refuse.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Client;

use super::capabilities::Capabilities;
use super::endpoint::Endpoint;
use super::gate::Gate;
use crate::model::http::{Purpose, http_client};
use crate::model::{Key, ModelError};

/// Shared by every model of a session. Cheap to clone; clones share.
#[derive(Clone, Default)]
pub struct Servers {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// By scheme, host and port.
    clients: HashMap<String, Client>,
    /// By base URL and the hash of the key.
    gates: HashMap<(String, Option<blake3::Hash>), Arc<Gate>>,
    /// By base URL and model.
    capabilities: HashMap<(String, String), Capabilities>,
}

impl fmt::Debug for Servers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Servers")
    }
}

impl Servers {
    fn with<T>(&self, work: impl FnOnce(&mut Shared) -> T) -> T {
        work(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Someone asks again on purpose: providers that were stopped for an empty purse are tried once more.
    pub fn resume(&self) {
        self.with(|shared| shared.gates.values().for_each(|gate| gate.resume()));
    }

    /// The client for a server, made at the first call: reading the system's certificates takes longer than a first frame
    /// may.
    pub(super) fn client(&self, endpoint: &Endpoint) -> Result<Client, ModelError> {
        let origin = endpoint.origin();
        if let Some(client) = self.with(|shared| shared.clients.get(origin).cloned()) {
            return Ok(client);
        }
        let client = http_client(endpoint.url(), Purpose::Provider)?;
        Ok(self.with(|shared| shared.clients.entry(origin.to_owned()).or_insert(client).clone()))
    }

    /// The gate before a server for everyone with this key.
    pub(super) fn gate(&self, endpoint: &Endpoint, key: Option<&Key>) -> Arc<Gate> {
        let key = key.map(|key| blake3::hash(key.secret().expose().as_bytes()));
        let place = (endpoint.as_str().to_owned(), key);
        self.with(|shared| {
            // Two keys of one server are two queues; which key it is stays in here.
            let name = format!("{} {}", place.0, shared.gates.len());
            Arc::clone(shared.gates.entry(place).or_insert_with(|| Arc::new(Gate::of(name))))
        })
    }

    /// What a model is known to refuse.
    pub(super) fn capabilities(&self, endpoint: &Endpoint, model: &str) -> Capabilities {
        let place = (endpoint.as_str().to_owned(), model.to_owned());
        self.with(|shared| shared.capabilities.get(&place).cloned().unwrap_or_default())
    }

    /// Remembers what a model was found to refuse, beside what is known already.
    pub(super) fn remember(&self, endpoint: &Endpoint, model: &str, learned: &Capabilities) {
        let place = (endpoint.as_str().to_owned(), model.to_owned());
        self.with(|shared| shared.capabilities.entry(place).or_default().extend(learned));
    }
}

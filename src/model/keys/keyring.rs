//! The system's keyring: Keychain, Credential Manager, Secret Service. Only in builds with the feature `keyring`.

#[cfg(feature = "keyring")]
mod system {
    use super::super::source::fault;
    use crate::model::{Key, ModelError};

    /// The service under which entries are kept.
    const SERVICE: &str = "fourfold";

    fn entry(name: &str) -> Result<keyring::Entry, ModelError> {
        keyring::Entry::new(SERVICE, name).map_err(|error| refused(name, &error))
    }

    fn refused(name: &str, error: &keyring::Error) -> ModelError {
        // That no keyring could be reached says nothing of why.
        if let (keyring::Error::NoDefaultStore, Err(why)) = (error, keyring::Entry::store_status()) {
            return fault(
                format!("no keyring of the system can be reached: {why}"),
                format!(
                    "Start one (a Secret Service such as GNOME's or KWallet's), or keep the key in a file: `fourfold keys set {name}`."
                ),
            );
        }
        fault(
            format!("the keyring entry `{name}` of fourfold cannot be used: {error}"),
            format!("Unlock the keyring, or keep the key with `fourfold keys set {name} --keyring`."),
        )
    }

    pub(in crate::model::keys) fn read(name: &str) -> Result<String, ModelError> {
        entry(name)?.get_password().map_err(|error| refused(name, &error))
    }

    pub(in crate::model::keys) fn find(name: &str) -> Option<String> {
        entry(name).ok()?.get_password().ok()
    }

    /// Whether there was one.
    pub(in crate::model::keys) fn remove(name: &str) -> Result<bool, ModelError> {
        // A machine without a keyring keeps nothing there.
        let Ok(entry) = entry(name) else { return Ok(false) };
        if entry.get_password().is_err() {
            return Ok(false);
        }
        entry.delete_credential().map(|()| true).map_err(|error| refused(name, &error))
    }

    pub(in crate::model::keys) fn write(name: &str, key: &Key) -> Result<(), ModelError> {
        entry(name)?.set_password(key.secret().expose()).map_err(|error| refused(name, &error))
    }
}

#[cfg(not(feature = "keyring"))]
mod system {
    use super::super::source::fault;
    use crate::model::{Key, ModelError};

    fn absent() -> ModelError {
        fault(
            "this build of fourfold does not know the system's keyring",
            "Build it with `--features keyring`, or use a variable, a command or `fourfold keys set NAME`.",
        )
    }

    pub(in crate::model::keys) fn read(_: &str) -> Result<String, ModelError> {
        Err(absent())
    }

    pub(in crate::model::keys) fn find(_: &str) -> Option<String> {
        None
    }

    #[expect(clippy::unnecessary_wraps, reason = "with a keyring it may fail")]
    pub(in crate::model::keys) fn remove(_: &str) -> Result<bool, ModelError> {
        Ok(false)
    }

    pub(in crate::model::keys) fn write(_: &str, _: &Key) -> Result<(), ModelError> {
        Err(absent())
    }
}

pub(super) use system::{find, read, remove, write};

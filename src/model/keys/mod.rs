//! Finding a provider's key: environment, command, keyring, file, in this order; and to whom it may be sent.
//!
//! A workbench comes from anywhere. Where it names a key's source, three things need the person's leave, given once for the
//! folder with `fourfold keys allow`: running a command, reading a file that is not one of the kept keys, and sending a known
//! provider's key to somebody else's host.

mod command;
mod file;
mod keyring;
mod known;
mod leave;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reqwest::Url;

pub use known::{KEY_OWNERS, KeyOwner};
pub use source::KeySource;

use super::{Key, ModelError, is_loopback};
use source::fault;

/// The keys of the person who runs the program.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Commands of the person's own settings, by the provider's name.
    commands: BTreeMap<String, String>,
    /// Where kept keys and given leaves are.
    folder: Option<PathBuf>,
}

impl Keys {
    /// Keys kept in `folder`, beside the person's own settings; `commands` by the provider's name, from the same settings.
    pub fn new(folder: Option<PathBuf>, commands: BTreeMap<String, String>) -> Self {
        Self { commands, folder }
    }

    /// The folder of kept keys.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The key for requests below `base_url` that the workbench at `root` asks for: the one from the `named` source, or where
    /// none is named the person's own key for that provider, if there is one.
    pub fn find(&self, root: &Path, named: Option<&KeySource>, base_url: &str) -> Result<Option<Key>, ModelError> {
        // What is no URL is refused by whoever asks there, in better words.
        let Ok(url) = Url::parse(base_url) else { return Ok(None) };
        let Some(source) = named else { return self.ambient(&url) };
        if let Some(wish) = self.wish(source, &url)
            && !leave::is_given(self.folder(), root, &wish)
        {
            return Err(fault(
                format!("fourfold.toml wants to {wish}, and has no leave to"),
                "If that is what you want, allow it once: `fourfold keys allow` in this folder, or `allow keys` in the palette.",
            ));
        }
        source.read(self.folder()).map(Some)
    }

    /// What a workbench needs leave for, in words; `None` where it needs none.
    pub fn wish(&self, source: &KeySource, url: &Url) -> Option<String> {
        let foreign = |owner: Option<&'static KeyOwner>| {
            let owner = owner.filter(|owner| !is_loopback(url) && KeyOwner::of(url) != Some(*owner))?;
            Some(format!("send your {} key to {}", owner.title, place(url)))
        };
        match source {
            KeySource::Command(line) => Some(format!("run `{line}` and send what it prints to {}", place(url))),
            KeySource::Env(name) => foreign(KeyOwner::of_variable(name)),
            KeySource::Keyring(name) => foreign(KeyOwner::named(name)),
            KeySource::File(path) => match path.to_str().filter(|name| file::is_name(name)) {
                Some(name) => foreign(KeyOwner::named(name)),
                None => Some(format!("read {} and send it to {}", path.display(), place(url))),
            },
        }
    }

    /// Gives the workbench at `root` leave for a [`Keys::wish`].
    pub fn allow(&self, root: &Path, wish: &str) -> Result<(), ModelError> {
        leave::give(self.folder(), root, wish)
    }

    /// Whether the workbench at `root` has leave for a [`Keys::wish`].
    pub fn is_allowed(&self, root: &Path, wish: &str) -> bool {
        leave::is_given(self.folder(), root, wish)
    }

    /// The person's own key for the provider at `url`; a provider that is known to want one is not asked without.
    fn ambient(&self, url: &Url) -> Result<Option<Key>, ModelError> {
        let Some(owner) = KeyOwner::of(url) else { return Ok(None) };
        let source = self.source_of(owner).ok_or_else(|| {
            let variable = owner.variables.first().copied().unwrap_or_default();
            fault(
                format!("there is no key for {}", owner.title),
                format!("Set {variable}, or keep a key with `fourfold keys set {}`.", owner.name),
            )
        })?;
        source.read(self.folder()).map(Some)
    }

    /// Where the person's own key for a provider is; the first of environment, command, keyring and file that has one.
    pub fn source_of(&self, owner: &KeyOwner) -> Option<KeySource> {
        let set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let variable = owner.variables.iter().find(set).map(|name| KeySource::Env((*name).to_owned()));
        let command = || self.commands.get(owner.name).map(|line| KeySource::Command(line.clone()));
        variable.or_else(command).or_else(|| self.kept_as(owner.name))
    }

    /// Whether the key of this source (or without one, the person's own for the provider at `base_url`) is not there. No command
    /// is run for it.
    pub fn lacks(&self, named: Option<&KeySource>, base_url: &str) -> bool {
        match named {
            Some(KeySource::Env(name)) => std::env::var_os(name).is_none_or(|value| value.is_empty()),
            Some(KeySource::File(path)) => file::locate(path, self.folder()).is_ok_and(|path| !path.exists()),
            Some(KeySource::Keyring(name)) => keyring::find(name).is_none(),
            Some(KeySource::Command(_)) => false,
            None => {
                let owner = Url::parse(base_url).ok().as_ref().and_then(KeyOwner::of);
                owner.is_some_and(|owner| self.source_of(owner).is_none())
            }
        }
    }

    /// The person's own key for a provider by its name.
    pub fn own(&self, owner: &KeyOwner) -> Option<Result<Key, ModelError>> {
        self.source_of(owner).map(|source| source.read(self.folder()))
    }

    /// Reads a source of the person's own choice.
    pub fn read(&self, source: &KeySource) -> Result<Key, ModelError> {
        source.read(self.folder())
    }

    /// Keeps a key in a file of its own, for its owner only.
    pub fn keep(&self, name: &str, key: &Key) -> Result<PathBuf, ModelError> {
        file::write(self.required_folder()?, name, key)
    }

    /// Keeps a key in the system's keyring.
    pub fn keep_in_keyring(&self, name: &str, key: &Key) -> Result<(), ModelError> {
        keyring::write(name, key)
    }

    /// Keeps a key where its source says that it is, if it is a place that keys are kept in; else where this build keeps them
    /// best, under `name`. Says where it is.
    pub fn keep_at(&self, source: Option<&KeySource>, name: &str, key: &Key) -> Result<KeySource, ModelError> {
        match source {
            Some(KeySource::Keyring(name)) => {
                self.keep_in_keyring(name, key).map(|()| KeySource::Keyring(name.clone()))
            }
            Some(KeySource::File(path)) if let Some(name) = path.to_str().filter(|name| file::is_name(name)) => {
                self.keep(name, key).map(|_| KeySource::File(path.clone()))
            }
            _ => self.keep_best(name, key),
        }
    }

    /// Keeps a key where this build keeps them best, in the system's keyring or else in a file of its own, and says where it is.
    pub fn keep_best(&self, name: &str, key: &Key) -> Result<KeySource, ModelError> {
        match keyring::write(name, key) {
            Ok(()) => Ok(KeySource::Keyring(name.to_owned())),
            Err(_) => self.keep(name, key).map(|_| KeySource::File(PathBuf::from(name))),
        }
    }

    /// Where the person's own key for the server at `base_url` is: the provider's own, or the one kept under its [`name_for`].
    pub fn own_at(&self, base_url: &str) -> Option<KeySource> {
        match Url::parse(base_url).ok().as_ref().and_then(KeyOwner::of) {
            Some(owner) => self.source_of(owner),
            None => self.kept_as(&name_for(base_url)?),
        }
    }

    /// Where the key is that was kept as `name`.
    pub fn kept_as(&self, name: &str) -> Option<KeySource> {
        let file = || {
            let is_there = self.folder.as_ref().is_some_and(|folder| folder.join(name).exists());
            is_there.then(|| KeySource::File(PathBuf::from(name)))
        };
        keyring::find(name).map(|_| KeySource::Keyring(name.to_owned())).or_else(file)
    }

    /// Removes a kept key, wherever it is kept; whether there was one.
    pub fn forget(&self, name: &str) -> Result<bool, ModelError> {
        let in_keyring = keyring::remove(name)?;
        Ok(file::remove(self.required_folder()?, name)? || in_keyring)
    }

    /// The names of the keys kept in files.
    pub fn kept(&self) -> Vec<String> {
        self.folder().map(file::names).unwrap_or_default()
    }

    fn required_folder(&self) -> Result<&Path, ModelError> {
        self.folder().ok_or_else(|| fault("there is no folder to keep keys in", "Set HOME, or use a variable."))
    }
}

/// The longest part of a key's name that is a host's own.
const HOST_LETTERS: usize = 48;

/// The name that a key for the server at `base_url` is kept under: its provider's own, or else host and port, so that no place
/// is taken for another one. `None` for what is no address.
pub fn name_for(base_url: &str) -> Option<String> {
    let url = Url::parse(base_url.trim()).ok()?;
    if let Some(owner) = KeyOwner::of(&url) {
        return Some(owner.name.to_owned());
    }
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    let written: String = host.chars().map(|letter| if plain(letter) { letter } else { '-' }).collect();
    let written = written.trim_matches(['-', '.']);
    if written.len() <= HOST_LETTERS {
        return Some(format!("{written}-{port}"));
    }
    let hash = blake3::hash(host.as_bytes()).to_hex();
    let (start, hash) = (written.get(..HOST_LETTERS - 9)?, hash.get(..8)?);
    Some(format!("{start}-{hash}-{port}"))
}

/// The name of the kept key that `source` names, where that may go to `base_url` without leave: not another provider's own.
pub fn kept_name(source: &KeySource, base_url: &str) -> Option<String> {
    let name = match source {
        KeySource::Keyring(name) => name.clone(),
        KeySource::File(path) => path.to_str()?.to_owned(),
        KeySource::Env(_) | KeySource::Command(_) => return None,
    };
    let url = Url::parse(base_url).ok()?;
    Keys::default().wish(source, &url).is_none().then_some(name)
}

/// A server as a wish names it; a URL with credentials in it never gets here, since those are refused.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{host}{port}", url.scheme())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(home: &Path) -> Keys {
        Keys::new(Some(home.join("keys")), BTreeMap::new())
    }

    const ELSEWHERE: &str = "https://gateway.test/v1";

    #[test]
    fn a_key_that_is_not_there_is_known_without_reading_one() {
        let home = tempfile::tempdir().unwrap();
        let keys = keys(home.path());
        let file = KeySource::File("mine".into());
        let lacks = |source: &KeySource| keys.lacks(Some(source), ELSEWHERE);
        assert!(lacks(&file) && lacks(&KeySource::Env("FOURFOLD_NO_SUCH_VARIABLE".to_owned())));
        assert!(!lacks(&KeySource::Command("no-such-program".to_owned())));
        assert!(!keys.lacks(None, ELSEWHERE), "nobody wants one there");
        assert!(keys.lacks(None, "https://api.fireworks.ai/inference/v1"));
        let key = Key::new("sk-1", "K").unwrap();
        assert_eq!(keys.keep_at(Some(&file), "other", &key), Ok(file.clone()));
        assert!(!lacks(&file) && keys.forget("mine").unwrap() && !keys.forget("mine").unwrap());
    }

    #[test]
    fn what_a_workbench_wants_needs_leave_where_it_could_do_harm() {
        let home = tempfile::tempdir().unwrap();
        let keys = keys(home.path());
        let wish = |source: KeySource, url: &str| keys.wish(&source, &Url::parse(url).unwrap());
        let env = |name: &str| KeySource::Env(name.to_owned());
        let file = |name: &str| KeySource::File(name.into());
        for (source, url) in [
            (env("MY_KEY"), ELSEWHERE),
            (env("OPENAI_API_KEY"), "https://api.openai.com/v1"),
            (env("OPENAI_API_KEY"), "http://127.0.0.1:8080/v1"),
            (file("openai"), "https://api.openai.com/v1"),
            (file("gateway"), ELSEWHERE),
        ] {
            assert_eq!(wish(source.clone(), url), None, "{source:?} {url}");
        }
        for (source, url, expected) in [
            (env("OPENAI_API_KEY"), ELSEWHERE, "send your OpenAI key to https://gateway.test"),
            (file("openai"), "https://api.mistral.ai/v1", "send your OpenAI key to https://api.mistral.ai"),
            (KeySource::Keyring("groq".to_owned()), ELSEWHERE, "send your Groq key to https://gateway.test"),
            (file("/etc/token"), "http://127.0.0.1:1/v1", "read /etc/token and send it to http://127.0.0.1:1"),
            (
                KeySource::Command("pass x".to_owned()),
                "https://api.openai.com/v1",
                "run `pass x` and send what it prints to https://api.openai.com",
            ),
        ] {
            assert_eq!(wish(source, url).as_deref(), Some(expected));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_command_runs_only_with_leave_for_this_folder_and_this_command() {
        let home = tempfile::tempdir().unwrap();
        let (one, other) = (home.path().join("one"), home.path().join("other"));
        std::fs::create_dir_all(&one).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        let keys = keys(home.path());
        let marker = home.path().join("ran");
        let source = KeySource::Command(format!("sh -c 'touch {}; echo sk-1'", marker.display()));
        let error = keys.find(&one, Some(&source), ELSEWHERE).unwrap_err();
        assert!(error.to_string().contains("wants to run `sh -c"), "{error}");
        assert!(error.hint().contains("fourfold keys allow") && !marker.exists());
        let wish = keys.wish(&source, &Url::parse(ELSEWHERE).unwrap()).unwrap();
        keys.allow(&one, &wish).unwrap();
        let key = keys.find(&one, Some(&source), ELSEWHERE).unwrap().unwrap();
        assert_eq!(key.secret().expose(), "sk-1");
        assert!(keys.find(&other, Some(&source), ELSEWHERE).is_err(), "leave is for one folder");
        assert!(keys.find(&one, Some(&KeySource::Command("id".to_owned())), ELSEWHERE).is_err());
        assert!(keys.find(&one, Some(&source), "https://evil.test/v1").is_err(), "and for one host");
    }

    #[test]
    fn a_key_is_kept_for_one_place_and_found_there_alone() {
        for (base_url, name) in [
            ("https://api.openai.com/v1", "openai"),
            ("http://gpu-box:8000/v1", "gpu-box-8000"),
            ("https://gateway.test/v1", "gateway.test-443"),
            ("http://gateway.test/v1", "gateway.test-80"),
            // Whoever calls a machine so gets no provider's key.
            ("http://openai/v1", "openai-80"),
            ("https://api.openai.com:8443/v1", "api.openai.com-8443"),
            ("http://[::1]:8080/v1", "1-8080"),
        ] {
            assert_eq!(name_for(base_url).as_deref(), Some(name), "{base_url}");
        }
        let long = |end: &str| name_for(&format!("https://{}.{end}/v1", "a".repeat(60))).unwrap();
        assert!(file::is_name(&long("test")) && long("test") != long("best"), "{}", long("test"));
        assert_eq!(name_for("gpu-box"), None);

        let home = tempfile::tempdir().unwrap();
        let keys = keys(home.path());
        let (here, elsewhere) = ("http://127.0.0.1:9/v1", "http://127.0.0.1:10/v1");
        assert_eq!(keys.own_at(here), None);
        keys.keep(&name_for(here).unwrap(), &Key::new("sk-1", "what was typed").unwrap()).unwrap();
        let source = keys.own_at(here).unwrap();
        assert_eq!(keys.find(home.path(), Some(&source), here).unwrap().unwrap().secret().expose(), "sk-1");
        assert_eq!(keys.own_at(elsewhere), None);
    }

    #[test]
    fn a_providers_own_key_goes_to_its_own_host_only() {
        let home = tempfile::tempdir().unwrap();
        let keys = keys(home.path());
        // No test machine holds a variable of this provider.
        let owner = KeyOwner { name: "test", title: "Test", host: "models.test", variables: &["FOURFOLD_NO_SUCH_KEY"] };
        assert_eq!(keys.source_of(&owner), None);
        keys.keep("test", &Key::new("sk-1", "here").unwrap()).unwrap();
        assert_eq!(keys.source_of(&owner), Some(KeySource::File("test".into())));
        assert_eq!(keys.own(&owner).unwrap().unwrap().secret().expose(), "sk-1");
        let commands = BTreeMap::from([("test".to_owned(), "pass x".to_owned())]);
        let with_command = Keys { commands, ..keys.clone() };
        assert_eq!(with_command.source_of(&owner), Some(KeySource::Command("pass x".to_owned())));
        for nobody in ["http://127.0.0.1:1/v1", "https://models.example/v1", "no url"] {
            assert_eq!(keys.find(home.path(), None, nobody).unwrap(), None, "{nobody}");
        }
    }
}

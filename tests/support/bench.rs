//! A workbench folder with a home beside it, and the program run in it as a script would: for tests of what is written where.

#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(unreachable_pub, reason = "test programs have no outside")]
#![allow(clippy::unwrap_used, reason = "a helper of tests stops them by panicking")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder with a workbench and a home in it.
pub struct Bench {
    folder: TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Bench {
    /// A workbench of one case and one arm, `a`, whose model has these lines besides its `id`.
    pub fn new(model: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bench = Self { folder };
        fs::create_dir_all(bench.root().join("data")).unwrap();
        fs::create_dir_all(bench.home()).unwrap();
        bench.write("ask.prompty", "user:\nSay {{ word }}.");
        bench.write("data/dev.jsonl", "{\"id\": \"one\", \"word\": \"hi\", \"answer\": \"hi\"}\n");
        bench.describe(model, "");
        bench
    }

    /// Writes fourfold.toml anew: the model's lines, and what follows everything.
    pub fn describe(&self, model: &str, rest: &str) {
        let text = format!(
            "version = 1\n[[model]]\nid = \"m\"\n{model}\n[[arm]]\nid = \"a\"\nprompt = \"ask.prompty\"\nmodel = \"m\"\n\
             [data]\nfile = {{ dev = \"data/dev.jsonl\" }}\nmap = {{ reference = \"answer\" }}\n{rest}\n"
        );
        self.write("fourfold.toml", &text);
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("bench")
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Where the program finds its settings.
    pub fn settings(&self) -> PathBuf {
        self.home().join("config/fourfold")
    }

    /// Writes a file of the workbench.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.root().join(name), text).unwrap();
    }

    /// Writes the person's own settings.
    pub fn set(&self, text: &str) {
        fs::create_dir_all(self.settings()).unwrap();
        fs::write(self.settings().join("config.toml"), text).unwrap();
    }

    /// Runs the program in the workbench with these variables and nothing else of the machine's.
    pub fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        self.run_with_input(arguments, variables, "")
    }

    /// As [`Bench::run`], with something on standard input.
    pub fn run_with_input(&self, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fourfold"))
            .args(arguments)
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("XDG_CONFIG_HOME", self.home().join("config"))
            .env("XDG_DATA_HOME", self.home().join("data"))
            .env("XDG_CACHE_HOME", self.home().join("cache"))
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read its input may have closed it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asks the one arm its one case.
    pub fn ask(&self, variables: &[(&str, &str)]) -> Ran {
        self.run(&["run", "--case", "1", "--json"], variables)
    }

    /// Every file under the workbench and the home, with its bytes.
    pub fn written(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        gather(self.folder.path(), &mut files);
        files
    }
}

fn gather(folder: &Path, into: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, into);
        } else {
            into.push((path.clone(), fs::read(&path).unwrap_or_default()));
        }
    }
}

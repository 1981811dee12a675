//! A user's own metric: a command that gets JSON on standard input and prints a number or `{"score": ..., "reason": ...}`.
//!
//! It is run without a shell, in the workbench's folder, for a limited time, and only after `fourfold keys allow`: a workbench comes
//! from anywhere. Whatever goes wrong with it is a missing score with the reason, never a zero.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::maker::{files_of, stamp};
use super::turns::turns;
use crate::command::{self, Stopped};
use crate::config::MetricSpec;
use crate::score::{Answer, Aspect, Metric, MetricId, Score, SettingError, aspect, find};

/// How long a command may take unless said.
const PATIENCE: f64 = 30.0;
/// And at most.
const MOST_PATIENCE: f64 = 3600.0;
/// Characters of a reason, or of what a command says when it fails.
const MOST_CHARACTERS: usize = 300;
/// Scores that are kept, so that looking at an answer again does not run the command again.
const KEPT: usize = 4096;

/// See the file's head.
pub(super) struct OwnMetric {
    id: MetricId,
    line: String,
    words: Vec<String>,
    folder: PathBuf,
    patience: Duration,
    aspect: Aspect,
    needs_reference: bool,
    has_leave: AtomicBool,
    /// By answer, reference, the case's variables, and what was in the command's files.
    known: Mutex<HashMap<(String, String, String, String), Score>>,
    files: Vec<PathBuf>,
}

impl OwnMetric {
    /// The metric that a table of `fourfold.toml` in `folder` describes.
    pub(super) fn new(spec: &MetricSpec, folder: &Path) -> Result<Self, SettingError> {
        let wrong = |what: String, hint: &str| SettingError { what, hint: hint.to_owned() };
        let id = spec.id.as_deref().ok_or_else(|| {
            wrong(
                "a metric that is a `command` needs an `id`".to_owned(),
                "Say what its scores are called: { name = \"command\", id = \"tone\", command = \"python3 tone.py\" }.",
            )
        })?;
        if find(id).is_some() {
            return Err(wrong(format!("`{id}` is a built-in metric"), "Give your own another `id`."));
        }
        let mut settings = spec.settings.clone();
        let line = settings.remove("command").and_then(|line| line.as_str().map(str::to_owned)).ok_or_else(|| {
            wrong(format!("the metric `{id}` has no `command`"), "Write what to run, such as `python3 tone.py`.")
        })?;
        let words = shlex::split(&line).filter(|words| !words.is_empty()).ok_or_else(|| {
            wrong(
                format!("the command of the metric `{id}` cannot be read: a quote is open or it is empty"),
                "Write it as in a shell; no shell is started, so pipes need `sh -c '...'`.",
            )
        })?;
        let seconds = settings.remove("timeout").map_or(Some(PATIENCE), |seconds| seconds.as_f64());
        let seconds = seconds.filter(|seconds| *seconds > 0.0 && *seconds <= MOST_PATIENCE).ok_or_else(|| {
            wrong(format!("`timeout` of the metric `{id}` is no time"), "Write seconds, more than 0 and at most 3600.")
        })?;
        let aspect = match settings.remove("aspect") {
            None => Aspect::Content,
            Some(name) => name.as_str().and_then(aspect).ok_or_else(|| {
                wrong(format!("`aspect` of the metric `{id}` is neither form nor content"), "Write form or content.")
            })?,
        };
        let needs_reference = match settings.remove("reference") {
            None => true,
            Some(Value::Bool(needs)) => needs,
            Some(_) => {
                return Err(wrong(format!("`reference` of the metric `{id}` is not true or false"), "Write one."));
            }
        };
        if let Some(name) = settings.keys().next() {
            let what = format!("a metric that is a `command` has no setting `{name}`");
            return Err(wrong(what, "It has command, timeout, aspect and reference."));
        }
        let files = files_of(&words, folder);
        Ok(Self {
            id: MetricId::named(id),
            files,
            line,
            words,
            folder: folder.to_owned(),
            patience: Duration::from_secs_f64(seconds),
            aspect,
            needs_reference,
            has_leave: AtomicBool::new(false),
            known: Mutex::default(),
        })
    }

    /// What it needs leave for, in words.
    pub(super) fn wish(&self) -> String {
        format!("run `{}` to score answers", self.line)
    }

    /// Says whether it has that leave.
    pub(super) fn set_leave(&self, has_leave: bool) {
        self.has_leave.store(has_leave, Ordering::Relaxed);
    }

    /// Why it cannot score anything here, and what to do: no leave, or nothing to start.
    pub(super) fn refusal(&self) -> Option<(String, String)> {
        if !self.has_leave.load(Ordering::Relaxed) {
            return Some((
                format!("fourfold.toml wants to {}, and has no leave to", self.wish()),
                "Allow it once with `fourfold keys allow`, or score by another `primary`.".to_owned(),
            ));
        }
        let program = self.words.first()?;
        (!is_there(program, &self.folder)).then(|| {
            (
                format!("the metric `{}` cannot be: there is no program `{program}`", self.id.as_str()),
                "Install it, or write another `command` in fourfold.toml.".to_owned(),
            )
        })
    }

    fn run(&self, answer: &str, reference: &str, variables: &Map<String, Value>) -> Result<Score, String> {
        let (program, arguments) = self.words.split_first().ok_or("there is nothing to run")?;
        let question = json!({
            "metric": self.id.as_str(), "answer": answer, "reference": reference, "variables": variables,
        });
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder).stderr(Stdio::piped());
        // Its time begins with its turn: waiting for others is no fault of its own.
        let turn = turns().take();
        let ran = command::run_apart(&mut command, Some(question.to_string()), self.patience);
        drop(turn);
        let ran = ran.map_err(|stopped| match stopped {
            Stopped::NotStarted(error) => format!("cannot be started: {error}"),
            Stopped::Unreadable(error) => format!("cannot be listened to: {error}"),
            Stopped::TooSlow => format!("did not end within {} s", self.patience.as_secs_f64()),
        })?;
        if let Some(how) = ran.failure() {
            let said = String::from_utf8_lossy(&ran.complained);
            return Err(match said.trim().lines().last() {
                Some(last) => format!("{how}: {}", shortened(last)),
                None => how,
            });
        }
        read(&String::from_utf8(ran.printed).map_err(|_| "printed no text")?)
    }
}

/// Whether there is such a program: in `folder` where its name is a path, else where programs are looked for.
fn is_there(program: &str, folder: &Path) -> bool {
    // Elsewhere a program's name is not its file's.
    if !cfg!(unix) {
        return true;
    }
    if program.contains('/') {
        return folder.join(program).is_file();
    }
    std::env::var_os("PATH")
        .is_none_or(|all| std::env::split_paths(&all).any(|path| folder.join(path).join(program).is_file()))
}

/// The score in what a command printed.
fn read(printed: &str) -> Result<Score, String> {
    let value: Value =
        serde_json::from_str(printed.trim()).map_err(|_| format!("printed no score: {}", shortened(printed)))?;
    let (score, reason) = match &value {
        Value::Number(_) => (&value, None),
        Value::Object(table) => {
            let score = table.get("score").ok_or("printed an object without a `score`")?;
            (score, table.get("reason").and_then(Value::as_str).filter(|reason| !reason.trim().is_empty()))
        }
        _ => return Err(format!("printed no score: {}", shortened(printed))),
    };
    let number = score.as_f64().ok_or_else(|| format!("printed a score that is no number: {score}"))?;
    if !(0.0..=1.0).contains(&number) {
        return Err(format!("printed {number}, and scores lie between 0 and 1"));
    }
    Ok(reason.map_or_else(|| Score::value(number), |reason| Score::explained(number, shortened(reason))))
}

/// The beginning of a text on one line.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "nothing".to_owned();
    }
    match line.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

impl Metric for OwnMetric {
    fn id(&self) -> MetricId {
        self.id
    }

    fn title(&self) -> &'static str {
        self.id.as_str()
    }

    fn description(&self) -> &'static str {
        "What a command of your own says: it gets the answer and the reference and prints a number between 0 and 1, or an object with \
         `score` and `reason`. Where it fails, the score is missing."
    }

    fn aspect(&self) -> Aspect {
        self.aspect
    }

    fn needs_reference(&self) -> bool {
        self.needs_reference
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        self.score_with(answer, reference, &Map::new())
    }

    fn score_with(&self, answer: &Answer<'_>, reference: &str, variables: &Map<String, Value>) -> Score {
        if !self.has_leave.load(Ordering::Relaxed) {
            return Score::missing(format!(
                "fourfold.toml wants to {}, and has no leave to: allow it with `fourfold keys allow`",
                self.wish()
            ));
        }
        let case = serde_json::to_string(variables).unwrap_or_default();
        let key = (answer.text.to_owned(), reference.to_owned(), case, stamp(&self.files));
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        match self.run(answer.text, reference, variables) {
            Ok(score) => {
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                if known.len() >= KEPT {
                    known.clear();
                }
                known.insert(key, score.clone());
                score
            }
            Err(what) => Score::missing(format!("`{}` {what}", self.line)),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn own(command: &str, timeout: f64, folder: &Path) -> OwnMetric {
        let settings = json!({ "command": command, "timeout": timeout });
        let settings = settings.as_object().cloned().unwrap_or_default();
        let spec = MetricSpec { name: "command".to_owned(), id: Some("tone".to_owned()), settings };
        let metric = OwnMetric::new(&spec, folder).unwrap();
        metric.set_leave(true);
        metric
    }

    fn scored(command: &str) -> Score {
        own(command, 20.0, Path::new("/")).score(&Answer { text: "yes" }, "no")
    }

    #[test]
    fn a_number_or_an_object_is_a_score() {
        assert_eq!(scored("echo 0.25"), Score::value(0.25));
        assert_eq!(scored("sh -c 'cat >/dev/null; echo 1'"), Score::value(1.0));
        assert_eq!(scored(r#"echo '{"score": 0.5, "reason": "half of it"}'"#), Score::explained(0.5, "half of it"));
        assert_eq!(scored(r#"sh -c 'grep -q "\"answer\":\"yes\"" && echo 1'"#), Score::value(1.0));
        let metric =
            own(r#"sh -c 'grep -q "\"variables\":{\"mood\":\"glad\"}" && echo 1 || echo 0'"#, 20.0, Path::new("/"));
        let case = |mood: &str| json!({ "mood": mood }).as_object().cloned().unwrap_or_default();
        for (mood, expected) in [("glad", 1.0), ("sad", 0.0)] {
            assert_eq!(metric.score_with(&Answer { text: "yes" }, "", &case(mood)), Score::value(expected));
        }
    }

    #[test]
    fn another_script_scores_anew() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| std::fs::write(folder.path().join("tone.sh"), text).unwrap();
        write("echo 1");
        let metric = own("sh tone.sh", 20.0, folder.path());
        let score = || metric.score(&Answer { text: "yes" }, "no");
        assert_eq!(score(), Score::value(1.0));
        write("echo 0");
        assert_eq!(score(), Score::value(0.0));
    }

    #[test]
    fn whatever_goes_wrong_is_missing_with_its_reason() {
        for (command, expected) in [
            ("no-such-program-here", "cannot be started"),
            ("sh -c 'echo 0.5; echo first >&2; echo no model >&2; exit 3'", "ended with 3: no model"),
            ("sh -c 'kill -9 $$'", "was stopped by a signal"),
            ("echo fine", "printed no score: fine"),
            ("true", "printed no score: nothing"),
            ("echo NaN", "printed no score"),
            ("echo 7", "scores lie between 0 and 1"),
            ("echo -0.1", "scores lie between 0 and 1"),
            (r#"echo '{"reason": "x"}'"#, "without a `score`"),
            (r#"echo '{"score": "high"}'"#, "no number"),
            ("printf '\\377'", "printed no text"),
        ] {
            let score = scored(command);
            assert!(matches!(score, Score::Missing { .. }), "{command}: {score:?}");
            assert!(score.reason().unwrap().contains(expected), "{command}: {score:?}");
        }
    }

    #[test]
    fn one_that_hangs_is_stopped() {
        let score = own("sleep 1000", 0.05, Path::new("/")).score(&Answer { text: "" }, "");
        assert!(score.reason().unwrap().contains("did not end within 0.05 s"), "{score:?}");
    }

    #[test]
    fn it_runs_in_the_workbench_once_for_each_answer() {
        let home = tempfile::tempdir().unwrap();
        let metric = own("sh -c 'echo x >> runs; echo 1'", 20.0, home.path());
        for text in ["a", "a", "b"] {
            assert_eq!(metric.score(&Answer { text }, "").number(), Some(1.0));
        }
        assert_eq!(std::fs::read_to_string(home.path().join("runs")).unwrap(), "x\nx\n");
    }

    #[test]
    fn without_leave_nothing_is_run() {
        let home = tempfile::tempdir().unwrap();
        let metric = own("touch ran", 20.0, home.path());
        metric.set_leave(false);
        let score = metric.score(&Answer { text: "a" }, "");
        assert!(score.reason().unwrap().contains("wants to run `touch ran` to score answers"), "{score:?}");
        assert!(!home.path().join("ran").exists());
    }

    #[test]
    fn what_cannot_score_says_so_before_it_is_asked_to() {
        let home = tempfile::tempdir().unwrap();
        let why = |command: &str, has_leave: bool| {
            let metric = own(command, 20.0, home.path());
            metric.set_leave(has_leave);
            metric.refusal().map(|(what, _)| what)
        };
        assert_eq!(why("sh -c 'echo 1'", true), None);
        assert!(why("sh -c 'echo 1'", false).unwrap().contains("has no leave to"));
        assert!(why("no-such-program-here", true).unwrap().contains("there is no program `no-such-program-here`"));
        assert!(why("./tone.sh", true).unwrap().contains("there is no program `./tone.sh`"));
        std::fs::write(home.path().join("tone.sh"), "").unwrap();
        assert_eq!(why("./tone.sh", true), None);
    }

    #[test]
    fn much_on_either_side_blocks_nobody() {
        let metric = own("sh -c 'head -c 200000 /dev/zero | tr \"\\0\" x; cat >/dev/null'", 20.0, Path::new("/"));
        let score = metric.score(&Answer { text: &"long ".repeat(200_000) }, "");
        assert!(score.reason().unwrap().contains("printed no score"), "{score:?}");
    }
}

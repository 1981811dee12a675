//! From train rows and arms to examples: what is learned is exactly what will be asked, rendered by the same prompt and
//! strategy code that a run uses.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::TuneError;
use super::held_out::held_out;
use super::rows::TuneRows;
use crate::data::Split;
use crate::files::WholeFile;
use crate::model::{Parameters, TrainedWith};
use crate::prompt::Message;
use crate::run::{Question, Session};
use crate::strategy::{Extraction, StrategyConfig};

/// One example: what is asked, and what is to be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TuneExample {
    /// The train row's id.
    pub row: String,
    /// The arm that asks.
    pub arm: String,
    /// Whether it is kept for validation.
    #[serde(default)]
    pub held_out: bool,
    /// What is asked.
    pub messages: Vec<Message>,
    /// What is to be answered.
    pub answer: String,
}

/// What became of the train rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExampleSet {
    /// Examples to train on.
    pub examples: u64,
    /// Examples held out.
    pub held_out: u64,
    /// The hash of all of them, in order.
    pub hash: String,
    /// The file the rows came from.
    pub file: String,
    /// With which prompts and strategies.
    pub trained_with: Vec<TrainedWith>,
    /// Remarks: rows left out, and why.
    pub notes: Vec<String>,
}

/// Calls `take` with an example of every row, arm by arm within each row, in the order of the rows. Gives what the rows
/// were made with, and how many rows have no answer.
pub fn each_example(
    session: &Session,
    arms: &[&str],
    rows: &TuneRows<'_>,
    mut take: impl FnMut(usize, TuneExample) -> Result<(), TuneError>,
) -> Result<(Vec<TrainedWith>, u64), TuneError> {
    if let Some(twice) = arms.iter().enumerate().find(|(index, id)| arms.iter().take(*index).any(|other| other == *id))
    {
        let what = format!("the arm `{}` is named twice", twice.1);
        return Err(TuneError::asked(what, "Name it once: a mixed tune is asked by different arms."));
    }
    let arms = arms.iter().map(|id| AskingArm::new(session, id)).collect::<Result<Vec<_>, _>>()?;
    let mut without_answer = 0;
    for index in 0..rows.count() {
        let case = rows.case(index)?;
        let Some(answer) = case.reference.clone().filter(|answer| !answer.trim().is_empty()) else {
            without_answer += 1;
            continue;
        };
        for arm in &arms {
            let messages =
                arm.ask(session, &case, rows.split, &answer).map_err(|error| located(&error, index, &case.id))?;
            let example = TuneExample {
                row: case.id.clone(),
                arm: arm.id.clone(),
                held_out: false,
                messages,
                answer: answer.clone(),
            };
            take(index, example)?;
        }
    }
    Ok((arms.into_iter().map(|arm| arm.with).collect(), without_answer))
}

fn located(error: &TuneError, index: usize, id: &str) -> TuneError {
    TuneError::failed(format!("row {} (`{id}`): {error}", index + 1), error.hint())
}

/// An arm made ready to ask.
struct AskingArm {
    id: String,
    strategy: StrategyConfig,
    prompt: std::path::PathBuf,
    text: String,
    model: String,
    with: TrainedWith,
}

impl AskingArm {
    fn new(session: &Session, id: &str) -> Result<Self, TuneError> {
        let workbench = &session.workbench;
        let arm = workbench.arm(id).ok_or_else(|| {
            let known: Vec<&str> = workbench.arms.iter().map(|arm| arm.id.as_str()).collect();
            let hint = crate::config::did_you_mean(id, &known, "arm");
            TuneError::asked(format!("no arm of the workbench is called `{id}`"), hint)
        })?;
        let strategy = StrategyConfig::from_parts(&arm.strategy.name, &arm.strategy.settings)
            .map_err(|error| TuneError::failed(format!("arm `{id}`: {error}"), error.hint()))?;
        let prompt = workbench.root.join(&arm.prompt);
        let text = Session::prompt_text(&prompt)?;
        let with = TrainedWith {
            arm: id.to_owned(),
            prompt: arm.prompt.clone(),
            prompt_hash: TrainedWith::prompt_hash(&text),
            strategy: strategy.label(),
            strategy_hash: strategy.hash().to_hex().to_string(),
        };
        Ok(Self { id: id.to_owned(), strategy, prompt, text, model: arm.model.clone(), with })
    }

    fn ask(
        &self,
        session: &Session,
        case: &crate::data::Case,
        split: Split,
        answer: &str,
    ) -> Result<Vec<Message>, TuneError> {
        let question = Question {
            arm: self.id.clone(),
            prompt_path: self.prompt.clone(),
            prompt_text: Some(self.text.clone()),
            strategy: self.strategy.clone(),
            model: self.model.clone(),
            parameters: Parameters::default(),
            case: case.clone().into(),
            split: Some(split),
            sample: 0,
        };
        if self.strategy.calls().per_case.most > 1 {
            let what = format!(
                "the strategy {} of arm `{}` makes several calls, and a row has one answer",
                self.strategy.name(),
                self.id
            );
            return Err(TuneError::asked(what, "Tune with an arm of one call: zero-shot, persona or few-shot."));
        }
        let (plan, _) = session.plan(&question)?;
        // What reads its answer out of a longer text would be taught to leave that text away.
        match self.strategy.strategy().extract(&self.strategy, &plan.task(), answer) {
            Extraction::Whole(whole) if whole == answer => {}
            Extraction::Invalid { why } => {
                let what = format!(
                    "the strategy {} of arm `{}` asks for a form, and the answer of row `{}` has another: {why}",
                    self.strategy.name(),
                    self.id,
                    case.id
                );
                return Err(TuneError::asked(what, "Change the schema, or tune with an arm that asks for no form."));
            }
            _ => {
                let what = format!(
                    "the strategy {} of arm `{}` reads its answer out of a longer text, and the rows have the bare answer",
                    self.strategy.name(),
                    self.id
                );
                let hint = "Tune with an arm that takes the whole answer: zero-shot, persona or few-shot.";
                return Err(TuneError::asked(what, hint));
            }
        }
        Ok(session.messages_to_learn(&question)?)
    }
}

/// Writes the examples of the rows to `path`, a share of the rows marked as held out. The file is whole or not there.
pub fn write_examples(
    session: &Session,
    arms: &[&str],
    rows: &TuneRows<'_>,
    share: f64,
    seed: u64,
    path: &Path,
) -> Result<ExampleSet, TuneError> {
    let failed = |error: &std::io::Error| TuneError::file(path, error);
    let mut file = WholeFile::create(path).map_err(|error| failed(&error))?;
    let set =
        gather(session, arms, rows, (share, seed), |_, line| file.write_all(line).map_err(|error| failed(&error)))?;
    file.replace().map_err(|error| failed(&error))?;
    Ok(set)
}

/// What the examples of the rows are, a share of them held out. `take` gets each, and the line that it is kept as.
pub(super) fn gather(
    session: &Session,
    arms: &[&str],
    rows: &TuneRows<'_>,
    (share, seed): (f64, u64),
    mut take: impl FnMut(TuneExample, &[u8]) -> Result<(), TuneError>,
) -> Result<ExampleSet, TuneError> {
    let held = held_out(rows.count(), share, seed);
    let mut set = ExampleSet { file: rows.file.clone(), notes: rows.notes.clone(), ..ExampleSet::default() };
    let mut hasher = blake3::Hasher::new();
    let (trained_with, without_answer) = each_example(session, arms, rows, |index, mut example| {
        example.held_out = held.get(index).copied().unwrap_or_default();
        if example.held_out {
            set.held_out += 1;
        } else {
            set.examples += 1;
        }
        let unkept = |error: &serde_json::Error| TuneError::failed(error.to_string(), "Mend or delete this row.");
        let mut line = serde_json::to_vec(&example).map_err(|error| unkept(&error))?;
        line.push(b'\n');
        hasher.update(&line);
        take(example, &line)
    })?;
    if set.examples == 0 {
        return Err(no_rows());
    }
    if without_answer > 0 {
        set.notes.push(left_out_in_words(without_answer));
    }
    if set.held_out == 0 {
        set.notes.push("too few rows to hold some out: overfitting cannot be seen".to_owned());
    }
    set.trained_with = trained_with;
    set.hash = hasher.finalize().to_hex().to_string();
    Ok(set)
}

fn no_rows() -> TuneError {
    let hint = "Name a train file with answers under [data] in fourfold.toml; `fourfold data check` looks it through.";
    TuneError::asked("there are no train rows with an answer to learn from", hint)
}

/// Reads examples back, those to train on and those held out.
pub fn read_examples(path: &Path) -> Result<(Vec<TuneExample>, Vec<TuneExample>), TuneError> {
    let failed = |error: &std::io::Error| TuneError::file(path, error);
    let file = BufReader::new(File::open(path).map_err(|error| failed(&error))?);
    let (mut train, mut held) = (Vec::new(), Vec::new());
    for line in file.lines() {
        let line = line.map_err(|error| failed(&error))?;
        let example: TuneExample = serde_json::from_str(&line).map_err(|error| failed(&error.into()))?;
        if example.held_out { held.push(example) } else { train.push(example) }
    }
    Ok((train, held))
}

/// Says how many train rows have nothing to learn.
pub(super) fn left_out_in_words(without_answer: u64) -> String {
    match without_answer {
        1 => "1 train row has no answer and is left out".to_owned(),
        many => format!("{many} train rows have no answer and are left out"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use std::sync::Arc;

    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, copy_sample};
    use crate::data::Cases;
    use crate::model::ModelError;
    use crate::prompt::Role;

    /// The orders sample with another `[[arm]]` at its end.
    fn session(more: &str) -> (tempfile::TempDir, Session) {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let path = home.path().join("fourfold.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}\n{more}")).unwrap();
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let none = ModelError::Engine { reason: "no model in this test".to_owned(), hint: String::new() };
        let session = Session::open(workbench, Arc::new(move |_, _| Err(none.clone())));
        (home, session)
    }

    #[test]
    fn what_is_learned_is_what_a_run_asks() {
        let (home, session) = session("");
        let path = home.path().join("examples.jsonl");
        let set =
            write_examples(&session, &["plain", "prompted"], &TuneRows::of(&session, None).unwrap(), 0.1, 1, &path)
                .unwrap();
        assert_eq!((set.examples, set.held_out), (360, 40));
        let (train, held) = read_examples(&path).unwrap();
        assert_eq!((train.len(), held.len()), (360, 40));
        // Both examples of a row are on the same side.
        assert!(held.chunks(2).all(|pair| pair[0].row == pair[1].row));
        let rows = session.splits.get(Split::Train).unwrap();
        let example = &train[1];
        let case = rows.case(rows.find(&example.row).unwrap().unwrap()).unwrap();
        assert_eq!(Some(&example.answer), case.reference.as_ref());
        let arm = session.workbench.arm("prompted").unwrap();
        let question = Question {
            arm: arm.id.clone(),
            prompt_path: home.path().join(&arm.prompt),
            prompt_text: None,
            strategy: StrategyConfig::from_parts(&arm.strategy.name, &arm.strategy.settings).unwrap(),
            model: arm.model.clone(),
            parameters: Parameters::default(),
            case: case.into(),
            split: Some(Split::Train),
            sample: 0,
        };
        assert_eq!(example.arm, "prompted");
        assert_eq!(example.messages, session.messages(&question).unwrap().0);
        assert_eq!(train[0].messages.iter().map(|one| one.role).collect::<Vec<_>>(), [Role::System, Role::User]);
        assert_eq!(set.trained_with.len(), 2);
        assert_eq!(set.trained_with[0].label(), "orders.prompty · zero-shot");
    }

    #[test]
    fn the_same_seed_makes_the_same_examples() {
        let (home, session) = session("");
        let hash = |seed| {
            write_examples(
                &session,
                &["plain"],
                &TuneRows::of(&session, None).unwrap(),
                0.1,
                seed,
                &home.path().join("e.jsonl"),
            )
            .unwrap()
            .hash
        };
        assert_eq!(hash(1), hash(1));
        assert_ne!(hash(1), hash(2));
    }

    #[test]
    fn a_file_is_learned_from_as_the_train_split_is_and_rows_measured_on_are_named() {
        let (home, session) = session("");
        let file = home.path().join("mine.jsonl");
        let train = fs::read_to_string(home.path().join("data/train.jsonl")).unwrap();
        let test = fs::read_to_string(home.path().join("data/test.jsonl")).unwrap();
        let rows: Vec<&str> = train.lines().take(30).chain(test.lines().take(1)).collect();
        fs::write(&file, rows.join("\n")).unwrap();
        let rows = TuneRows::of(&session, Some(&file)).unwrap();
        let set = write_examples(&session, &["plain"], &rows, 0.1, 1, &home.path().join("e.jsonl")).unwrap();
        assert_eq!((set.examples + set.held_out, set.file.as_str()), (31, "mine.jsonl"));
        assert!(set.notes[0].starts_with("1 rows are in dev or test as well (test-001)"), "{:?}", set.notes);
        assert!(TuneRows::of(&session, Some(&home.path().join("none.jsonl"))).is_err());
    }

    #[test]
    fn what_cannot_be_learned_from_is_refused() {
        let thinking = "[[arm]]\nid = \"thinking\"\nprompt = \"orders.prompty\"\nstrategy = \"chain-of-thought\"\nmodel = \"base\"\n";
        let (home, session) = session(thinking);
        let path = home.path().join("e.jsonl");
        let error =
            write_examples(&session, &["thinking"], &TuneRows::of(&session, None).unwrap(), 0.1, 1, &path).unwrap_err();
        assert!(error.to_string().contains("reads its answer out of a longer text"), "{error}");
        let error =
            write_examples(&session, &["plian"], &TuneRows::of(&session, None).unwrap(), 0.1, 1, &path).unwrap_err();
        assert_eq!(error.hint(), "Did you mean `plain`?");
        assert!(!path.exists());

        fs::write(home.path().join("data/train.jsonl"), "{\"id\":1,\"text\":\"x\",\"answer\":null}\n").unwrap();
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let empty = Session::open(workbench, session.embedded_factory());
        let error =
            write_examples(&empty, &["plain"], &TuneRows::of(&empty, None).unwrap(), 0.1, 1, &path).unwrap_err();
        assert!(error.to_string().contains("no train rows with an answer"), "{error}");
    }
}

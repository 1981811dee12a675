//! Arguments of `fourfold run`: arms on one case, or over a whole split (`measure`), without a terminal.

use std::convert::Infallible;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::str::FromStr;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::agreement::{self, Said};
use super::leaks::LeakArguments;
use super::measure::MeasureArguments;
use super::tape::{self, TapeArguments};
use super::told::{Told, compare};
use super::{Exit, Fault, Output};
use crate::config::{Arm, Workbench};
use crate::data::{Cases, Split};
use crate::model::Parameters;
use crate::run::fourfold::{as_arms, table_with};
use crate::run::{
    NotAsked, Question, TrialAccumulator, TrialCall, TrialDone, equal_samples, now_milliseconds, question_of,
    stopwatch, trial,
};
use crate::score::Outcome;
use crate::store::{Store, TrialRecord};

/// Arguments of `fourfold run`.
#[derive(Clone, Debug, Args, PartialEq)]
pub struct RunArguments {
    /// A workbench folder, or one inside it; the current folder unless said
    #[arg(conflicts_with = "workbench")]
    pub folder: Option<PathBuf>,
    /// An arm of the workbench; give it again for another one. All of them unless said
    #[arg(long = "arm", value_name = "ARM")]
    pub arms: Vec<String>,
    /// Ask the four cells of the [fourfold] table instead of arms, and say what prompting and tuning added
    #[arg(long, conflicts_with_all = ["arms", "samples"])]
    pub fourfold: bool,
    /// The tuned model of the four cells, such as one just trained, instead of the one the [fourfold] table names
    #[arg(long, value_name = "MODEL", requires = "fourfold")]
    pub tuned: Option<String>,
    /// One case by a tuned model with its adapter at each of these strengths: 0 is the base, 1 as trained
    #[arg(long, value_name = "0,0.5,1", value_delimiter = ',', value_parser = super::strengths::strength, conflicts_with_all = ["fourfold", "samples"], requires = "case")]
    pub strengths: Vec<f64>,
    /// One case: its number in the split, from 1, or its id. Without one the whole split is measured
    #[arg(long, value_name = "CASE")]
    pub case: Option<CaseChoice>,
    /// Where the cases are from; dev unless said
    #[arg(long, value_enum)]
    pub split: Option<SplitChoice>,
    /// One line of JSON for each answer or event, then one for each comparison
    #[arg(long, visible_alias = "jsonl")]
    pub json: bool,
    /// What is compared: the first two arms' answers, or every answer with the reference
    #[arg(long, value_enum, default_value_t = DiffChoice::Arms)]
    pub diff: DiffChoice,
    /// Makes sampling repeatable where the model allows it
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// How freely to sample, for this run; 0 is greedy
    #[arg(long, value_name = "NUMBER", value_parser = temperature)]
    pub temperature: Option<f64>,
    /// How many answers of each arm, and how far they agree
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000), requires = "case")]
    pub samples: u32,
    /// Send nothing: say what each arm would take on this case and on its whole split, in calls, tokens and dollars
    #[arg(long, conflicts_with = "strengths")]
    pub forecast: bool,
    /// Stop asking once this many dollars have been spent; stands over `budget` of fourfold.toml
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    pub budget: Option<f64>,
    /// How a whole split is measured
    #[command(flatten)]
    pub measure: MeasureArguments,
    /// Leaks
    #[command(flatten)]
    pub leaks: LeakArguments,
    /// The cassette
    #[command(flatten)]
    pub tape: TapeArguments,
    /// Where to look for the workbench; the current folder unless said
    #[arg(long, value_name = "FOLDER")]
    pub workbench: Option<PathBuf>,
}

/// Which case of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseChoice {
    /// By its place, from 1.
    Number(usize),
    /// By its id.
    Id(String),
}

impl std::fmt::Display for CaseChoice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Id(id) => formatter.write_str(id),
        }
    }
}

impl FromStr for CaseChoice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.parse() {
            Ok(number) if number > 0 => Self::Number(number),
            _ => Self::Id(text.to_owned()),
        })
    }
}

/// What `--diff` compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DiffChoice {
    /// The answers of the first two arms
    Arms,
    /// Every answer with the reference
    Reference,
    /// Nothing
    None,
}

/// A split by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitChoice {
    /// The rows exemplars are drawn from
    Train,
    /// The rows prompts are iterated on
    Dev,
    /// The rows only runs open
    Test,
}

impl From<SplitChoice> for Split {
    fn from(choice: SplitChoice) -> Self {
        match choice {
            SplitChoice::Train => Self::Train,
            SplitChoice::Dev => Self::Dev,
            SplitChoice::Test => Self::Test,
        }
    }
}

impl RunArguments {
    /// The split that is meant.
    pub fn split(&self) -> Split {
        self.split.map_or(Split::Dev, Split::from)
    }

    /// The arms asked for, in the order asked; all of the workbench's where none is named. One named twice runs once.
    pub fn arms_of<'w>(&self, workbench: &'w Workbench) -> Result<Vec<&'w Arm>, Fault> {
        if workbench.arms.is_empty() {
            let hint = "Add an [[arm]] with a prompt, a strategy and a model to fourfold.toml.".to_owned();
            return Err(Fault::Asked { what: "the workbench has no arm".to_owned(), hint });
        }
        if self.arms.is_empty() {
            return Ok(workbench.arms.iter().collect());
        }
        let mut chosen: Vec<&Arm> = Vec::new();
        for id in &self.arms {
            let Some(arm) = workbench.arm(id) else {
                let known: Vec<&str> = workbench.arms.iter().map(|arm| arm.id.as_str()).collect();
                let what = format!("no arm of the workbench is called `{id}`");
                return Err(Fault::Asked { what, hint: crate::config::did_you_mean(id, &known, "arm") });
            };
            if !chosen.iter().any(|known| known.id == arm.id) {
                chosen.push(arm);
            }
        }
        Ok(chosen)
    }
}

/// Reads a temperature.
pub(super) fn temperature(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..=5.0).contains(value));
    value.ok_or_else(|| "needs a number from 0 to 5".to_owned())
}

/// Reads an amount of money.
pub(super) fn dollars(text: &str) -> Result<f64, String> {
    let value = text.trim_start_matches('$').parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0);
    value.ok_or_else(|| "needs dollars, 0 or more, such as 1.50".to_owned())
}

/// Asks the arms one after the other and prints what the panes would show. Every answer is recorded.
pub(super) fn run<W: Write>(arguments: &RunArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let folder = arguments.folder.as_deref().or(arguments.workbench.as_deref());
    let session = super::session_at(folder, current)?;
    let mut session = arguments.tape.apply(session, current)?;
    arguments.leaks.apply(&mut session);
    if let Some(budget) = arguments.budget {
        session.set_budget(budget);
    }
    if arguments.fourfold {
        session.workbench.fourfold = Some(table_with(&session.workbench, arguments.tuned.as_deref())?);
    }
    let case = match &arguments.case {
        Some(case) if arguments.measure.resume.is_none() => case.clone(),
        // Nothing is sent: any case shows what the whole split takes.
        None if arguments.forecast => CaseChoice::Number(1),
        _ => return super::measure::run(arguments, session, current, out),
    };
    super::measure::for_one_case(arguments)?;
    let split = arguments.split();
    let no_case = || Fault::Asked {
        what: format!("there is no such case in the {} split", split.as_str()),
        hint: "Give a number from 1, or a row's id; `--split` chooses the file.".to_owned(),
    };
    let rows = session.splits.look(split).map_err(NotAsked::from)?.ok_or_else(no_case)?;
    let index = match &case {
        CaseChoice::Number(number) => number - 1,
        CaseChoice::Id(id) => rows.find(id).map_err(NotAsked::from)?.ok_or_else(no_case)?,
    };
    if index >= rows.count() {
        return Err(no_case());
    }
    let case = Arc::new(rows.case(index).map_err(NotAsked::from)?);
    let store = super::store_of(&session)?;
    if arguments.fourfold && !arguments.forecast {
        return super::fourfold::run(arguments, &session, &store, (&case, split), out);
    }
    if !arguments.strengths.is_empty() {
        return super::strengths::run(arguments, &session, &store, (&case, split), out);
    }
    let cells = session.workbench.fourfold.as_ref().filter(|_| arguments.fourfold).map(as_arms).unwrap_or_default();
    let arms = if arguments.fourfold { cells.iter().collect() } else { arguments.arms_of(&session.workbench)? };
    if arguments.forecast {
        return super::forecast::run(
            &session,
            &store,
            &arms,
            (&case, split, arguments.case.is_some()),
            arguments.measure.limit,
            arguments.json,
            out,
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // What cannot be asked of one arm is told before anything is asked of another.
    for arm in &arms {
        let question = Question { case: Arc::clone(&case), ..question_of(&session, arm, split)? };
        super::set_up(&session, &question, &runtime, arguments.json, out)?;
        match session.prepare(question) {
            Ok(prepared) => super::tell_first_use(prepared.first_use.as_deref()),
            Err(error) => {
                // What a budget has stopped is told with what was spent.
                super::tell_spent(&session, arguments.json, out)?;
                let what = if arms.len() > 1 { format!("arm `{}`: {}", arm.id, error.what) } else { error.what };
                return Err(super::not_asked(&session, NotAsked { what, ..error }));
            }
        }
    }
    let mut answers = Vec::new();
    let mut interrupt = pin!(super::stop::asked());
    for arm in arms {
        let of_arm = question_of(&session, arm, split)?;
        let mut said = Vec::new();
        for sample in 0..arguments.samples {
            // Samples differ by their seed; one alone uses the seed as it was given.
            let seed = match (arguments.seed, arguments.samples) {
                (seed, 1) => seed,
                (seed, _) => Some(seed.unwrap_or(0).wrapping_add(u64::from(sample))),
            };
            let own = Parameters { seed, temperature: arguments.temperature, ..Parameters::default() };
            let question = Question {
                parameters: own.over(Some(&of_arm.parameters)),
                case: Arc::clone(&case),
                sample,
                ..of_arm.clone()
            };
            let prepared = match session.prepare(question) {
                Ok(prepared) => prepared,
                Err(error) => {
                    // What a budget has stopped is told with what was spent.
                    super::tell_spent(&session, arguments.json, out)?;
                    return Err(super::not_asked(&session, error));
                }
            };
            let embedded = session.embedded_file(&arm.model).is_some();
            if let (true, Some(why)) = (arguments.samples > 1, equal_samples(&prepared.call.parameters, embedded)) {
                let what = format!("{} samples of `{}`: {why}", arguments.samples, arm.id);
                let hint = "Give --temperature 0.8, or set the model's temperature in fourfold.toml.".to_owned();
                return Err(Fault::Asked { what, hint });
            }
            let (done, ended) = runtime.block_on(ask(prepared.call.clone(), interrupt.as_mut()));
            let judged = session.judge(&prepared, &done, now_milliseconds());
            let priced = session.priced(&arm.model);
            let answer = Told { strategy: of_arm.strategy.label(), done, judged, priced };
            let trial = &answer.judged.record;
            let id = record(&store, trial.clone())?;
            let text = trial.extracted.clone().unwrap_or_else(|| trial.answer.clone());
            said.push(Said { trial: id, outcome: trial.outcome, text });
            answer.print(arguments.json, id, out)?;
            if ended == Ended::Interrupted {
                return Ok(Exit::Interrupted);
            }
            answers.push(answer);
        }
        if arguments.samples > 1 {
            agreement::print(&arm.id, &said, case.reference.as_deref(), arguments.json, out)?;
        }
    }
    compare(arguments, &answers, case.reference.as_deref(), session.primary(), out)?;
    super::tell_spent(&session, arguments.json, out)?;
    tape::check(&session)?;
    let missing = answers.iter().any(|answer| matches!(answer.judged.outcome, Outcome::Missing(_)));
    Ok(if missing { Exit::Incomplete } else { Exit::Success })
}

/// Records an answer and gives its number.
pub(super) fn record(store: &Store, record: TrialRecord) -> Result<i64, Fault> {
    Ok(store.record_trial(record).wait()?)
}

/// How a call came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// By itself.
    Alone,
    /// By Ctrl+C; what had arrived is there.
    Interrupted,
}

/// One call to its end. `interrupt` is one and the same for all calls: a Ctrl+C between two of them counts as well.
pub(super) async fn ask(
    call: TrialCall,
    mut interrupt: Pin<&mut impl Future<Output = std::io::Result<()>>>,
) -> (TrialDone, Ended) {
    let elapsed = stopwatch();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(64);
    let mut heard = TrialAccumulator::default();
    let ended = {
        let listen = async {
            while let Some(event) = receiver.recv().await {
                heard.feed(&event);
            }
        };
        tokio::select! {
            biased;
            _ = interrupt.as_mut() => Ended::Interrupted,
            _ = async { tokio::join!(trial(call, sender), listen) } => Ended::Alone,
        }
    };
    // A trial that has told its end is what it was; only a cut one is marked as cancelled.
    (heard.cancelled(elapsed().as_millis() as u64), ended)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::{Known, SAMPLES, copy_sample};

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        run: RunArguments,
    }

    fn parse(arguments: &[&str]) -> Result<RunArguments, clap::Error> {
        Alone::try_parse_from(std::iter::once(&"run").chain(arguments)).map(|alone| alone.run)
    }

    #[test]
    fn arguments_as_documented() {
        let run = parse(&["--arm", "plain", "--arm", "prompted", "--case", "3", "--json", "--seed", "7"]).unwrap();
        assert_eq!(run.arms, ["plain", "prompted"]);
        assert_eq!(
            (run.case, run.split, run.json, run.seed, run.samples),
            (Some(CaseChoice::Number(3)), None, true, Some(7), 1)
        );
        assert_eq!(parse(&["--case", "dev-007"]).unwrap().case, Some(CaseChoice::Id("dev-007".to_owned())));
        assert_eq!(parse(&["--case", "1", "--split", "test"]).unwrap().split(), Split::Test);
        for wrong in [
            &["--case", "1", "--samples", "0"][..],
            &["--samples", "2"],
            &["--shard", "3/2"],
            &["--limit", "0"],
            &["--new", "--resume", "1"],
            &["--case", "1", "--split", "tset"],
            &["--case", "1", "--seed", "-1"],
        ] {
            assert_eq!(parse(wrong).unwrap_err().exit_code(), 2, "{wrong:?}");
        }
    }

    #[test]
    fn arms_by_name_in_the_order_asked() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let ids = |arguments: &[&str]| {
            parse(arguments)
                .unwrap()
                .arms_of(&workbench)
                .map(|arms| arms.iter().map(|arm| arm.id.clone()).collect::<Vec<_>>())
        };
        assert_eq!(ids(&["--case", "1"]).unwrap(), ["plain", "prompted", "tuned"]);
        assert_eq!(
            ids(&["--case", "1", "--arm", "prompted", "--arm", "plain", "--arm", "prompted"]).unwrap(),
            ["prompted", "plain"]
        );
        let fault = ids(&["--case", "1", "--arm", "plane"]).unwrap_err();
        assert_eq!(fault.hint(), "Did you mean `plain`?");
    }
}

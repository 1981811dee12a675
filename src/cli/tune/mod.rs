//! Arguments of `fourfold tune`: train an adapter on this machine, in a process that outlives the terminal.

mod end;
mod list;
mod settings;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::json;

pub use settings::SettingArguments;
use settings::presets;

use super::adapters::tune_fault;
use super::place::Place;
use super::stop::Stop;
use super::{Exit, Fault, Output};
use crate::run::{Session, now_milliseconds};
use crate::tune::{
    self, Entry, Estimate, Job, Phase, Preset, TrainingPlace, TuneError, TuneEvent, TuneExample, TuneRequest,
    TuneSettings, Watch, Wish, duration,
};

/// How often a training is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Progress lines from the first step to the last.
const LINES: u64 = 20;

/// Arguments of `fourfold tune`.
#[derive(Clone, Debug, Args, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct TuneArguments {
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
    /// The model of fourfold.toml to tune; its first embedded one unless said
    #[arg(long, value_name = "MODEL")]
    pub base: Option<String>,
    /// What to call the adapter
    #[arg(long, value_name = "NAME", required_unless_present = "list")]
    pub name: Option<String>,
    /// The arm whose prompt and strategy ask the training rows; give it again for a mixed tune
    #[arg(long = "arm", value_name = "ARM")]
    pub arms: Vec<String>,
    /// Learn the rows of this file instead of the train split's, such as one that `fourfold data distil` wrote
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Settings in plain words; single ones below go over them
    #[arg(long, value_parser = presets(), default_value = Preset::default().as_str())]
    pub preset: Preset,
    /// Single settings.
    #[command(flatten)]
    pub settings: SettingArguments,
    /// One line of JSON for the estimate and for everything that happens
    #[arg(long)]
    pub json: bool,
    /// Only say what it would take; nothing is written
    #[arg(long, conflicts_with_all = ["resume", "detach", "pause", "cancel"])]
    pub estimate: bool,
    /// Go on with a training that was paused or killed, or look on at one that runs
    #[arg(long, conflicts_with_all = ["pause", "cancel"])]
    pub resume: bool,
    /// Begin it and leave it to itself
    #[arg(long, conflicts_with_all = ["pause", "cancel"])]
    pub detach: bool,
    /// Have a running training save and stop
    #[arg(long, conflicts_with = "cancel")]
    pub pause: bool,
    /// Give a training up
    #[arg(long)]
    pub cancel: bool,
    /// When it is done, write the tuned model to fourfold.toml, to be asked from then on
    #[arg(long, conflicts_with_all = ["pause", "cancel", "estimate", "detach"])]
    pub add: bool,
    /// Say how every training of the workbench stands
    #[arg(long, conflicts_with_all = ["name", "resume", "detach", "pause", "cancel", "estimate", "add"])]
    pub list: bool,
}

impl TuneArguments {
    /// The adapter's name; nothing only where none is asked for.
    fn named(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// The preset's settings with the single ones over them.
    pub fn settings(&self) -> TuneSettings {
        let (base, own) = (TuneSettings::from(self.preset), &self.settings);
        let rank = own.rank.unwrap_or(base.rank);
        TuneSettings {
            epochs: own.epochs.unwrap_or(base.epochs),
            rank,
            alpha: own.alpha.unwrap_or(2.0 * rank as f32),
            dropout: own.dropout.unwrap_or(base.dropout),
            targets: if own.targets.is_empty() { base.targets.clone() } else { own.targets.clone() },
            last_layers: own.last_layers.or(base.last_layers),
            batch: own.batch.unwrap_or(base.batch),
            accumulation: own.accumulation.unwrap_or(base.accumulation),
            learning_rate: own.learning_rate.unwrap_or(base.learning_rate),
            warmup: own.warmup.unwrap_or(base.warmup),
            constant_rate: own.constant_rate || base.constant_rate,
            clip: own.clip.or(base.clip),
            weight_decay: own.weight_decay.unwrap_or(base.weight_decay),
            max_tokens: own.max_tokens.unwrap_or(base.max_tokens),
            validation_share: own.validation_share.unwrap_or(base.validation_share),
            validate_every: own.validate_every.or(base.validate_every),
            seed: own.seed.unwrap_or(base.seed),
        }
    }
}

/// Trains, goes on, looks on, pauses or gives up.
pub(super) fn tune<W: Write>(arguments: &TuneArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let fault = |error: TuneError| tune_fault(&error);
    let root = super::root_at(arguments.place.named(), current)?;
    if arguments.list {
        return list::list(&root, arguments.json, out);
    }
    let place = TrainingPlace::new(&root, arguments.named()).map_err(fault)?;
    if arguments.cancel {
        let running = tune::cancel(&place).map_err(fault)?;
        out.line(if running { "It stops within a step and keeps nothing." } else { "Given up; its files are gone." })?;
        return Ok(Exit::Success);
    }
    if arguments.pause {
        Job::read(&place).map_err(fault)?;
        if tune::holder(&place).is_none() {
            let hint = "`--resume` goes on with it.".to_owned();
            return Err(Fault::Asked { what: format!("`{}` is not being trained now", place.name), hint });
        }
        tune::wish(&place, Wish::Pause).map_err(fault)?;
        out.line(&format!("It saves and stops within a step. {}", resume_command(&place)))?;
        return Ok(Exit::Success);
    }
    if !arguments.resume {
        begin(arguments, current, &place, out)?;
        if arguments.estimate {
            return Ok(Exit::Success);
        }
    }
    let program = std::env::current_exe()?;
    let watch = tune::start(&place, program.as_os_str()).map_err(fault)?;
    if arguments.detach {
        out.line(&format!("It trains in the background. `fourfold tune --name {} --resume` looks on.", place.name))?;
        return Ok(Exit::Success);
    }
    follow(watch, &place, arguments, current, out)
}

/// Writes down what is to be trained and says what it will take; only says it where no more is asked.
fn begin<W: Write>(
    arguments: &TuneArguments,
    current: &Path,
    place: &TrainingPlace,
    out: &mut Output<W>,
) -> Result<(), Fault> {
    let fault = |error: TuneError| tune_fault(&error);
    let session = super::session_at(arguments.place.named(), current)?;
    let request = request(arguments, &session, current)?;
    let (job, estimate, notes, examples) = if arguments.estimate {
        let (job, reckoned) = tune::reckon(&session, &request, now_milliseconds()).map_err(fault)?;
        (job, reckoned.estimate, reckoned.notes, reckoned.examples)
    } else {
        let (_, job) = tune::prepare(&session, &request, now_milliseconds()).map_err(fault)?;
        let estimate = tune::job_estimate(place, &job).or_else(|error| {
            // Nothing was begun: nothing stays.
            tune::cancel(place)?;
            Err(error)
        });
        let estimate = estimate.map_err(fault)?;
        // A training that begins says the rest itself.
        let notes = job.set.notes.clone();
        (job, estimate, notes, Vec::new())
    };
    if arguments.json {
        let mut told = json!({ "event": "estimate", "job": job, "estimate": estimate, "notes": notes });
        if let (false, Some(object)) = (examples.is_empty(), told.as_object_mut()) {
            object.insert("examples".to_owned(), json!(examples));
        }
        return out.json(&told);
    }
    let with: Vec<String> = job.set.trained_with.iter().map(crate::model::TrainedWith::label).collect();
    let (set, with) = (&job.set, with.join(" and with "));
    out.line(&format!("Tuning {} as `{}` on {}, asked with {with}.", job.base, job.name, set.file))?;
    for line in in_words(&estimate) {
        out.line(&line)?;
    }
    for note in &notes {
        out.line(&format!("  note: {note}"))?;
    }
    for example in &examples {
        learned(example, examples.len() > 1, out)?;
    }
    Ok(())
}

/// One row as it would be learned: who says what, and the answer.
fn learned<W: Write>(example: &TuneExample, is_mixed: bool, out: &mut Output<W>) -> Result<(), Fault> {
    let by = if is_mixed { format!(" by `{}`", example.arm) } else { String::new() };
    out.line(&format!("Each row is learned as it will be asked{by}, here {}:", example.row))?;
    let said = example.messages.iter().map(|message| (message.role.as_str(), message.content.as_str()));
    for (who, text) in said.chain([("answer", example.answer.as_str())]) {
        for (row, line) in text.trim().lines().enumerate() {
            out.line(&format!("  {:<10}{line}", if row == 0 { who } else { "" }))?;
        }
    }
    Ok(())
}

fn request(arguments: &TuneArguments, session: &Session, current: &Path) -> Result<TuneRequest, Fault> {
    let asked = |what: &str, hint: &str| Fault::Asked { what: what.to_owned(), hint: hint.to_owned() };
    let base = match &arguments.base {
        Some(base) => base.clone(),
        None => tune::usual_base(&session.workbench).ok_or_else(|| {
            asked("the workbench has no embedded model to tune", "Add a [[model]] with `provider = \"embedded\"`.")
        })?,
    };
    let arms = match &arguments.arms {
        arms if !arms.is_empty() => arms.clone(),
        _ => vec![tune::usual_arm(session, &base).ok_or_else(|| {
            asked("the workbench has no arm to ask with", "Add an [[arm]] with a prompt, a strategy and a model.")
        })?],
    };
    let data = arguments.data.as_ref().map(|path| current.join(path));
    Ok(TuneRequest { name: arguments.named().to_owned(), base, arms, data, settings: arguments.settings() })
}

fn in_words(estimate: &Estimate) -> [String; 2] {
    let pace = if estimate.pace_is_measured { "measured here before" } else { "a guess until the first steps" };
    [
        format!(
            "  {} examples of about {:.0} tokens, {} more held out for validation; {} steps, {} numbers trained.",
            estimate.examples, estimate.tokens_per_example, estimate.held_out, estimate.steps, estimate.parameters
        ),
        format!(
            "  About {} at {:.0} tokens a second ({pace}), about {} MB of memory.",
            duration(estimate.seconds),
            estimate.tokens_per_second,
            estimate.memory_bytes / 1_000_000
        ),
    ]
}

fn resume_command(place: &TrainingPlace) -> String {
    format!("`fourfold tune --name {} --resume` goes on with it.", place.name)
}

/// Prints what happens until the training ends. The first Ctrl+C has it save and stop; the second leaves at once.
fn follow<W: Write>(
    mut watch: Watch,
    place: &TrainingPlace,
    arguments: &TuneArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let json = arguments.json;
    let fault = |error: TuneError| tune_fault(&error);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut stop = {
        let _inside = runtime.enter();
        Stop::listen()?
    };
    let mut stopping = false;
    loop {
        for entry in watch.look().map_err(fault)? {
            if json {
                out.json(&entry)?;
            } else if let Some(line) = line(&entry, watch.progress().steps) {
                out.line(&line)?;
            }
        }
        if watch.progress().phase.is_over() {
            break;
        }
        let interrupted = runtime.block_on(async {
            tokio::select! {
                _ = stop.next() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            }
        });
        if interrupted && stopping {
            return Ok(Exit::Interrupted);
        }
        if interrupted {
            stopping = true;
            tune::wish(place, Wish::Pause).map_err(fault)?;
            if !json {
                out.line("Saving and stopping; Ctrl+C again leaves at once, and it saves and stops all the same.")?;
            }
        }
    }
    let phase = &watch.progress().phase;
    if *phase == Phase::Finished {
        end::check_kept(place)?;
        let session = super::session_at(arguments.place.named(), current)?;
        end::finished(&session.workbench, place, arguments, out)?;
    }
    end::exit(phase, place, json, stopping, out)
}

/// What happened, as a log reads it: about twenty lines of steps, and everything else.
fn line(entry: &Entry, steps: u64) -> Option<String> {
    Some(match &entry.event {
        TuneEvent::Started { resumed_at: Some(step), .. } => format!("going on after step {step} of {steps}"),
        TuneEvent::Started { .. } | TuneEvent::Checkpoint { .. } | TuneEvent::Failed { .. } => return None,
        TuneEvent::Step { step, epoch, loss, tokens_per_second, seconds_left } => {
            if !(step.is_multiple_of(steps.div_ceil(LINES).max(1)) || *step == 1 || *step == steps) {
                return None;
            }
            format!(
                "step {step} of {steps}  epoch {epoch}  loss {loss:.4}  {tokens_per_second:.0} tok/s  {} left",
                duration(*seconds_left)
            )
        }
        TuneEvent::Validation { step, loss, best, .. } => {
            let best = if *best { ", the lowest so far" } else { "" };
            format!("step {step} of {steps}  validation loss {loss:.4}{best}")
        }
        TuneEvent::Sample { case, reference, answer, .. } if answer == reference => {
            format!("  {case}: {}  (as the reference)", on_one_line(answer))
        }
        TuneEvent::Sample { case, reference, answer, .. } => {
            format!("  {case}: {}  (reference: {})", on_one_line(answer), on_one_line(reference))
        }
        TuneEvent::Epoch { epoch, loss, validation } => {
            let validation = validation.map_or_else(String::new, |loss| format!(", validation loss {loss:.4}"));
            format!("epoch {epoch} done: mean loss {loss:.4}{validation}")
        }
        TuneEvent::Overfitting { message, .. } => format!("warning: {message}"),
        TuneEvent::Note { message } => format!("note: {message}"),
        TuneEvent::Paused { step } => format!("saved and stopped after step {step} of {steps}"),
        TuneEvent::Cancelled => "given up; nothing is kept".to_owned(),
        TuneEvent::Finished { adapter, best_epoch, validation, seconds } => {
            let loss = validation.map_or_else(String::new, |loss| format!(", validation loss {loss:.4}"));
            format!("done in {}: `{adapter}` has the weights of epoch {best_epoch}{loss}", duration(*seconds))
        }
    })
}

/// A text whose line ends do not tear a log apart.
fn on_one_line(text: &str) -> String {
    text.trim().lines().map(str::trim_end).collect::<Vec<_>>().join(" ⏎ ")
}

/// The process that trains. Started by `fourfold tune`, never by hand.
pub(super) fn worker(folder: &Path) -> Result<Exit, Fault> {
    // Where the system refuses either, the training goes on as it is.
    let _ = tune::step_back();
    tune::work(folder).map_err(|error| tune_fault(&error))?;
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        tune: TuneArguments,
    }

    fn parse(arguments: &[&str]) -> Result<TuneArguments, clap::Error> {
        Alone::try_parse_from(std::iter::once(&"tune").chain(arguments)).map(|alone| alone.tune)
    }

    #[test]
    fn single_settings_go_over_the_preset() {
        let quick = parse(&["--name", "a", "--preset", "quick"]).unwrap().settings();
        assert_eq!(quick, TuneSettings::from(Preset::Quick));
        let own =
            parse(&["--name", "a", "--epochs", "9", "--rank", "4", "--targets", "q_proj,v_proj"]).unwrap().settings();
        assert_eq!((own.epochs, own.rank, own.targets.len()), (9, 4, 2));
        assert!((own.alpha - 8.0).abs() < 1e-6, "the strength stays the same with another rank");
        for wrong in [&[][..], &["--name", "a", "--pause", "--cancel"], &["--name", "a", "--preset", "fast"]] {
            assert_eq!(parse(wrong).unwrap_err().exit_code(), 2, "{wrong:?}");
        }
    }

    #[test]
    fn lines_of_a_log() {
        let line = |event| line(&Entry { time: 0, event }, 100);
        let step = |step| TuneEvent::Step { step, epoch: 1, loss: 0.5, tokens_per_second: 98.7, seconds_left: 130.0 };
        assert_eq!(line(step(7)), None);
        assert_eq!(line(step(10)).unwrap(), "step 10 of 100  epoch 1  loss 0.5000  99 tok/s  2 min left");
        let epoch = TuneEvent::Epoch { epoch: 2, loss: 0.25, validation: Some(0.125) };
        assert_eq!(line(epoch).unwrap(), "epoch 2 done: mean loss 0.2500, validation loss 0.1250");
        assert_eq!(line(TuneEvent::Checkpoint { step: 1 }), None);
        let sample = TuneEvent::Sample {
            step: 1,
            case: "train-1".to_owned(),
            reference: "{}".to_owned(),
            answer: "Dear Sir,\n\nI hope\n".to_owned(),
        };
        assert_eq!(line(sample).unwrap(), "  train-1: Dear Sir, ⏎  ⏎ I hope  (reference: {})");
    }
}

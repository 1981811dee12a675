//! How fast adapters are trained, how well, and what they cost when they answer. On the model the tests use
//! (`FOURFOLD_MODEL`, or the cache folder) and the order sample's data.
//!
//! ```text
//! cargo bench -p fourfold-engine --bench tune                          one epoch at batch 1 and 4, memory, decoding (with
//!     MALLOC_TRIM_THRESHOLD_=2000000000 MALLOC_MMAP_THRESHOLD_=1000000000, as `fourfold tune` runs its process)
//! cargo bench -p fourfold-engine --bench tune -- learn quick 60        a preset on so many rows: exact answers of all test rows
//!     rank=4 epochs=3 rate=1e-3 batch=1 dropout=0.05 seeds=3           with other settings, in so many seeds
//!     data=docs/second-task/data system="Turn the ingredient into JSON."   on other rows
//! cargo bench -p fourfold-engine --bench tune -- memory                so many steps on 60 and on 2,000 rows, a process each
//! cargo bench -p fourfold-engine --bench tune -- answer FOLDER         exact answers of an adapter that is there
//! cargo bench -p fourfold-engine --bench tune -- save FOLDER quick 60  trains and saves for PEFT and llama.cpp
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use fourfold_engine::train::{Preset, TuneEvent};
use fourfold_engine::{
    Adapter, ChatMessage, Engine, Example, GenerateEvent, GenerateRequest, NumberFormat, Options, Sampling, Trainer,
    TuneOptions, Tuned,
};

const SYSTEM: &str = "Turn the order into JSON.";
const ROWS: usize = 60;
/// Sizes of training sets whose memory is compared, and the steps taken on each.
const SETS: [usize; 2] = [60, 2_000];
const MEMORY_STEPS: usize = 40;
/// So many wrong answers are printed.
const WRONG_SHOWN: usize = 12;

fn model() -> PathBuf {
    std::env::var_os("FOURFOLD_MODEL").map_or_else(
        || {
            let folders = directories::ProjectDirs::from("", "", "fourfold").expect("a home folder");
            folders.cache_dir().join("models").join("SmolLM2-135M-Instruct.Q4_1.gguf")
        },
        PathBuf::from,
    )
}

/// The sample's rows of a split: text and answer.
fn rows(split: &str) -> Vec<(String, String)> {
    rows_in("sample-prompts/orders/data", split)
}

fn rows_in(folder: &str, split: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{folder}/{split}.jsonl"));
    let text = std::fs::read_to_string(path).unwrap();
    let field = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    rows.map(|row| (field(&row, "text"), field(&row, "answer"))).collect()
}

fn messages(system: &str, text: &str) -> Vec<ChatMessage> {
    vec![ChatMessage::new("system", system), ChatMessage::new("user", text)]
}

fn examples(engine: &Engine, system: &str, rows: &[(String, String)]) -> Vec<Example> {
    rows.iter().map(|(text, answer)| engine.base().example(&messages(system, text), answer).unwrap()).collect()
}

/// Linux only: the processor time this process took so far, in seconds. Steadier than the clock where others work as well.
fn processor_seconds() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = status.rsplit(')').next().unwrap_or_default().split_whitespace();
    // User and system time, in hundredths.
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Trains and tells what the loop took.
fn train(engine: &Engine, options: TuneOptions, examples: Vec<Example>, validation: Vec<Example>) -> Trainer {
    let mut trainer = Trainer::new(engine.base(), options, examples, validation).unwrap();
    let tokens = trainer.prepared().tokens * trainer.options().epochs;
    let (began, processor_began) = (Instant::now(), processor_seconds());
    let mut losses: Vec<f64> = Vec::new();
    let mut validated = Vec::new();
    let epochs = trainer.options().epochs;
    let per_epoch = trainer.steps() / epochs;
    trainer
        .run(&mut |_: &Trainer, event: TuneEvent| {
            match event {
                TuneEvent::Step { loss, tokens_per_second, step, .. } => {
                    losses.push(loss);
                    if step % 10 == 0 {
                        let processor = processor_seconds() - processor_began;
                        println!("  step {step}: loss {loss:.4}, {tokens_per_second:.0} tok/s, {processor:.1} s of processor time");
                    }
                }
                TuneEvent::Validated { loss, .. } => validated.push(format!("{loss:.4}")),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    let seconds = began.elapsed().as_secs_f64();
    let means: Vec<String> = losses
        .chunks(per_epoch)
        .map(|losses| format!("{:.4}", losses.iter().sum::<f64>() / losses.len() as f64))
        .collect();
    println!(
        "  {} examples, {tokens} tokens in {seconds:.1} s ({:.1} s of processor time): {:.0} tok/s; loss by epoch {}; validation {}",
        trainer.prepared().examples,
        processor_seconds() - processor_began,
        tokens as f64 / seconds,
        means.join(" "),
        validated.join(" ")
    );
    trainer
}

fn answer_all(engine: &Engine, system: &str, rows: &[(String, String)], tuned: Option<&Tuned>) -> (usize, usize, f64) {
    let began = Instant::now();
    let (sender, events) = mpsc::channel();
    let running: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(index, (text, _))| {
            let request = GenerateRequest {
                messages: messages(system, text),
                sampling: Sampling::greedy(),
                max_tokens: Some(64),
                stop: Vec::new(),
                tuned: tuned.cloned(),
            };
            let sender = sender.clone();
            engine.generate(request, move |event| {
                let _ = sender.send((index, event));
                ControlFlow::Continue(())
            })
        })
        .collect();
    drop(sender);
    let mut answers = vec![String::new(); rows.len()];
    let (mut tokens, mut left) = (0, rows.len());
    while left > 0 {
        match events.recv().unwrap() {
            (index, GenerateEvent::Text(text)) => answers[index] += &text,
            (_, GenerateEvent::Finished { output_tokens, .. }) => {
                tokens += output_tokens;
                left -= 1;
            }
            (_, GenerateEvent::Failed(error)) => panic!("{error}"),
            (_, GenerateEvent::Prefilled { .. }) => {}
        }
    }
    drop(running);
    let wrong: Vec<_> = answers.iter().zip(rows).filter(|(answer, (_, reference))| *answer != reference).collect();
    for (answer, (text, reference)) in wrong.iter().take(WRONG_SHOWN) {
        println!("  {text}\n    - {reference}\n    + {answer}");
    }
    let exact = rows.len() - wrong.len();
    (exact, tokens, began.elapsed().as_secs_f64())
}

/// Tokens per second of one answer, without its prompt.
fn decode(engine: &Engine, tuned: Option<&Tuned>) -> f64 {
    let (sender, events) = mpsc::channel();
    let request = GenerateRequest {
        messages: vec![ChatMessage::new("user", "Write a long story about a lighthouse keeper.")],
        sampling: Sampling { seed: Some(1), temperature: 1.5, ..Sampling::default() },
        max_tokens: Some(128),
        stop: Vec::new(),
        // So weak that it changes no answer, but as much work as any.
        tuned: tuned.map(|tuned| Tuned { scale: 1e-9, ..tuned.clone() }),
    };
    let _generation = engine.generate(request, move |event| {
        let _ = sender.send((Instant::now(), event));
        ControlFlow::Continue(())
    });
    let mut began = Instant::now();
    loop {
        match events.recv().unwrap() {
            (at, GenerateEvent::Prefilled { .. }) => began = at,
            (at, GenerateEvent::Finished { output_tokens, .. }) => {
                return (output_tokens - 1) as f64 / (at - began).as_secs_f64();
            }
            (_, GenerateEvent::Failed(error)) => panic!("{error}"),
            _ => {}
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Linux only: how much memory the process held at most.
fn print_memory(what: &str) {
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        for line in status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS")) {
            println!("  {what}: {line}");
        }
    }
}

fn preset(name: &str) -> TuneOptions {
    Preset::ALL.into_iter().find(|preset| preset.as_str() == name).expect("quick, balanced or thorough").options()
}

fn speed(engine: &Engine) {
    print_memory("loaded");
    let rows = rows("train");
    let rows = &rows[..ROWS];
    let mut trainer = None;
    for batch in [1, 4] {
        println!("one epoch at batch {batch}");
        trainer = Some(train(
            engine,
            TuneOptions { epochs: 1, batch, ..TuneOptions::default() },
            examples(engine, SYSTEM, rows),
            Vec::new(),
        ));
        print_memory("after training");
    }
    let tuned = Tuned::new(Arc::new(trainer.unwrap().adapter().unwrap()));
    // In turn, so that whatever else the machine does falls on both.
    let (mut base, mut adapted) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        base.push(decode(engine, None));
        adapted.push(decode(engine, Some(&tuned)));
    }
    let (base, adapted) = (median(base), median(adapted));
    println!("decoding: base {base:.1} tok/s, tuned {adapted:.1} tok/s, ratio {:.2}", adapted / base);
}

fn learn(engine: &Engine, name: &str, count: usize, settings: &[&str]) {
    let mut options = preset(name);
    let (mut seeds, mut folder, mut system) = (3, "sample-prompts/orders/data", SYSTEM);
    for setting in settings {
        let (key, value) = setting.split_once('=').expect("key=value");
        match key {
            "rank" => (options.rank, options.alpha) = (value.parse().unwrap(), 2.0 * value.parse::<f32>().unwrap()),
            "epochs" => options.epochs = value.parse().unwrap(),
            "rate" => options.learning_rate = value.parse().unwrap(),
            "batch" => options.batch = value.parse().unwrap(),
            "dropout" => options.dropout = value.parse().unwrap(),
            "seeds" => seeds = value.parse().unwrap(),
            "data" => folder = value,
            "system" => system = value,
            other => panic!("no setting {other}"),
        }
    }
    let (train_rows, dev, test) = (rows_in(folder, "train"), rows_in(folder, "dev"), rows_in(folder, "test"));
    let count = count.min(train_rows.len());
    for seed in 1..=seeds {
        println!("{name}, {count} rows, seed {seed} {settings:?}");
        let (learned, validation) = (examples(engine, system, &train_rows[..count]), examples(engine, system, &dev));
        let trainer = train(engine, TuneOptions { seed, ..options.clone() }, learned, validation);
        let (best, step, loss) = trainer.best().unwrap().expect("validation examples");
        let (exact, tokens, seconds) = answer_all(engine, system, &test, Some(&Tuned::new(Arc::new(best))));
        println!(
            "  exact: {exact} of {} (best at step {step}, validation loss {loss:.4}); {:.0} tok/s answering",
            test.len(),
            tokens as f64 / seconds
        );
        let _ = std::io::stdout().flush();
    }
}

/// Trains on so many rows, a tenth of them held out and measured on the way, for a few steps: what is held at most does not depend on
/// how many steps there are.
fn memory(engine: &Engine, count: usize, batch: usize) {
    // The same rows over and over: how long they are is not what is asked here.
    let rows: Vec<(String, String)> = rows("train").into_iter().take(ROWS).cycle().take(count).collect();
    let mut learned = examples(engine, SYSTEM, &rows);
    let validation = learned.split_off(count - count / 10);
    let options = TuneOptions { batch, validate_every: Some(MEMORY_STEPS / 2), ..TuneOptions::default() };
    let mut trainer = Trainer::new(engine.base(), options, learned, validation).unwrap();
    trainer
        .run(&mut |_: &Trainer, event: TuneEvent| match event {
            TuneEvent::Step { step, .. } if step > MEMORY_STEPS => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
        .unwrap();
    print_memory(&format!("{count} rows, batch {batch}, {MEMORY_STEPS} steps and two validations"));
}

/// A process for each size, since what a process once held stays its peak.
fn memories() {
    for batch in ["1", "4"] {
        for count in SETS {
            let program = std::env::current_exe().unwrap();
            let ended =
                std::process::Command::new(program).args(["memory", &count.to_string(), batch]).status().unwrap();
            assert!(ended.success());
        }
    }
}

fn save(engine: &Engine, folder: &Path, name: &str, count: usize) {
    let (train_rows, dev) = (rows("train"), rows("dev"));
    let train_rows = &train_rows[..count.min(train_rows.len())];
    let (learned, validation) = (examples(engine, SYSTEM, train_rows), examples(engine, SYSTEM, &dev));
    let trainer = train(engine, preset(name), learned, validation);
    let adapter: Adapter = trainer.best().unwrap().map_or_else(|| trainer.adapter().unwrap(), |best| best.0);
    adapter.save_peft(folder, NumberFormat::F32, None).unwrap();
    adapter.save_gguf(&folder.join("adapter.gguf"), NumberFormat::F32).unwrap();
    let mut evaluator = fourfold_engine::Evaluator::load(&model(), fourfold_engine::Precision::Exact).unwrap();
    let test = rows("test");
    let mut file = std::fs::File::create(folder.join("reference.jsonl")).unwrap();
    for tuned in [None, Some(Tuned::new(Arc::new(adapter)))] {
        let is_tuned = tuned.is_some();
        evaluator.tune(tuned).unwrap();
        for example in examples(engine, SYSTEM, &test[..20]) {
            let found = evaluator.log_probabilities(&example.prompt, &example.completion).unwrap();
            evaluator.restart();
            let logits = evaluator.read(&[example.prompt.as_slice(), &example.completion].concat()).unwrap();
            let line = serde_json::json!({
                "tuned": is_tuned,
                "prompt": example.prompt,
                "completion": example.completion,
                "log_probabilities": found,
                "logits": &logits[..256],
            });
            writeln!(file, "{line}").unwrap();
        }
    }
    println!("saved in {}", folder.display());
}

fn main() {
    if std::env::args().skip(1).filter(|argument| argument != "--bench").eq(["memory"]) {
        memories();
        return;
    }
    let engine = Engine::load(&model(), &Options { prefix_bytes: 0, ..Options::default() }).unwrap();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => speed(&engine),
        ["learn", name, count, settings @ ..] => learn(&engine, name, count.parse().unwrap(), settings),
        ["save", folder, name, count] => save(&engine, Path::new(folder), name, count.parse().unwrap()),
        ["memory", count, batch] => {
            memory(&engine, count.parse().unwrap(), batch.parse().unwrap());
            return;
        }
        ["answer", folder] => {
            let adapter = Adapter::load_peft(Path::new(folder), engine.base()).unwrap();
            let test = rows("test");
            let (exact, ..) = answer_all(&engine, SYSTEM, &test, Some(&Tuned::new(Arc::new(adapter))));
            println!("{folder}: {exact} of {} exact", test.len());
        }
        ["base"] => {
            let (exact, ..) = answer_all(&engine, SYSTEM, &rows("test"), None);
            println!("base: {exact} of 200 exact");
        }
        other => panic!("unknown arguments {other:?}: see the top of this file"),
    }
    print_memory("at the end");
}

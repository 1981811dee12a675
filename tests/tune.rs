//! A whole training by the program itself, on a small random model: begun, killed, gone on with, used, and refused where
//! it must be.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Long enough for a machine that does other things as well.
const PATIENCE: Duration = Duration::from_mins(5);

fn model(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/tests/data").join(name).display().to_string()
}

/// A workbench with a base, a model tuned from it, and two prompts.
struct Workbench {
    folder: tempfile::TempDir,
}

impl Workbench {
    fn new(rows: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("plain.prompty", "---\nname: plain\n---\nuser:\n{{ text }}\n");
        write("other.prompty", "---\nname: other\n---\nuser:\nSay it: {{ text }}\n");
        let row = |n: usize| format!("{{\"id\":\"r{n}\",\"text\":\"a{n}\",\"answer\":\"b{n}\"}}\n");
        write("train.jsonl", &(0..rows).map(row).collect::<String>());
        write("dev.jsonl", "{\"id\":\"d\",\"text\":\"a\",\"answer\":\"b\"}\n");
        let made = Self { folder };
        made.manifest(&model("tiny-llama.gguf"));
        made
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn manifest(&self, base: &str) {
        let text = format!(
            "[[model]]\nid = \"base\"\nprovider = \"embedded\"\nmodel = {base:?}\nmax_tokens = 4\n\
             [[model]]\nid = \"tuned\"\nbase = \"base\"\nadapter = \"adapters/one\"\n\
             [[arm]]\nid = \"plain\"\nprompt = \"plain.prompty\"\nmodel = \"base\"\n\
             [[arm]]\nid = \"tuned\"\nprompt = \"plain.prompty\"\nmodel = \"tuned\"\n\
             [[arm]]\nid = \"otherwise\"\nprompt = \"other.prompty\"\nmodel = \"tuned\"\n\
             [data]\nfile = {{ train = \"train.jsonl\", dev = \"dev.jsonl\" }}\nmap = {{ reference = \"answer\" }}\n\
             [fourfold]\nbase = \"base\"\ntuned = \"tuned\"\nplain = {{ prompt = \"plain.prompty\" }}\n\
             prompted = {{ prompt = \"other.prompty\" }}\n"
        );
        fs::write(self.path().join("fourfold.toml"), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_fourfold")).args(arguments).current_dir(self.path()).output().unwrap()
    }

    fn training(&self) -> PathBuf {
        self.path().join(".fourfold/training/one")
    }

    fn adapter(&self) -> PathBuf {
        self.path().join(".fourfold/adapters/one")
    }

    fn journal(&self) -> Vec<Value> {
        lines(&fs::read_to_string(self.training().join("journal.jsonl")).unwrap_or_default())
    }

    /// Looks until the journal has what is wanted.
    fn wait(&self, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            let journal = self.journal();
            if wanted(&journal) {
                return journal;
            }
            assert!(Instant::now() < until, "{journal:?}");
            // Looking without a pause would take the time that the training, at low priority, waits for.
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill(&self) {
        let process: Value = serde_json::from_slice(&fs::read(self.training().join("process.json")).unwrap()).unwrap();
        let pid = process["pid"].to_string();
        assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn last<'a>(journal: &'a [Value], event: &str) -> Option<&'a Value> {
    journal.iter().rev().find(|entry| entry["event"] == event)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn killed_at_any_step_a_training_goes_on_and_its_adapter_answers() {
    let workbench = Workbench::new(60);
    let begin = ["tune", "--base", "base", "--name", "one", "--arm", "plain", "--epochs", "6", "--rank", "2"];
    let begun = workbench.run(&[&begin[..], &["--detach"]].concat());
    assert!(begun.status.success(), "{}", text(&begun));
    assert!(text(&begun).contains("54 examples of about"), "{}", text(&begun));

    // While it runs nobody else may train under its name.
    workbench.wait(|journal| last(journal, "step").is_some());
    let second = workbench.run(&begin);
    assert_eq!(second.status.code(), Some(2));
    assert!(text(&second).contains("`one` is being trained already"), "{}", text(&second));
    // Nor may another model of this workbench be trained beside it, and nothing is left of the attempt.
    let beside = workbench.run(&["tune", "--base", "base", "--name", "other", "--arm", "plain"]);
    assert_eq!(beside.status.code(), Some(2));
    assert!(
        text(&beside).contains("`one` is being trained now, and one training uses every core"),
        "{}",
        text(&beside)
    );
    assert!(text(&beside).contains("`fourfold tune --name one --pause`"), "{}", text(&beside));
    assert!(!workbench.path().join(".fourfold/training/other").exists());
    // What another one would take can be asked all the same, and nothing is written for it.
    let planned = workbench.run(&["tune", "--base", "base", "--name", "other", "--arm", "plain", "--estimate"]);
    assert!(planned.status.success() && text(&planned).contains("54 examples of about"), "{}", text(&planned));
    assert!(!workbench.path().join(".fourfold/training/other").exists());

    let before = workbench.wait(|journal| last(journal, "checkpoint").is_some());
    workbench.kill();
    assert!(last(&before, "finished").is_none(), "it was over before it could be killed");
    assert!(!workbench.adapter().exists());
    // A killed process takes a moment to be gone.
    let until = Instant::now() + PATIENCE;
    loop {
        let again = text(&workbench.run(&begin));
        if again.contains("that was interrupted") {
            break;
        }
        assert!(again.contains("is being trained already") && Instant::now() < until, "{again}");
    }

    let resumed = workbench.run(&["tune", "--name", "one", "--resume", "--json"]);
    assert!(resumed.status.success(), "{}", text(&resumed));
    let told = lines(&text(&resumed));
    let checkpoint = last(&before, "checkpoint").unwrap()["step"].as_u64().unwrap();
    let from = last(&told, "started").unwrap()["resumed_at"].as_u64().unwrap();
    assert!(from >= checkpoint && from < 324, "{from} {checkpoint}");
    assert_eq!(last(&told, "step").unwrap()["step"], 324);
    assert!(last(&told, "finished").is_some());

    let card: Value = serde_json::from_slice(&fs::read(workbench.adapter().join("card.json")).unwrap()).unwrap();
    assert_eq!(card["epochs"].as_array().unwrap().len(), 6);
    assert_eq!(card["trained_with"][0]["prompt"], "plain.prompty");
    let left: Vec<_> =
        fs::read_dir(workbench.adapter().parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["one"], "nothing half-written is left");
    assert!(!workbench.training().join("checkpoint").exists());

    let listed = text(&workbench.run(&["tune", "--list"]));
    assert!(listed.starts_with("one  done in "), "{listed}");
    // `tuned` of fourfold.toml has it already; nothing is added twice.
    let added = workbench.run(&["tune", "--name", "one", "--resume", "--add"]);
    assert!(text(&added).contains("The model `tuned` of fourfold.toml answers with it."), "{}", text(&added));

    answers(&workbench);
}

#[test]
fn from_a_training_to_its_four_cells_without_an_editor() {
    let workbench = Workbench::new(24);
    let begin = ["tune", "--name", "mine", "--arm", "plain", "--epochs", "1", "--rank", "1", "--max-tokens", "4"];
    let estimated = workbench.run(&[&begin[..], &["--estimate"]].concat());
    assert!(text(&estimated).contains("24 examples are longer than 4 tokens"), "{}", text(&estimated));
    let begin = &begin[..begin.len() - 2];
    let done = workbench.run(begin);
    assert!(done.status.success(), "{}", text(&done));
    let told = text(&done);
    assert!(told.contains("id = \"mine\"\nbase = \"base\"\nadapter = \"adapters/mine\"\n"), "{told}");
    assert!(told.contains("`fourfold run --fourfold --tuned mine --case 1`"), "{told}");

    let unknown = workbench.run(&["run", "--fourfold", "--tuned", "mine", "--case", "1"]);
    assert_eq!(unknown.status.code(), Some(2), "{}", text(&unknown));
    let added = workbench.run(&["tune", "--name", "mine", "--resume", "--add"]);
    assert!(text(&added).contains("The model `mine` is in fourfold.toml."), "{}", text(&added));
    let cells = lines(&text(&workbench.run(&["run", "--fourfold", "--tuned", "mine", "--case", "1", "--json"])));
    assert_eq!(cells.len(), 5, "{cells:?}");
    assert_eq!((&cells[1]["cell"], &cells[1]["model"]), (&"plain-tuned".into(), &"mine".into()), "{}", cells[1]);
    let base = workbench.run(&["run", "--fourfold", "--tuned", "base", "--case", "1"]);
    assert!(text(&base).contains("`base` is not tuned from another model"), "{}", text(&base));
}

#[test]
fn a_mixed_tune_is_reckoned_by_what_every_arm_asks() {
    let workbench = Workbench::new(300);
    let long = format!("---\nname: other\n---\nuser:\n{} {{{{ text }}}}\n", "Say it. ".repeat(40));
    fs::write(workbench.path().join("other.prompty"), long).unwrap();
    let reckoned = |arms: &[&str]| {
        let mut arguments = vec!["tune", "--base", "base", "--name", "one", "--json", "--estimate"];
        arguments.extend(arms.iter().flat_map(|arm| ["--arm", arm]));
        let told = workbench.run(&arguments);
        lines(&text(&told)).first().unwrap_or_else(|| panic!("{}", text(&told))).clone()
    };
    let (plain, other, mixed) = (reckoned(&["plain"]), reckoned(&["otherwise"]), reckoned(&["plain", "otherwise"]));
    let of = |told: &Value, what: &str| told["estimate"][what].as_f64().unwrap();
    let mean = f64::midpoint(of(&plain, "tokens_per_example"), of(&other, "tokens_per_example"));
    assert!((of(&mixed, "tokens_per_example") - mean).abs() < 1.0, "{mixed}");
    assert!(of(&mixed, "memory_bytes") >= of(&other, "memory_bytes") * 0.99, "the longest batch decides: {mixed}");
    let shown: Vec<&str> =
        mixed["examples"].as_array().unwrap().iter().map(|example| example["arm"].as_str().unwrap()).collect();
    assert_eq!(shown, ["plain", "otherwise"]);
    assert!(!workbench.path().join(".fourfold/training").exists(), "nothing is written");
    let twice = workbench.run(&["tune", "--name", "one", "--arm", "plain", "--arm", "plain", "--estimate"]);
    assert!(text(&twice).contains("the arm `plain` is named twice"), "{}", text(&twice));
}

#[test]
fn a_full_disk_stops_a_training_that_goes_on_once_there_is_room() {
    let workbench = Workbench::new(30);
    let begin =
        ["tune", "--base", "base", "--name", "one", "--arm", "plain", "--epochs", "40", "--rank", "1", "--detach"];
    assert!(workbench.run(&begin).status.success());
    workbench.wait(|journal| last(journal, "step").is_some());
    assert!(workbench.run(&["tune", "--name", "one", "--pause"]).status.success());
    let journal = workbench.wait(|journal| last(journal, "paused").is_some());
    let paused = last(&journal, "paused").unwrap()["step"].as_u64().unwrap();
    let kept = fs::read(workbench.training().join("checkpoint")).unwrap();
    // Whatever is written aside from now on finds no room.
    std::os::unix::fs::symlink("/dev/full", workbench.training().join("checkpoint.part")).unwrap();
    let full = workbench.run(&["tune", "--name", "one", "--resume"]);
    assert_eq!(full.status.code(), Some(1), "{}", text(&full));
    assert!(text(&full).contains("No space left"), "{}", text(&full));
    assert!(
        text(&full).contains("Make room on the disk; then r here, or `fourfold tune --name one --resume`"),
        "{}",
        text(&full)
    );
    assert_eq!(fs::read(workbench.training().join("checkpoint")).unwrap(), kept, "the checkpoint before is whole");
    let listed = text(&workbench.run(&["tune", "--list"]));
    assert!(listed.contains("`fourfold tune --name one --resume` goes on with it."), "{listed}");
    let resumed = lines(&text(&workbench.run(&["tune", "--name", "one", "--resume", "--json"])));
    assert_eq!(last(&resumed, "started").unwrap()["resumed_at"], paused);
    assert!(last(&resumed, "finished").is_some());
}

fn answers(workbench: &Workbench) {
    let asked = |arm: &str| {
        let output = workbench.run(&["run", "--arm", arm, "--case", "1", "--json"]);
        assert!(output.status.success(), "{}", text(&output));
        lines(&text(&output)).remove(0)
    };
    let (plain, tuned, otherwise) = (asked("plain"), asked("tuned"), asked("otherwise"));
    assert_ne!(plain["fingerprint"], tuned["fingerprint"]);
    assert_eq!(tuned["notes"].as_array().unwrap().len(), 0, "{tuned}");
    let note = otherwise["notes"][0].as_str().unwrap();
    assert_eq!(note, "trained with plain.prompty · zero-shot; asked with other.prompty · zero-shot");

    let cells = workbench.run(&["run", "--fourfold", "--case", "1", "--json"]);
    let cells = lines(&text(&cells));
    assert_eq!(cells.len(), 5);
    assert_eq!(cells[3]["cell"], "prompted-tuned");
    let metrics = cells[4]["metrics"].as_array().unwrap();
    assert!(
        metrics.iter().any(|row| row["aspect"] == "form" && row["margins"]["interaction"].is_number()),
        "{metrics:?}"
    );

    let gguf = workbench.run(&["adapters", "export", "one", "--gguf", "--out", "one.gguf"]);
    assert!(gguf.status.success(), "{}", text(&gguf));
    assert!(fs::read(workbench.path().join("one.gguf")).unwrap().starts_with(b"GGUF"));
    let twice = workbench.run(&["adapters", "export", "one", "--gguf", "--out", "one.gguf"]);
    assert_eq!(twice.status.code(), Some(2));

    let import = ["adapters", "import", ".fourfold/adapters/one", "--name", "two", "--base", "base"];
    assert!(workbench.run(&import).status.success());
    let listed = lines(&text(&workbench.run(&["adapters", "list", "--json"])));
    assert_eq!(listed.iter().map(|entry| entry["name"].as_str().unwrap()).collect::<Vec<_>>(), ["one", "two"]);

    // Another model under the same name: its answers would be nonsense, so there are none.
    workbench.manifest(&model("tiny-qwen2.gguf"));
    let wrong = workbench.run(&["run", "--arm", "tuned", "--case", "1"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong).contains("was trained on the weights"), "{}", text(&wrong));
    workbench.manifest(&model("tiny-llama.gguf"));

    let gone = workbench.run(&["adapters", "remove", "one"]);
    assert!(text(&gone).contains("Model `tuned` of fourfold.toml still names it."), "{}", text(&gone));
    let missing = workbench.run(&["run", "--arm", "tuned", "--case", "1"]);
    assert!(text(&missing).contains("`fourfold tune --name one` trains it"), "{}", text(&missing));
    // Its training is done, and says that there is nothing to ask with any more.
    let listed = text(&workbench.run(&["tune", "--list"]));
    assert!(listed.contains("; its adapter was removed since"), "{listed}");
    let added = workbench.run(&["tune", "--name", "one", "--resume", "--add"]);
    assert_eq!(added.status.code(), Some(2), "{}", text(&added));
    assert!(text(&added).contains("its adapter `one` was removed since"), "{}", text(&added));
    // An estimate leaves its journal alone.
    let journal = workbench.journal();
    assert!(workbench.run(&["tune", "--name", "one", "--arm", "plain", "--estimate"]).status.success());
    assert_eq!(workbench.journal(), journal);

    // What was brought along answers where nothing was made here, and is hidden by what was.
    fs::rename(workbench.path().join(".fourfold/adapters/two"), workbench.path().join("two")).unwrap();
    let brought = workbench.path().join("adapters/one");
    fs::create_dir_all(&brought).unwrap();
    for file in fs::read_dir(workbench.path().join("two")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), brought.join(file.file_name())).unwrap();
    }
    let import = workbench.run(&["adapters", "import", "two", "--name", "one", "--base", "base"]);
    assert!(text(&import).contains("From now on it answers as tuned of fourfold.toml."), "{}", text(&import));
    let listed = text(&workbench.run(&["adapters", "list"]));
    assert_eq!(listed.matches("the one made here answers in its place").count(), 1, "{listed}");
    let gone = workbench.run(&["adapters", "remove", "one"]);
    assert!(text(&gone).contains("Model `tuned` of fourfold.toml answers with "), "{}", text(&gone));

    // One that another program made says which base it means, and nothing proves that it is this one.
    let foreign = workbench.path().join("foreign");
    fs::rename(workbench.path().join("two"), &foreign).unwrap();
    fs::remove_file(foreign.join("card.json")).unwrap();
    let config = fs::read_to_string(foreign.join("adapter_config.json")).unwrap();
    let config = config.replace("\"base_model_name_or_path\": null", "\"base_model_name_or_path\": \"someone/else\"");
    fs::write(foreign.join("adapter_config.json"), config).unwrap();
    let weights = foreign.join("adapter_model.safetensors");
    let bytes = fs::read(&weights).unwrap();
    let unnamed: Vec<u8> = {
        let key = b"fourfold.base";
        let at = bytes.windows(key.len()).position(|window| window == key).unwrap();
        let mut bytes = bytes.clone();
        bytes[at..at + key.len()].copy_from_slice(b"somebody.base");
        bytes
    };
    fs::write(&weights, unnamed).unwrap();
    let import = workbench.run(&["adapters", "import", "foreign", "--name", "foreign", "--base", "base"]);
    assert!(text(&import).contains("It names `someone/else` as its base."), "{}", text(&import));
    let shown = text(&workbench.run(&["adapters", "show", "foreign"]));
    assert!(shown.contains("imported      "), "{shown}");
}

#[test]
fn paused_given_up_and_refused() {
    let workbench = Workbench::new(30);
    let begin =
        ["tune", "--base", "base", "--name", "one", "--arm", "plain", "--epochs", "500", "--rank", "1", "--detach"];
    assert!(workbench.run(&begin).status.success());
    workbench.wait(|journal| last(journal, "step").is_some());
    assert!(workbench.run(&["tune", "--name", "one", "--pause"]).status.success());
    let journal = workbench.wait(|journal| last(journal, "paused").is_some());
    let paused = last(&journal, "paused").unwrap()["step"].as_u64().unwrap();
    // A process that paused holds its lock for a moment longer; whoever goes on waits for it instead of watching it go.
    let leaving = fs::File::open(workbench.training().join("lock")).unwrap();
    leaving.lock().unwrap();
    assert!(workbench.run(&["tune", "--name", "one", "--resume", "--detach"]).status.success());
    drop(leaving);
    let journal = workbench.wait(|journal| {
        last(journal, "started").is_some_and(|started| started["resumed_at"].is_u64())
            || last(journal, "failed").is_some()
    });
    assert_eq!(last(&journal, "started").unwrap()["resumed_at"], paused, "exactly where it stopped");
    workbench.wait(|journal| last(journal, "step").is_some_and(|step| step["step"].as_u64() > Some(paused)));
    assert!(workbench.run(&["tune", "--name", "one", "--cancel"]).status.success());
    workbench.wait(|journal| last(journal, "cancelled").is_some());
    assert!(!workbench.adapter().exists());

    for (arguments, expected) in [
        (&["tune", "--base", "tuned", "--name", "x"][..], "`tuned` is itself tuned"),
        (&["tune", "--base", "bsae", "--name", "x"], "Did you mean `base`?"),
        (&["tune", "--base", "base", "--name", "../x"], "is no name for an adapter"),
        (&["tune", "--base", "base", "--name", "x", "--rank", "0"], "rank = 0"),
        (&["tune", "--name", "nobody", "--resume"], "there is no training called `nobody`"),
        (&["adapters", "show", "nobody"], "there is no adapter called `nobody`"),
    ] {
        let output = workbench.run(arguments);
        assert!(!output.status.success());
        assert!(text(&output).contains(expected), "{arguments:?}: {}", text(&output));
    }
    assert!(!workbench.path().join(".fourfold/training/x").exists());

    fs::write(workbench.path().join("train.jsonl"), "{\"id\":1,\"text\":\"x\",\"answer\":null}\n").unwrap();
    let empty = workbench.run(&["tune", "--base", "base", "--name", "x"]);
    assert!(text(&empty).contains("no train rows with an answer"), "{}", text(&empty));
}

//! What fourfold.toml means, table by table, and what is said where it means nothing.

use std::time::Duration;

use super::super::{SAMPLES, copy_sample};
use super::*;
use crate::model::Dialect;

/// Reads `text` in a folder with the orders sample's files; gives the problems as `line: what | hint`.
fn problems(text: &str) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    copy_sample(&SAMPLES[0], home.path()).unwrap();
    let known =
        Known { metrics: &["exact-match", "json-fields"], strategies: &["zero-shot", "few-shot"], ..Known::default() };
    match Workbench::parse(text, home.path(), known) {
        Ok(_) => Vec::new(),
        Err(ConfigError::Wrong { problems, .. }) => {
            problems.iter().map(|one| format!("{}: {} | {}", one.line, one.what, one.hint)).collect()
        }
        Err(error) => panic!("{error}"),
    }
}

const MODEL: &str = "[[model]]\nid = \"base\"\nprovider = \"embedded\"\nmodel = \"m\"\n";

fn judge(spec: &StrategySpec) -> Option<StrategyFault> {
    let read = crate::strategy::StrategyConfig::from_parts(&spec.name, &spec.settings);
    let error = read.and_then(|config| config.strategy().recipe(&config)).err()?;
    let stage = match &error {
        crate::strategy::StrategyError::Stage { number, .. } => Some(*number),
        _ => None,
    };
    let key = error.setting().map(str::to_owned);
    Some(StrategyFault { stage, key, line: error.line(), what: error.to_string(), hint: error.hint() })
}

/// As [`problems`], with settings and stages judged.
fn judged(text: &str) -> Result<Workbench, Vec<String>> {
    let home = tempfile::tempdir().unwrap();
    copy_sample(&SAMPLES[0], home.path()).unwrap();
    let strategies = ["zero-shot", "few-shot", "self-consistency"];
    let known = Known { metrics: &[], strategies: &strategies, judge: Some(judge), ..Known::default() };
    Workbench::parse(text, home.path(), known).map_err(|error| match error {
        ConfigError::Wrong { problems, .. } => {
            problems.iter().map(|one| format!("{}: {} | {}", one.line, one.what, one.hint)).collect()
        }
        error @ ConfigError::Unreadable { .. } => vec![error.to_string()],
    })
}

const OWN: &str = r#"
[[strategy]]
id = "careful"
[[strategy.stage]]
use = "ask"
name = "plan"
text = "Plan: {{ input }}"
[[strategy.stage]]
use = "samples"
samples = 3
temperature = 0.5
[[strategy.stage]]
use = "vote"
[[arm]]
id = "mine"
prompt = "orders.prompty"
strategy = "careful"
model = "base"
"#;

#[test]
fn a_strategy_of_ones_own_becomes_what_it_stands_for() {
    let workbench = judged(&format!("{MODEL}{OWN}")).unwrap();
    let spec = &workbench.arm("mine").unwrap().strategy;
    assert_eq!(spec, &workbench.strategies[0].spec());
    let config = crate::strategy::StrategyConfig::from_parts(&spec.name, &spec.settings).unwrap();
    assert_eq!((config.label().as_str(), config.calls().per_case.in_words().as_str()), ("careful", "4"));
}

#[test]
fn mistakes_in_a_strategy_are_told_with_their_line() {
    for (from, to, expected) in [
        ("samples = 3", "samples = 1", "14: strategy `careful`: stage 2: samples: `samples` must be a whole number"),
        (
            "temperature = 0.5",
            "temprature = 0.5",
            "15: strategy `careful`: stage 2: `samples` takes no `temprature` | Did you mean `temperature`?",
        ),
        (
            "use = \"vote\"",
            "use = \"vtoe\"",
            "17: strategy `careful`: stage 3: there is no stage `vtoe` | Did you mean `vote`?",
        ),
        // The line of a text of several, not the one it begins on.
        (
            "text = \"Plan: {{ input }}\"",
            "text = \"\"\"\nPlan:\n{{ input }\n\"\"\"",
            "13: strategy `careful`: stage 1: ask: `text`, line 2: ",
        ),
        (
            "text = \"Plan: {{ input }}\"",
            "text = '''Plan:\n{{ input }\n'''",
            "12: strategy `careful`: stage 1: ask: `text`, line 2: ",
        ),
        (
            "text = \"Plan: {{ input }}\"",
            "text = \"Plan:\\n{{ input }\"",
            "11: strategy `careful`: stage 1: ask: `text`, line 2: ",
        ),
        ("id = \"careful\"", "id = \"few-shot\"", "7: `few-shot` is the name of a built-in strategy"),
        (
            "strategy = \"careful\"",
            "strategy = \"carefull\"",
            "21: unknown strategy `carefull` | Did you mean `careful`?",
        ),
        (
            "strategy = \"careful\"",
            "strategy = { name = \"careful\", k = 1 }",
            "21: the strategy `careful` is of this file, and takes no settings here",
        ),
        (
            "strategy = \"careful\"",
            "strategy = { name = \"self-consistency\", temperature = 0 }",
            "21: self-consistency: `temperature` must be a number from 0.01 to 2",
        ),
    ] {
        let problems = judged(&format!("{MODEL}{}", OWN.replace(from, to))).unwrap_err();
        assert!(problems.iter().any(|one| one.starts_with(expected)), "{expected}: {problems:?}");
    }
}

#[test]
fn an_empty_file_is_a_workbench() {
    assert_eq!(problems(""), [""; 0]);
    assert_eq!(problems("version = 1"), [""; 0]);
}

#[test]
fn a_whole_file_is_read_as_meant() {
    let home = tempfile::tempdir().unwrap();
    copy_sample(&SAMPLES[0], home.path()).unwrap();
    let text = r#"
version = 1
[[model]]
id = "base"
provider = "openai"
base_url = "http://127.0.0.1:8080/v1"
model = "qwen3-4b"
api_key = { env = "MY_KEY" }
temperature = 0
stop = ["\n"]
[[model]]
id = "tuned"
base = "base"
max_tokens = 64
[[arm]]
id = "few-shot"
prompt = "orders.prompty"
strategy = { name = "few-shot", k = 3, select = "bm25" }
model = "tuned"
[data]
file = { train = "data/train.jsonl", test = "data/test.jsonl" }
map = { reference = "answer" }
[score]
metrics = ["json-fields", "exact-match"]
[run]
baseline = "few-shot"
budget = 2
[fourfold]
base = "base"
tuned = "tuned"
plain = { prompt = "orders.prompty" }
prompted = { prompt = "orders-detailed.prompty", strategy = "few-shot" }
"#;
    let workbench = Workbench::parse(text, home.path(), Known::default()).unwrap();
    let tuned = workbench.model("tuned").unwrap();
    assert_eq!(tuned.provider, Provider::Server(Dialect::ChatCompletions));
    assert_eq!(tuned.base_url.as_deref(), Some("http://127.0.0.1:8080/v1"));
    assert_eq!(tuned.api_key, Some(KeySource::Env("MY_KEY".to_owned())));
    assert_eq!((tuned.parameters.temperature, tuned.parameters.max_tokens), (Some(0.0), Some(64)));
    assert_eq!(tuned.parameters.stop, ["\n"]);
    assert_eq!(workbench.model("base").unwrap().parameters.max_tokens, None);
    let arm = workbench.arm("few-shot").unwrap();
    assert_eq!(arm.strategy.name, "few-shot");
    assert_eq!(arm.strategy.settings["k"].as_integer(), Some(3));
    assert_eq!(toml::Value::try_into::<StrategySpec>(arm.strategy.to_value()).unwrap(), arm.strategy);
    assert_eq!(workbench.scoring.primary.as_deref(), Some("json-fields"));
    assert_eq!(workbench.scoring.metrics[1].label(), "exact-match");
    assert!((workbench.scoring.margin - 0.05).abs() < 1e-12);
    assert_eq!(workbench.data.mapping.reference.as_deref(), Some("answer"));
    assert!(matches!(&workbench.data.files, DataFiles::Splits { train: Some(_), dev: None, test: Some(_) }));
    let fourfold = workbench.fourfold.unwrap();
    assert_eq!(
        (fourfold.plain.strategy.name.as_str(), fourfold.prompted.strategy.name.as_str()),
        ("zero-shot", "few-shot")
    );
}

#[test]
fn a_tuned_model_is_as_patient_as_its_base_unless_it_says_otherwise() {
    let text = "[[model]]\nid = \"a\"\nprovider = \"responses\"\nmodel = \"m\"\nretries = 0\ntimeout = 30\n\
                [[model]]\nid = \"b\"\nbase = \"a\"\ntimeout = 1.5\n";
    let workbench = Workbench::parse(text, Path::new("nowhere"), Known::default()).unwrap();
    let expected = CallLimits { retries: Some(0), timeout: Some(Duration::from_millis(1500)), ..CallLimits::default() };
    assert_eq!(workbench.model("b").unwrap().limits, expected);
    assert_eq!(workbench.model("a").unwrap().limits.timeout, Some(Duration::from_secs(30)));
}

#[test]
fn a_metric_may_have_settings_and_each_mistake_its_line() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("order.json"), r#"{"type": "object"}"#).unwrap();
    fs::write(home.path().join("broken.json"), "{").unwrap();
    let known = Known {
        metrics: &["exact-match", "contains", "json-schema"],
        metric_problem: Some(|spec| spec.settings.contains_key("txt").then(|| ("no `txt`".to_owned(), "x".to_owned()))),
        ..Known::default()
    };
    let text = "[score]\nmetrics = [\n  \"exact-match\",\n  { name = \"contains\", id = \"signed\", text = \"Regards\" },\n  \
                { name = \"json-schema\", schema = \"order.json\" },\n]\nprimary = \"signed\"\n";
    let scoring = Workbench::parse(text, home.path(), known).unwrap().scoring;
    let labels: Vec<&str> = scoring.metrics.iter().map(MetricSpec::label).collect();
    assert_eq!((labels, scoring.primary.as_deref()), (vec!["exact-match", "signed", "json-schema"], Some("signed")));
    assert_eq!(scoring.metrics[1].settings["text"], "Regards");
    assert_eq!(scoring.metrics[2].settings["schema"]["type"], "object");

    let text = "[score]\nmetrics = [\n  \"exact\",\n  { name = \"contains\", txt = \"a\" },\n  { name = \"contains\" },\n  \
                { name = \"json-schema\", schema = \"none.json\" },\n  { name = \"json-schema\", id = \"b\", schema = \"broken.json\" },\n  \
                { name = \"json-schema\", id = \"c\", schema = \"../order.json\" },\n]\nprimary = \"vibes\"\n";
    let Err(ConfigError::Wrong { problems: found, .. }) = Workbench::parse(text, home.path(), known) else {
        panic!("nothing was wrong")
    };
    let told: Vec<String> = found.iter().map(|one| format!("{}: {}", one.line, one.what)).collect();
    let expected = [
        "3: unknown metric `exact`",
        "4: no `txt`",
        "5: a second metric is called `contains`",
        "6: cannot read the schema `none.json`",
        "7: the schema `broken.json` is no JSON",
        "8: the schema `../order.json` is outside the workbench folder",
        "10: the primary metric `vibes` is not among `metrics`",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}");
    }
    let nameless = problems("[score]\nmetrics = [{ text = \"a\" }]\n");
    assert!(nameless[0].starts_with("2: ") && nameless[0].contains("needs a `name`"), "{nameless:?}");
}

/// (text, everything that must be said about it)
#[test]
fn mistakes_are_named_with_their_line() {
    let table: &[(&str, &[&str])] = &[
        (
            "version = 2",
            &[
                "1: version 2 of this file is not known here | This program reads version 1; a newer fourfold may read this one.",
            ],
        ),
        ("\n[modle]\n", &["2: unknown key `modle` | Did you mean `model`?"]),
        (
            "[run]\nbugdet = 1\n[score]\nmargn = 0.1\n",
            &[
                "2: unknown key `bugdet` in `run` | Did you mean `budget`?",
                "4: unknown key `margn` in `score` | Did you mean `margin`?",
            ],
        ),
        (
            "[[model]]\nid = \"base\"\nprovider = \"embedded\"\nmodel = \"m\"\ntemprature = 1\n[data]\nmap = { refrence = \"a\" }\n",
            &[
                "5: unknown key `temprature` in `model` | Did you mean `temperature`?",
                "7: unknown key `refrence` in `data.map` | Did you mean `reference`?",
            ],
        ),
        (
            "[data]\nfile = { train = \"data/train.jsonl\", tset = \"x\" }\n",
            &["2: unknown key `tset` in `data.file` | Did you mean `test`?"],
        ),
        ("[score]\nmetrics = [\"exact-mach\"]\n", &["2: unknown metric `exact-mach` | Did you mean `exact-match`?"]),
        (
            "[score]\nmetrics = [\"json-fields\"]\nprimary = \"exact-match\"\nmargin = 5.0\n",
            &[
                "3: the primary metric `exact-match` is not among `metrics` | Add it to `metrics`, or choose one that is there.",
                "4: `margin` is not between 0 and 1 | A margin is a difference of scores between 0 and 1, such as 0.05.",
            ],
        ),
        (
            "[run]\nbaseline = \"plain\"\nbudget = -1.0\n",
            &[
                "2: no arm is called `plain` | There is no arm here yet.",
                "3: `budget` is not an amount of money | Write dollars, 0 or more.",
            ],
        ),
        (
            "[[model]]\nid = \"a\"\nmodel = \"m\"\n",
            &[
                "2: model `a` has no `provider` | A model needs `provider` and `model`, or the `base` it was tuned from.",
            ],
        ),
        (
            "[[model]]\nid = \"a\"\nprovider = \"openia\"\nmodel = \"m\"\n",
            &["3: unknown provider `openia` | Did you mean `openai`?"],
        ),
        (
            "[[model]]\nid = \"a\"\nprovider = \"antropic\"\nmodel = \"m\"\n",
            &["3: unknown provider `antropic` | Did you mean `anthropic`?"],
        ),
        (
            "[[model]]\nid = \"a\"\nprovider = \"gemini\"\nmodel = \"m\"\nbase_url = \"https://u:canary@example.org\"\n",
            &[
                "5: `base_url` of model `a`: the base URL contains a user name or a password | Take them out of the URL and give the key as api_key = { env = \"NAME\" }.",
            ],
        ),
        (
            "[[model]]\nid = \"a\"\nprovider = \"embedded\"\nmodel = \"m\"\nbase_url = \"http://127.0.0.1:1\"\n",
            &[
                "5: model `a` runs inside fourfold and has a `base_url` | Take the line out, or name the provider whose server this is.",
            ],
        ),
        (
            "[[model]]\nid = \"a\"\nprovider = \"openai\"\nmodel = \"m\"\nretries = 11\nidle_timeout = 0\ntimeout = -1.5\n",
            &[
                "5: `retries` of model `a` is out of range | Make it 0 to 10.",
                "6: `idle_timeout` of model `a` is no time | Write seconds, above 0.",
                "7: `timeout` of model `a` is no time | Write seconds, above 0.",
            ],
        ),
        (
            "[[model]]\nid = \"a\"\nprovider = \"openai\"\nmodel = \"m\"\nconcurrency = 0\nrequests_per_minute = 0\n",
            &[
                "5: `concurrency` of model `a` is out of range | Make it 1 to 1000.",
                "6: `requests_per_minute` of model `a` lets nothing through | Write 1 or more, or take the line out.",
            ],
        ),
        (
            "[run]\nmax_cost = -1.0\nmax_time = 0.0\nconcurrency = 2000\nrepeats = 0\n",
            &[
                "2: `max_cost` is not an amount of money | Write dollars, 0 or more.",
                "3: `max_time` is no time | Write seconds, above 0.",
                "4: `concurrency` is out of range | Make it 1 to 1000.",
                "5: `repeats` is out of range | Make it 1 to 1000.",
            ],
        ),
        (
            "[[model]]\nid = \"a\"\nbase = \"a\"\n",
            &["3: model `a` is its own base | There is no other model here yet."],
        ),
        ("[[model]]\nprovider = \"embedded\"\nmodel = \"m\"\n", &["1: `model` has no `id` | Add a line `id = ...`."]),
    ];
    for (text, expected) in table {
        assert_eq!(problems(text), *expected, "{text}");
    }
}

#[test]
fn names_that_lead_nowhere() {
    let arm = |prompt: &str, strategy: &str, model: &str| {
        format!("{MODEL}[[arm]]\nid = \"a\"\nprompt = \"{prompt}\"\nstrategy = \"{strategy}\"\nmodel = \"{model}\"\n")
    };
    assert_eq!(problems(&arm("orders.prompty", "zero-shot", "base")), [""; 0]);
    assert_eq!(
        problems(&arm("order.prompty", "few-shots", "bass")),
        [
            "7: there is no prompt `order.prompty` in the workbench folder | Did you mean `orders.prompty`?",
            "8: unknown strategy `few-shots` | Did you mean `few-shot`?",
            "9: no model is called `bass` | Did you mean `base`?",
        ]
    );
    let sampled = |line: &str| arm("orders.prompty", "zero-shot", "base") + line + "\n";
    assert_eq!(problems(&sampled("temperature = 0.5\nmax_tokens = 9")), [""; 0]);
    assert_eq!(
        problems(&sampled("max_tokens = 0")),
        ["6: `max_tokens` of arm `a` is out of range | Make it at least 1."]
    );
    assert_eq!(
        problems(&sampled("max_token = 9")),
        ["10: unknown key `max_token` in `arm` | Did you mean `max_tokens`?"]
    );
    for outside in ["../orders.prompty", "/etc/hostname"] {
        let found = problems(&arm(outside, "zero-shot", "base"));
        assert!(found.len() == 1 && found[0].contains("outside the workbench folder"), "{found:?}");
    }
    let twice = format!("{MODEL}{MODEL}");
    assert_eq!(problems(&twice), ["6: a second model is called `base` | Give one of the two another `id`."]);
    let chain = format!("{MODEL}[[model]]\nid = \"b\"\nbase = \"base\"\n[[model]]\nid = \"c\"\nbase = \"b\"\n");
    assert_eq!(problems(&chain).len(), 1);
    let unrelated = format!(
        "{MODEL}[[model]]\nid = \"b\"\nprovider = \"embedded\"\nmodel = \"n\"\n[fourfold]\nbase = \"base\"\ntuned = \"b\"\n\
         plain = {{ prompt = \"orders.prompty\" }}\nprompted = {{ prompt = \"orders.prompty\" }}\n"
    );
    assert_eq!(
        problems(&unrelated),
        [
            "11: `b` is not tuned from `base` | The table compares a model with one whose `base = \"base\"`; `unrelated = true` \
         compares any two."
        ]
    );
}

/// Wrong types are all found at once, also among the flattened parameters, each with its own line.
#[test]
fn wrong_types_in_several_places() {
    let text = "version = \"one\"\n[[model]]\nid = \"base\"\nprovider = 3\nmodel = \"m\"\ntemperature = \"hot\"\nstop = 7\n\
                [run]\nbaseline = []\n[score]\nmetrics = \"exact-match\"\n[[arm]]\nid = \"a\"\nstrategy = 4\n";
    let found = problems(text);
    let lines: Vec<&str> = found.iter().map(|one| one.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["1", "4", "6", "7", "9", "11", "12", "14"], "{found:#?}");
    assert!(found[2].contains("`model.temperature`"), "{found:#?}");
}

#[test]
fn syntax_mistakes_have_their_line() {
    let found = problems("version = 1\n[run\nbaseline = \"a\"\n");
    assert!(!found.is_empty() && found[0].starts_with("2: "), "{found:?}");
}

/// A key written into the file is never repeated.
#[test]
fn a_key_in_the_file_is_refused_and_not_repeated() {
    let with = |key: &str| problems(&format!("{MODEL}api_key = {key}\n"));
    for source in ["env = \"MY_KEY\"", "command = \"pass show x\"", "keyring = \"x\"", "file = \"~/.key\""] {
        assert_eq!(with(&format!("{{ {source} }}")), [""; 0], "{source}");
    }
    for canary in [
        "\"sk-canary-123\"",
        "{ env = \"sk-canary-123\" }",
        "{ value = \"sk-canary-123\" }",
        "{ env = [\"sk-canary-123\"] }",
        "{ file = { path = \"sk-canary-123\" } }",
        "{ env = \"A\", command = \"sk-canary-123\" }",
        "{}",
    ] {
        let found = with(canary);
        assert!(found.len() == 1 && found[0].starts_with("5: "), "{canary}: {found:?}");
        assert!(!found[0].contains("canary"), "{found:?}");
    }
}

#[test]
fn parameters_out_of_range() {
    assert_eq!(problems(&format!("{MODEL}temperature = -1.0\ntop_p = 1.5\nmax_tokens = 0\n")).len(), 3);
    assert_eq!(problems(&format!("{MODEL}temperature = nan\n")).len(), 1);
}

#[test]
fn an_adapter_needs_an_embedded_base_and_lies_inside() {
    let tuned = |lines: &str| problems(&format!("{MODEL}[[model]]\nid = \"tuned\"\n{lines}\n"));
    assert_eq!(tuned("base = \"base\"\nadapter = \"adapters/orders\"\nadapter_scale = 0.5"), [""; 0]);
    for (lines, expected) in [
        (
            "provider = \"embedded\"\nmodel = \"m\"\nadapter = \"adapters/x\"",
            "9: model `tuned` has an `adapter` and no `base`",
        ),
        ("base = \"base\"\nadapter = \"../x\"", "8: the adapter `../x` is outside the workbench folder"),
        ("base = \"base\"\nadapter = \"\"", "8: the adapter `` is outside"),
        ("base = \"base\"\nadapter_scale = 1", "8: model `tuned` has an `adapter_scale` and no `adapter` or `lora`"),
        (
            "base = \"base\"\nadapter = \"a\"\nadapter_scale = nan",
            "9: `adapter_scale` of model `tuned` is out of range",
        ),
        (
            "base = \"base\"\nprovider = \"openai\"\nadapter = \"a\"",
            "9: model `tuned` has an `adapter`, and its base runs on a server",
        ),
    ] {
        let found = tuned(lines);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{lines}: {found:?}");
    }
}

#[test]
fn an_adapter_of_a_server_needs_a_base_on_a_server() {
    let server =
        "[[model]]\nid = \"srv\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"http://127.0.0.1:8080/v1\"\n";
    let tuned = |lines: &str| problems(&format!("{MODEL}{server}[[model]]\nid = \"tuned\"\n{lines}\n"));
    assert_eq!(tuned("base = \"srv\"\nlora = 0\nadapter_scale = 0.5"), [""; 0]);
    for (lines, expected) in [
        ("base = \"base\"\nlora = 0", "13: model `tuned` has a `lora`, and its base runs inside this program"),
        ("provider = \"openai\"\nmodel = \"m\"\nlora = 0", "14: model `tuned` has a `lora` and no `base`"),
        ("base = \"srv\"\nlora = 0\nadapter = \"a\"", "13: model `tuned` has a `lora` and an `adapter`"),
        ("base = \"srv\"\nlora = 0\nadapter_scale = 11", "14: `adapter_scale` of model `tuned` is out of range"),
    ] {
        let found = tuned(lines);
        assert!(found.first().is_some_and(|one| one.starts_with(expected)), "{lines}: {found:?}");
    }
    let home = tempfile::tempdir().unwrap();
    let text = format!("{server}[[model]]\nid = \"tuned\"\nbase = \"srv\"\nlora = 3\n");
    let workbench = Workbench::parse(&text, home.path(), Known::default()).unwrap();
    assert_eq!(workbench.model("tuned").unwrap().lora, Some(ServedAdapter { id: 3, scale: 1.0 }));
}

#[test]
fn an_adapter_is_found_where_it_was_written_else_where_it_was_handed_on() {
    let home = tempfile::tempdir().unwrap();
    let workbench = Workbench::parse("", home.path(), Known::default()).unwrap();
    let adapter = Adapter { folder: "adapters/a".into(), scale: 1.0 };
    let (written, handed_on) = (home.path().join(".fourfold/adapters/a"), home.path().join("adapters/a"));
    assert_eq!(workbench.adapter_folder(&adapter), written);
    fs::create_dir_all(&handed_on).unwrap();
    assert_eq!(workbench.adapter_folder(&adapter), handed_on);
    fs::create_dir_all(&written).unwrap();
    assert_eq!(workbench.adapter_folder(&adapter), written);
}

#[test]
fn an_error_lists_every_problem_with_its_file() {
    let error = Workbench::parse("a = 1\nb = 2\n", Path::new("x"), Known::default()).unwrap_err();
    let text = error.to_string().replace('\\', "/");
    assert!(
        text.contains("x/fourfold.toml:1: unknown key `a`") && text.contains("x/fourfold.toml:2: unknown key `b`"),
        "{text}"
    );
    assert!(!error.hint().is_empty());
}
mod damaged {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &str = include_str!("../../sample-prompts/orders/fourfold.toml");

    fn check(text: &str) {
        if let Err(ConfigError::Wrong { problems, .. }) = Workbench::parse(text, Path::new("nowhere"), Known::default())
        {
            assert!(!problems.is_empty());
            let lines = text.lines().count().max(1);
            assert!(problems.iter().all(|one| (1..=lines + 1).contains(&one.line)), "{text}: {problems:?}");
            assert!(problems.is_sorted_by_key(|one| one.line));
        }
    }

    proptest! {
        #[test]
        fn whatever_the_text_every_problem_has_a_line_of_it(text in any::<String>()) {
            check(&text);
        }

        #[test]
        fn a_damaged_file_gives_problems_and_ends(cut in 0..WHOLE.len(), length in 0_usize..40, put in "[a-z0-9=\\[\\]\"{}, \n.]{0,6}") {
            let mut bytes = WHOLE.as_bytes().to_vec();
            let end = (cut + length).min(bytes.len());
            bytes.splice(cut..end, put.bytes());
            check(&String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn a_data_file_that_is_not_there_keeps_only_its_split_from_being_used() {
    let home = tempfile::tempdir().unwrap();
    copy_sample(&SAMPLES[0], home.path()).unwrap();
    let open = |data: &str| {
        let workbench = Workbench::parse(&format!("{MODEL}[data]\n{data}\n"), home.path(), Known::default()).unwrap();
        let splits = crate::data::Splits::open(&workbench.split_files(), &workbench.data.mapping, 0);
        splits
            .map(|_| ())
            .map_err(|error| (error.to_string().rsplit_once(':').unwrap().1.trim().to_owned(), error.hint()))
    };
    assert_eq!(open("file = { train = \"data/train.jsonl\", test = \"data/test.jsonl\" }"), Ok(()));
    for (data, reason, hint) in [
        ("file = \"data/trian.jsonl\"", "there is no data file `data/trian.jsonl`", "Did you mean `data/train.jsonl`?"),
        (
            "file = { train = \"data/train.jsonl\", test = \"elsewhere/x.csv\" }",
            "there is no data file `elsewhere/x.csv`",
            "Paths start at the folder of this file.",
        ),
        // The file of another split is not what was meant.
        (
            "file = { train = \"data/tests.jsonl\", dev = \"data/dev.jsonl\", test = \"data/test.jsonl\" }",
            "there is no data file `data/tests.jsonl`",
            "Did you mean `data/train.jsonl`?",
        ),
        (
            "file = { train = \"data\" }",
            "the data file `data` is a folder",
            "Name one of the files in it, or each split with a file of its own.",
        ),
    ] {
        assert_eq!(open(data), Err((reason.to_owned(), hint.to_owned())), "{data}");
    }
    let text = format!("{MODEL}[data]\nfile = {{ train = \"data/train.jsonl\",\n test = \"data/tset.jsonl\" }}\n");
    let workbench = Workbench::parse(&text, home.path(), Known::default()).unwrap();
    let line = text.lines().position(|line| line.contains("tset")).unwrap() + 1;
    let shelf = crate::data::Shelf::new(home.path().join("rows"), home.path().to_owned(), |root| Ok(root.to_owned()));
    let open = || crate::data::Splits::open_usable(&workbench.split_files(), &workbench.data.mapping, 0, &shelf);
    let splits = open();
    assert!(splits.train.is_some() && splits.dev.is_some() && splits.test.is_none());
    let said = splits.faults[0].error.to_string();
    assert_eq!(said, format!("fourfold.toml:{line}: there is no data file `data/tset.jsonl`"));
    // Once it is there it is used, without fourfold.toml being read again.
    std::fs::copy(home.path().join("data/test.jsonl"), home.path().join("data/tset.jsonl")).unwrap();
    assert!(open().faults.is_empty());
}

#[test]
fn a_prompt_that_is_gone_may_be_left_as_a_draft_and_a_readme_is_no_other() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("README.md"), "about").unwrap();
    fs::write(home.path().join("other.prompty"), "hello").unwrap();
    let text =
        format!("{MODEL}[[arm]]\nid = \"a\"\nprompt = \"gone.prompty\"\nstrategy = \"zero-shot\"\nmodel = \"base\"\n");
    let error = Workbench::parse(&text, home.path(), Known::default()).unwrap_err().to_string();
    assert!(error.contains("there is no prompt `gone.prompty`") && !error.contains("README"), "{error}");
    let known = Known { drafted: Some(|_, name| name == "gone.prompty"), ..Known::default() };
    assert_eq!(Workbench::parse(&text, home.path(), known).unwrap().arms[0].prompt, "gone.prompty");
}

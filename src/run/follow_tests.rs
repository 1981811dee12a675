//! Strategies of several calls against the scripted model: what was forecast is what is called, and what is recorded.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use super::*;
use crate::config::{Known, Workbench};
use crate::data::{Cases as _, Split};
use crate::model::{AdapterUse, Model, ModelError, Parameters, Request, Script, ScriptedModel, StopReason};
use crate::score::{Missing, NonAnswer, Outcome};
use crate::store::Store;
use crate::strategy::{self, Lengths, SettingValue, StrategyConfig};

const MANIFEST: &str = r#"
version = 1
[[model]]
id = "m"
provider = "embedded"
model = "scripted"
temperature = 0.0
[[arm]]
id = "plain"
prompt = "q.prompty"
model = "m"
[data]
file = { train = "train.jsonl", dev = "dev.jsonl" }
"#;
const PROMPT: &str =
    "user:\n{{ question }}\n{% for one in choices %}{{ 'ABCD'[loop.index0] }}) {{ one }}\n{% endfor %}";

fn rows(prefix: &str, count: usize) -> String {
    let row = |n: usize| {
        let answer = ["A", "B", "C", "D"][n % 4];
        let question = format!("{prefix} question {n}?");
        let choices = ["red", "green", "blue", "grey"];
        let id = format!("{prefix}{n}");
        serde_json::json!({ "id": id, "question": question, "choices": choices, "reference": answer }).to_string()
    };
    (0..count).map(row).collect::<Vec<_>>().join("\n") + "\n"
}

/// Finds texts by the number of words they share with the query.
struct Shared(Vec<String>);

impl Index for Shared {
    fn top(&self, query: &str, k: usize) -> Result<Vec<(usize, f32)>, String> {
        let shared = |text: &String| query.split_whitespace().filter(|word| text.contains(word)).count() as f32;
        let mut found: Vec<(usize, f32)> = self.0.iter().map(shared).enumerate().collect();
        found.sort_by(|left, right| right.1.total_cmp(&left.1));
        found.truncate(k);
        Ok(found)
    }
}

struct Bench {
    home: tempfile::TempDir,
    session: Session,
    model: Arc<ScriptedModel>,
}

fn bench_at(home: tempfile::TempDir, scripts: Vec<Script>) -> Bench {
    let model = Arc::new(ScriptedModel::new("m", scripts));
    let workbench = Workbench::open(home.path(), Known::default()).unwrap();
    let given = Mutex::new(Arc::clone(&model));
    let factory = move |_: &str, _: Option<&AdapterUse>| Ok(given.lock().unwrap().clone() as Arc<dyn Model>);
    let make: IndexOf = Arc::new(|texts| Ok(Box::new(Shared(texts)) as Box<dyn Index>));
    let indexes = Indexes {
        words: Some(("shared words".to_owned(), Arc::clone(&make))),
        code: None,
        meaning: Some(("shared words".to_owned(), make)),
    };
    let session = Session::open(workbench, Arc::new(factory)).with_indexes(indexes);
    Bench { home, session, model }
}

fn bench(scripts: Vec<Script>) -> Bench {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("fourfold.toml", MANIFEST.to_owned()),
        ("q.prompty", PROMPT.to_owned()),
        ("train.jsonl", rows("train", 8)),
        ("dev.jsonl", rows("dev", 4)),
    ] {
        std::fs::write(home.path().join(name), text).unwrap();
    }
    bench_at(home, scripts)
}

fn says(text: &str) -> Script {
    Script::answer(&[text])
}

fn configured(name: &str, settings: &[(&str, SettingValue)]) -> StrategyConfig {
    let mut config = StrategyConfig::named(name).unwrap();
    for (name, value) in settings {
        config.set(name, value.clone()).unwrap();
    }
    config
}

impl Bench {
    fn question(&self, strategy: StrategyConfig, index: usize) -> Question {
        Question {
            arm: "plain".to_owned(),
            prompt_path: self.home.path().join("q.prompty"),
            prompt_text: None,
            strategy,
            model: "m".to_owned(),
            parameters: Parameters::default(),
            case: self.session.dev().unwrap().case(index).unwrap().into(),
            split: Some(Split::Dev),
            sample: 0,
        }
    }

    /// Asks to the end, set-up included; the number of set-up calls and the judged answer.
    async fn ask(&self, question: Question) -> Result<(usize, TrialDone, Judged), NotAsked> {
        let made = self.session.set_up(&question, |_| {}).await?;
        let prepared = self.session.prepare(question)?;
        let done = trial_alone(prepared.call.clone()).await.unwrap();
        let judged = self.session.judge(&prepared, &done, 0);
        Ok((made.map_or(0, |made| made.asked), done, judged))
    }
}

#[tokio::test]
async fn every_strategy_calls_as_often_as_was_forecast_and_sends_what_was_shown() {
    let settings: &[(&str, SettingValue)] =
        &[("k", SettingValue::Number(2)), ("select", SettingValue::Text("bm25".into()))];
    let mut configs: Vec<StrategyConfig> = Vec::new();
    for strategy in strategy::all() {
        let mut config = StrategyConfig::named(strategy.id()).unwrap();
        for (name, value) in settings {
            let _ = config.set(name, value.clone());
        }
        configs.push(config);
        configs.extend(strategy.variants().iter().map(|variant| {
            let mut config = strategy::named(&format!("{}:{}", strategy.id(), variant.name)).unwrap();
            let _ = config.set("k", SettingValue::Number(2));
            config
        }));
    }
    assert!(configs.len() > 15);
    for config in configs {
        // Wrong for six rows of eight, right for two: their reasoning is kept.
        let bench = bench(vec![says("so it is\nAnswer: A")]);
        let question = bench.question(config.clone(), 0);
        let ahead = forecast(&bench.session, &question, Split::Dev, 1, None).unwrap();
        let (set_up, done, judged) = bench.ask(question.clone()).await.unwrap();
        let name = config.label();
        assert_eq!(ahead.set_up_calls, set_up, "{name}");
        let made = bench.model.requests().len() - set_up;
        let calls = ahead.calls();
        assert_eq!(made, calls.most as usize, "{name}: the longest way");
        assert_eq!(bench.session.spent().0.answers as usize, 1 + set_up, "{name}");
        // Everything that was sent is recorded, in order.
        let sent: Vec<Request> = bench.model.requests().split_off(set_up);
        assert_eq!(judged.record.messages, sent[0].messages, "{name}");
        if calls.most > 1 {
            let recorded: Vec<CallDone> = serde_json::from_value(judged.record.calls.clone().unwrap()).unwrap();
            assert_eq!(recorded, done.inner.calls, "{name}");
            assert_eq!(recorded.len(), made, "{name}");
            for (recorded, sent) in recorded.iter().zip(&sent) {
                assert_eq!(recorded.call.messages, sent.messages, "{name}");
            }
        } else {
            assert_eq!(judged.record.calls, None, "{name}");
        }
        // Now that the set-up is made the forecast knows every message, and what it says of tokens is what was sent.
        let ahead = forecast(&bench.session, &question, Split::Dev, 1, None).unwrap();
        assert_eq!(ahead.set_up_calls, 0, "{name}");
        let tokens: u64 = sent.iter().map(|sent| bench.model.count_tokens(&sent.messages).tokens as u64).sum();
        // What repeats an earlier answer is as long as that answer, which a forecast can only guess.
        let repeats = ["step-back", "universal-self-consistency", "self-refine", "structured-output"];
        if !repeats.contains(&config.name()) {
            assert_eq!(ahead.most_tokens.0, tokens, "{name}");
        }
    }
}

#[tokio::test]
async fn a_forecast_measured_on_earlier_answers_is_near_the_tokens_that_come() {
    // In pieces of four bytes, which is what a token is taken to be: the model's own count and the estimate agree.
    let long = format!("{}\nAnswer: A", "because ".repeat(60));
    let pieces: Vec<&str> = long.as_bytes().chunks(4).map(|piece| std::str::from_utf8(piece).unwrap()).collect();
    let bench = bench(vec![Script::answer(&pieces)]);
    let store = Store::open(&bench.home.path().join(".fourfold")).unwrap();
    let near = |forecast: u64, real: u64| forecast.abs_diff(real) as f64 <= 0.1 * real as f64;
    for strategy in strategy::all() {
        let mut config = StrategyConfig::named(strategy.id()).unwrap();
        for (setting, value) in [("k", SettingValue::Number(2)), ("select", SettingValue::Text("bm25".into()))] {
            let _ = config.set(setting, value);
        }
        let (name, question) = (strategy.id(), bench.question(config, 0));
        assert_eq!(measured(&bench.session, &store, &question).unwrap(), None, "{name}");
        let (_, _, judged) = bench.ask(question.clone()).await.unwrap();
        store.record_trial(judged.record).await.unwrap();
        let lengths = measured(&bench.session, &store, &question).unwrap();
        let ahead = forecast(&bench.session, &question, Split::Dev, 4, lengths).unwrap();
        assert!(ahead.measured, "{name}");
        let before = bench.model.requests().len();
        let mut output = 0;
        for index in 0..4 {
            let question = Question { sample: 1, ..bench.question(question.strategy.clone(), index) };
            let (_, done, _) = bench.ask(question).await.unwrap();
            output += done.usage.output.unwrap();
        }
        let sent = bench.model.requests().split_off(before);
        assert_eq!(sent.len(), ahead.calls().most as usize, "{name}");
        let input: u64 = sent.iter().map(|sent| bench.model.count_tokens(&sent.messages).tokens as u64).sum();
        assert!(near(ahead.most_tokens.0, input), "{name}: {} tokens in for {input}", ahead.most_tokens.0);
        // A pick is a word, whatever this model says instead: how long that is cannot be known.
        if name != "universal-self-consistency" {
            assert!(near(ahead.most_tokens.1, output), "{name}: {} tokens out for {output}", ahead.most_tokens.1);
        }
    }
}

#[tokio::test]
async fn members_are_sampled_apart_and_their_vote_is_recorded() {
    let scripts = ["Answer: B", "Answer: C", "no letter", "Answer: B", "Answer: C"].map(says).to_vec();
    let bench = bench(scripts);
    let config = configured("self-consistency", &[("read", SettingValue::Text("choice".into()))]);
    let question =
        Question { parameters: Parameters { seed: Some(3), ..Parameters::default() }, ..bench.question(config, 0) };
    let (_, done, judged) = bench.ask(question.clone()).await.unwrap();
    let seeds: Vec<u64> = bench.model.requests().iter().map(|request| request.parameters.seed.unwrap()).collect();
    assert_eq!(seeds, [3, 10_010, 20_017, 30_024, 40_031]);
    assert!(bench.model.requests().iter().all(|request| request.parameters.temperature == Some(0.7)));
    assert_eq!(judged.record.arm.parameters.temperature, Some(0.0), "the arm's own");
    assert_eq!((judged.outcome, judged.extracted.as_deref()), (Outcome::Answer, Some("B")));
    let vote = "answer read from: vote of 5: \"B\" 2, \"C\" 2; 1 without an answer; a tie, settled for the one that was given first";
    assert!(judged.record.notes.iter().any(|note| note == vote), "{:?}", judged.record.notes);
    assert_eq!(judged.reading.as_deref(), Some(vote), "what the screen says of it");
    assert_eq!(done.inner.calls[2].read.as_ref().unwrap().text(), None);
    assert_eq!(done.usage.output, Some(5));
    // Another sample of the same question draws others.
    bench
        .ask(Question { parameters: Parameters { seed: Some(4), ..Parameters::default() }, sample: 1, ..question })
        .await
        .unwrap();
    let later: Vec<u64> = bench.model.requests().iter().skip(5).map(|it| it.parameters.seed.unwrap()).collect();
    assert!(later.iter().all(|seed| !seeds.contains(seed)), "{later:?}");
}

#[tokio::test]
async fn a_call_that_fails_leaves_the_trial_missing_and_keeps_what_was_paid() {
    let fails = Script::default().text(&["half"]).fails(ModelError::Stalled { seconds: 3 });
    let bench = bench(vec![says("Answer: B"), fails, says("Answer: B")]);
    let config = configured("self-consistency", &[("samples", SettingValue::Number(3))]);
    let (_, done, judged) = bench.ask(bench.question(config, 0)).await.unwrap();
    assert_eq!(done.outcome, Outcome::Missing(Missing::Network));
    assert_eq!(done.error.as_ref().unwrap().message, "stalled: nothing arrived for 3 s");
    assert_eq!(
        done.inner.calls.iter().map(|call| call.outcome.as_str()).collect::<Vec<_>>(),
        ["answer", "missing:network", "answer"]
    );
    assert_eq!(judged.outcome, Outcome::Missing(Missing::Network));
}

#[tokio::test]
async fn a_member_cut_at_its_limit_has_no_vote() {
    let cut = Script::default().text(&["Answer: A"]).finished(StopReason::Length, 9);
    let bench = bench(vec![cut.clone(), says("Answer: B"), cut]);
    let config = configured("self-consistency", &[("samples", SettingValue::Number(3))]);
    let (_, done, judged) = bench.ask(bench.question(config.clone(), 0)).await.unwrap();
    assert_eq!((judged.extracted.as_deref(), done.text.as_str()), (Some("B"), "Answer: B"));
    let all_cut = Script::default().text(&["Answer: A"]).finished(StopReason::Length, 9);
    let bench = self::bench(vec![all_cut]);
    let (_, _, judged) = bench.ask(bench.question(config, 0)).await.unwrap();
    assert_eq!(judged.outcome, Outcome::NonAnswer(NonAnswer::Length));
}

#[tokio::test]
async fn what_is_not_valid_is_a_non_answer_of_its_own() {
    let schema = SettingValue::Text("{\"type\": \"object\"}".into());
    let bench = bench(vec![says("no json"), says("still none")]);
    let config = configured("structured-output", &[("schema", schema)]);
    let (_, _, judged) = bench.ask(bench.question(config, 0)).await.unwrap();
    assert_eq!(judged.outcome, Outcome::NonAnswer(NonAnswer::Invalid));
    assert_eq!(bench.model.requests().len(), 2);
    assert!(bench.model.requests()[1].parameters.json_schema.is_some());
}

#[tokio::test]
async fn a_set_up_is_made_once_kept_and_gone_on_with() {
    let config = configured("medprompt", &[("k", SettingValue::Number(2)), ("pool", SettingValue::Number(4))]);
    let fails = Script::default().fails(ModelError::Stalled { seconds: 3 });
    let first = bench(vec![says("x\nAnswer: A"), says("x\nAnswer: A"), fails, says("x\nAnswer: A")]);
    let error = first.ask(first.question(config.clone(), 0)).await.unwrap_err();
    assert!(error.what.starts_with("the set-up call for train row `train2` failed"), "{}", error.what);
    assert!(error.hint.contains("What was answered is kept"), "{}", error.hint);
    let kept = first.model.requests().len();
    assert!((3..=4).contains(&kept));
    // Another session goes on where that one stopped.
    let second = bench_at(first.home, vec![says("x\nAnswer: A")]);
    let question = second.question(config.clone(), 0);
    let error = second.session.prepare(question.clone()).err().unwrap();
    assert!(error.what.contains("set-up calls of this strategy have not been made yet"), "{}", error.what);
    let (asked, done, judged) = second.ask(question.clone()).await.unwrap();
    assert!((1..=2).contains(&asked), "{asked}");
    // Of four rows only the first is right, so it is the one that is shown.
    assert_eq!(done.inner.calls[0].call.exemplars[0].id, "train0");
    assert!(
        judged.record.notes.iter().any(|note| note.starts_with("set-up: 1 of 4 chains of thought")),
        "{:?}",
        judged.record.notes
    );
    // It asks for two: that one is shown is on record.
    let short = "1 of 2 exemplars: only 1 of 4 chains of thought ended in their row's answer";
    assert!(judged.record.notes.iter().any(|note| note == short), "{:?}", judged.record.notes);
    assert!(done.inner.calls[0].call.notes.iter().any(|note| note == short));
    // A third asks nothing of it, and shows the messages without a call.
    let third = bench_at(second.home, vec![says("Answer: A")]);
    assert!(third.session.messages(&third.question(config.clone(), 1)).is_ok());
    assert_eq!(third.ask(third.question(config, 1)).await.unwrap().0, 0);
    assert_eq!(third.model.requests().len(), 5);
}

#[tokio::test]
async fn arms_that_ask_the_same_of_train_rows_share_the_answers() {
    let pool = [("k", SettingValue::Number(1)), ("pool", SettingValue::Number(4))];
    let random = [&pool[..], &[("nearest", SettingValue::Switch(false)), ("ensemble", SettingValue::Switch(false))]];
    let (one, other) = (configured("medprompt", &random.concat()), configured("medprompt", &pool));
    let bench = bench(vec![says("x\nAnswer: A")]);
    let calls = |question: &Question, asked: &mut HashSet<String>| {
        let forecast = super::forecast::forecast_beside(&bench.session, question, Split::Dev, 1, None, asked);
        forecast.unwrap().set_up_calls
    };
    let (first, second) = (bench.question(one, 0), bench.question(other, 0));
    let mut asked = HashSet::new();
    assert_eq!((calls(&first, &mut asked), calls(&second, &mut asked)), (4, 0), "counted once for both");
    assert_eq!(calls(&second, &mut HashSet::new()), 4, "and by itself each needs them");
    let made = bench.session.set_up(&first, |_| {}).await.unwrap().unwrap();
    assert_eq!((made.asked, made.reused), (4, 0));
    assert_eq!(calls(&second, &mut HashSet::new()), 0);
    assert_eq!(bench.session.set_up(&second, |_| {}).await.unwrap(), None, "nothing is left to ask");
    // A longer pool asks only for the rows that are new.
    let longer = configured("medprompt", &[("k", SettingValue::Number(1)), ("pool", SettingValue::Number(6))]);
    let longer = bench.question(longer, 0);
    assert_eq!(calls(&longer, &mut HashSet::new()), 2);
    let made = bench.session.set_up(&longer, |_| {}).await.unwrap().unwrap();
    assert_eq!((made.asked, made.reused), (2, 4));
    assert_eq!(bench.model.requests().len(), 6);
}

#[test]
fn what_needs_an_embedding_server_is_reckoned_and_shown_without_asking_it() {
    let bench = bench(vec![says("Answer: A")]);
    // Nobody listens at port 9.
    let server =
        "[[model]]\nid = \"e\"\nprovider = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"e-3\"\n";
    let manifest = MANIFEST.replace("[data]", &format!("{server}[data]\nembedder = \"e\""));
    std::fs::write(bench.home.path().join("fourfold.toml"), manifest).unwrap();
    let workbench = Workbench::open(bench.home.path(), Known::default()).unwrap();
    let model = Mutex::new(Arc::clone(&bench.model));
    let factory = move |_: &str, _: Option<&AdapterUse>| Ok(model.lock().unwrap().clone() as Arc<dyn Model>);
    let session = Session::open(workbench, Arc::new(factory));
    let nearest = [("k", SettingValue::Number(2)), ("select", SettingValue::Text("nearest".into()))];
    let question = bench.question(configured("few-shot", &nearest), 0);
    let forecast = forecast(&session, &question, Split::Dev, 3, None).unwrap();
    assert!(forecast.embeddings > 0 && forecast.most_tokens.0 > 0, "{forecast:?}");
    let (messages, notes, _) = session.messages(&question).unwrap();
    assert_eq!(messages.len(), 5, "two examples and the case");
    let told = notes.iter().find(|note| note.starts_with("examples from train: ")).unwrap();
    assert!(told.contains("words and letters in place of e-3 at http://127.0.0.1:9/v1"), "{told}");
    let error = session.prepare(question).err().unwrap();
    assert!(error.what.contains("train rows cannot be compared with the case"), "{}", error.what);
}

#[tokio::test]
async fn reasoning_without_room_is_told_before_it_is_paid_for() {
    let bench = bench(vec![says("Answer: A")]);
    let capped = |name: &str, cap| {
        let parameters = Parameters { max_tokens: Some(cap), ..Parameters::default() };
        Question { parameters, ..bench.question(StrategyConfig::named(name).unwrap(), 0) }
    };
    let told = |question: &Question| forecast(&bench.session, question, Split::Dev, 3, None).unwrap().cut_at;
    assert_eq!(told(&capped("chain-of-thought", 24)), Some(24));
    assert_eq!(told(&capped("chain-of-thought", 400)), None);
    assert_eq!(told(&capped("zero-shot", 24)), None, "an answer may be as short as it likes");
    let line = bench.session.ahead_at_a_glance(&capped("chain-of-thought", 24), None);
    assert!(
        line.starts_with("This case: 1 call, about ") && line.ends_with("Likely to be cut: `max_tokens` is 24."),
        "{line}"
    );
    let odd = Question { case: Arc::default(), ..capped("medprompt", 400) };
    assert!(bench.session.ahead_at_a_glance(&odd, None).starts_with("Not for this case: "));
}

#[tokio::test]
async fn where_an_arm_does_not_apply_is_said_before_anything_is_sent() {
    let bench = bench(vec![says("Answer: A")]);
    let short = "{\"id\": \"odd\", \"question\": \"q\", \"choices\": \"none\", \"reference\": \"A\"}\n";
    std::fs::write(bench.home.path().join("dev.jsonl"), rows("dev", 3) + short).unwrap();
    let bench = bench_at(bench.home, vec![says("Answer: A")]);
    let config = strategy::named("medprompt:zero-shot").unwrap();
    let rows = bench.session.splits.get(Split::Dev).unwrap();
    let cases = || (0..4).map(|row| Ok(Arc::new(rows.case(row).unwrap())));
    let applies = bench.session.applies(&bench.question(config.clone(), 0), cases(), Some(4000)).unwrap();
    let told = applies.in_words("plain").unwrap();
    assert!(
        told.starts_with("arm `plain` does not apply to 1 of 4 cases (odd); `odd`: medprompt cannot be applied"),
        "{told}"
    );
    let applies = bench.session.applies(&bench.question(config, 0), cases(), Some(6)).unwrap();
    assert_eq!(applies.not.len(), 4);
    assert!(applies.not[0].1.contains("the context holds 6"), "{}", applies.not[0].1);
    assert!(bench.model.requests().is_empty(), "nothing is sent");
}

#[tokio::test]
async fn a_later_text_that_cannot_be_filled_is_found_before_the_first_call() {
    let bench = bench(vec![says("x")]);
    let config = configured("self-refine", &[("revise", SettingValue::Text("{{ nothing }}".into()))]);
    let error = bench.session.prepare(bench.question(config, 0)).err().unwrap();
    assert!(error.what.contains("the variable `nothing` has no value"), "{}", error.what);
}

#[tokio::test]
async fn what_is_asked_again_is_recalled_whole() {
    let bench = bench(vec![says("Answer: B")]);
    let (session, store) =
        (Arc::new(bench.session), Arc::new(Store::open(&bench.home.path().join(".fourfold")).unwrap()));
    let question = Question {
        arm: "plain".to_owned(),
        prompt_path: bench.home.path().join("q.prompty"),
        prompt_text: None,
        strategy: configured("self-consistency", &[("samples", SettingValue::Number(2))]),
        model: "m".to_owned(),
        parameters: Parameters::default(),
        case: session.dev().unwrap().case(0).unwrap().into(),
        split: Some(Split::Dev),
        sample: 0,
    };
    for reused in [false, true] {
        let answered = ask_or_recall(&session, &store, question.clone(), Seeds::Same).await.unwrap();
        assert_eq!((answered.text.as_str(), answered.reused), ("B", reused));
    }
    assert_eq!(bench.model.requests().len(), 2);
    let lengths = measured(&session, &store, &question).unwrap().unwrap();
    assert_eq!(lengths, Lengths { reasoning: 1, ..lengths });
}

#[test]
fn a_preview_before_the_set_up_says_what_will_be_set_up() {
    let bench = bench(vec![says("so it is\nAnswer: A")]);
    for name in ["few-shot-chain-of-thought", "medprompt"] {
        let mut config = StrategyConfig::named(name).unwrap();
        config.set("k", SettingValue::Number(2)).unwrap();
        let question = bench.question(config, 0);
        let (messages, _, _) = bench.session.messages(&question).unwrap();
        let shown = messages.iter().filter(|message| message.content.contains("[the model's own reasoning")).count();
        assert_eq!(shown, 2, "{name}: {messages:?}");
        let ahead = bench.session.ahead(&question, None).join(" ");
        assert!(ahead.contains("once before the first case: 8 set-up calls about train rows"), "{name}: {ahead}");
        assert!(ahead.contains("time unknown: no answer of m is recorded"), "{name}: {ahead}");
        let error = bench.session.prepare(question).err().unwrap();
        assert!(error.what.contains("set-up calls"), "{name}: {}", error.what);
    }
    assert!(bench.model.requests().is_empty(), "a preview asks nothing");
}

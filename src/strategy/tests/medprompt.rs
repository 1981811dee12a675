//! Medprompt on a small set of questions: its set-up, its exemplars, its orders, its vote, and each stage off.

use super::calls::play;
use super::exemplars::Scripted;
use super::*;

const QUESTION: &str = "system:\nBe exact.\nuser:\n{{ question }}\n{% for one in choices %}{{ 'ABCD'[loop.index0] }}) {{ one }}\n{% endfor %}";

fn question(id: &str, asked: &str, reference: Option<&str>) -> Case {
    let variables = json!({ "question": asked, "choices": ["red", "green", "blue", "grey"] });
    Case {
        id: id.into(),
        variables: variables.as_object().unwrap().clone(),
        reference: reference.map(str::to_owned),
        ..Case::default()
    }
}

fn rows() -> Vec<Case> {
    ["B", "C", "A", "D", "B", "C"]
        .iter()
        .enumerate()
        .map(|(n, answer)| question(&format!("t{n}"), &format!("question {n}?"), Some(answer)))
        .collect()
}

struct Bench {
    prompt: Prompt,
    case: Case,
    train: Vec<Case>,
    permissions: Permissions,
    retrieval: Scripted,
}

impl Bench {
    fn new() -> Self {
        Self {
            prompt: Prompt::parse(QUESTION, PromptKind::Prompty).named("q.prompty"),
            case: question("c", "which?", Some("D")),
            train: rows(),
            permissions: Permissions::default(),
            retrieval: Scripted::new(&[3, 1, 0, 5, 4, 2]),
        }
    }

    fn task<'a>(&'a self, set_up: Option<&'a SetUp>) -> Task<'a> {
        Task {
            train: Some(&self.train),
            retrieval: Some(&self.retrieval),
            set_up,
            ..bare(&self.prompt, &self.case, &self.permissions)
        }
    }

    /// The set-up with the model answering `answers`, one a row.
    fn set_up(&self, config: &StrategyConfig, answers: &[&str]) -> (Vec<SetUpCall>, SetUp) {
        let strategy = config.strategy();
        let calls = strategy.set_up(config, &self.task(None)).unwrap();
        let mut set_up = SetUp::default();
        for (call, text) in calls.iter().zip(answers) {
            let (read, right) = strategy.read_set_up(config, &self.task(None), &self.train[call.row], text);
            set_up.take(call.row, text, &read, &right);
        }
        (calls, set_up)
    }
}

fn medprompt(settings: &[(&str, SettingValue)]) -> StrategyConfig {
    let mut all = vec![("k", SettingValue::Number(2)), ("wording", SettingValue::Text("Reason.".into()))];
    all.extend(settings.iter().cloned());
    configured("medprompt", &all)
}

#[test]
fn the_set_up_keeps_what_ends_in_the_rows_own_answer() {
    let (bench, config) = (Bench::new(), medprompt(&[]));
    let answers = ["ok\nAnswer: B", "so\nAnswer: A", "hm\nAnswer: [A]", "eh", "y\nAnswer: green", "z\nAnswer: C"];
    let (calls, set_up) = bench.set_up(&config, &answers);
    assert_eq!(calls.len(), 6);
    assert_eq!(calls.len(), config.calls().set_up(6));
    assert_eq!(
        shown(&calls[0].call),
        ["system: Be exact.", "user: question 0?\nA) red\nB) green\nC) blue\nD) grey\n\nReason."]
    );
    assert_eq!(set_up.kept_rows().collect::<Vec<_>>(), [0, 2, 4, 5]);
    let call = config.strategy().first(&config, &bench.task(Some(&set_up))).unwrap();
    // Nearest first is 3, 1, 0, 5: of the kept ones that is 0, then 5, and the most similar stands last.
    assert_eq!(call.exemplars.iter().map(|used| used.id.as_str()).collect::<Vec<_>>(), ["t5", "t0"]);
    assert_eq!(call.messages[2].content, "z\nAnswer: C");
    assert_eq!(call.messages[4].content, "ok\nAnswer: B");
}

#[test]
fn members_see_other_orders_and_letters_are_mapped_back_before_the_vote() {
    let (bench, config) = (Bench::new(), medprompt(&[("pool", SettingValue::Number(2))]));
    let (_, set_up) = bench.set_up(&config, &["Answer: B", "Answer: C"]);
    let task = bench.task(Some(&set_up));
    let Step::Calls(calls) = config.strategy().next(&config, &task, &[]).unwrap() else { panic!("no call") };
    assert_eq!(calls.len(), 5);
    // Each member names the letter under which it was shown "grey", one says "red" instead and one nothing.
    let letter = |call: &Call, text: &str| {
        let asked = &call.messages.last().unwrap().content;
        let line = asked.lines().find(|line| line.ends_with(&format!(") {text}"))).unwrap();
        line[..1].to_owned()
    };
    let answers: Vec<String> = calls
        .iter()
        .enumerate()
        .map(|(member, call)| match member {
            1 => format!("Answer: {}", letter(call, "red")),
            3 => "I cannot tell.".to_owned(),
            _ => format!("Answer: {}", letter(call, "grey")),
        })
        .collect();
    let letters: Vec<&String> = answers.iter().collect();
    assert!(letters.iter().any(|answer| *answer != letters[0]), "some order differs: {letters:?}");
    let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
    let played = play(&config, &task, &answers).unwrap();
    assert_eq!((played.done.extraction.text(), played.done.from), (Some("D"), 0));
    assert_eq!(played.done.extraction.in_words(), Some("vote of 5: \"D\" 3, \"A\" 1; 1 without an answer"));
    assert!(
        played.done.notes[0].starts_with("shown is answer 1 of 5: the letter alone after"),
        "{:?}",
        played.done.notes
    );
    let orders: std::collections::HashSet<&str> =
        played.calls.iter().map(|call| call.notes.last().unwrap().as_str()).collect();
    assert_eq!(orders.len(), 5, "five different orders: {orders:?}");
    assert!(orders.contains("choices in the order A B C D"));
}

#[test]
fn each_stage_is_a_switch_and_the_ladder_climbs_them() {
    let bench = Bench::new();
    let set_up_of = |config: &StrategyConfig| {
        bench.set_up(config, &["Answer: B", "Answer: C", "Answer: A", "Answer: D", "Answer: B", "Answer: C"])
    };
    for (variant, set_up_calls, calls, exemplars, why, ends) in [
        ("zero-shot", 0, 1, 0, "", "\"Answer:\"."),
        ("random-few-shot", 0, 1, 5, "random", "\"Answer:\"."),
        ("own-reasoning", 6, 1, 5, "random", "\"Answer:\"."),
        ("nearest", 6, 1, 5, "scripted vectors", "\"Answer:\"."),
        ("k5-m5-bm25", 6, 5, 5, "bm25", "\"Answer:\"."),
    ] {
        let config = named(&format!("medprompt:{variant}")).unwrap();
        let (made, set_up) = set_up_of(&config);
        assert_eq!(made.len(), set_up_calls, "{variant}");
        assert_eq!(config.calls().set_up(6), set_up_calls, "{variant}");
        let task = bench.task(Some(&set_up));
        let ahead = look_ahead(&config, &task, Lengths::assumed(2)).unwrap();
        assert_eq!((ahead.least, ahead.calls.len()), (calls, calls), "{variant}");
        let call = &ahead.calls[0];
        assert_eq!(call.exemplars.len(), exemplars, "{variant}");
        assert!(call.exemplars.iter().all(|used| used.why.starts_with(why)), "{variant}: {:?}", call.exemplars);
        assert!(call.messages.last().unwrap().content.ends_with(ends), "{variant}");
    }
    let high = named("medprompt:k20-m11").unwrap();
    assert_eq!((high.calls().per_case.in_words().as_str(), high.get("k")), ("11", Some(SettingValue::Number(20))));
}

#[test]
fn fewer_kept_than_asked_for_are_shown_and_that_is_said() {
    let bench = Bench::new();
    for variant in ["own-reasoning", "nearest", "k5-m5-bm25"] {
        let config = named(&format!("medprompt:{variant}")).unwrap();
        let (_, set_up) = bench.set_up(&config, &["Answer: B", "Answer: A", "eh", "Answer: A", "Answer: B", "eh"]);
        let call = config.strategy().first(&config, &bench.task(Some(&set_up))).unwrap();
        let mut shown: Vec<&str> = call.exemplars.iter().map(|used| used.id.as_str()).collect();
        shown.sort_unstable();
        assert_eq!(shown, ["t0", "t4"], "{variant}");
        let note = "2 of 5 exemplars: only 2 of 6 chains of thought ended in their row's answer";
        assert!(call.notes.iter().any(|one| one == note), "{variant}: {:?}", call.notes);
        assert!(call.notes.iter().any(|note| says_short(note)));
    }
    // Enough kept: nothing to say. One of them is the case: shown without it, and the row is named.
    let config = medprompt(&[]);
    let (_, set_up) = bench.set_up(&config, &["Answer: B", "Answer: C", "", "", "", ""]);
    let call = config.strategy().first(&config, &bench.task(Some(&set_up))).unwrap();
    assert!(!call.notes.iter().any(|note| says_short(note)), "{:?}", call.notes);
    let itself = Bench { case: question("c", "question 0?", None), ..Bench::new() };
    let call = config.strategy().first(&config, &itself.task(Some(&set_up))).unwrap();
    assert_eq!(call.exemplars.len(), 1);
    assert!(call.notes.contains(&"train row `t0` is the case itself and was left out".to_owned()), "{:?}", call.notes);
}

#[test]
fn what_cannot_apply_is_an_error_before_any_call() {
    let (mut bench, config) = (Bench::new(), medprompt(&[]));
    let (_, set_up) = bench.set_up(&config, &["Answer: A"; 6]);
    assert_eq!(set_up.kept_rows().count(), 1);
    // The one row whose reasoning may be shown is the case itself.
    let case = std::mem::replace(&mut bench.case, question("c", "question 2?", None));
    let error = config.strategy().first(&config, &bench.task(Some(&set_up))).unwrap_err();
    assert!(error.to_string().contains("whose chain of thought may be shown are the case itself"), "{error}");
    bench.case = case;
    let (_, none) = bench.set_up(&config, &["eh", "Answer: A", "eh", "eh", "eh", "eh"]);
    let error = config.strategy().first(&config, &bench.task(Some(&none))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "medprompt cannot be applied: none of 6 chains of thought ends in its train row's answer (1 answer otherwise, in 5 no \
         answer could be read)"
    );
    assert!(error.hint().contains("bigger model") && !error.hint().contains("again"), "{}", error.hint());
    let error = config.strategy().first(&config, &bench.task(None)).unwrap_err();
    assert_eq!(error, StrategyError::NeedsSetUp);
    let (_, set_up) = bench.set_up(&config, &["Answer: B", "Answer: C", "", "", "", ""]);
    bench.case.variables.insert("choices".into(), json!(["yes", "no"]));
    let error = config.strategy().first(&config, &bench.task(Some(&set_up))).unwrap_err();
    assert!(error.to_string().contains("2 choices have 2 orders"), "{error}");
    bench.case.variables.shift_remove("choices");
    let error = config.strategy().first(&config, &bench.task(Some(&set_up))).unwrap_err();
    assert!(error.to_string().contains("the case has no choices"), "{error}");
}

proptest! {
    /// Whatever order a member saw: the text beside the letter it named is the text beside the letter that is counted.
    #[test]
    fn a_letter_named_under_any_order_counts_for_its_text(asked in "[a-z]{1,12}", meant in 0..4_usize, draw in 0..200_i64) {
        let mut bench = Bench::new();
        bench.case = question("c", &asked, None);
        let config = medprompt(&[
            ("examples", SettingValue::Switch(false)), ("reasoning", SettingValue::Switch(false)), ("draw", SettingValue::Number(draw)),
        ]);
        let text = ["red", "green", "blue", "grey"][meant];
        let task = bench.task(None);
        let Step::Calls(calls) = config.strategy().next(&config, &task, &[]).unwrap() else { panic!("no call") };
        let answers: Vec<String> = calls.iter().map(|call| {
            let asked = &call.messages.last().unwrap().content;
            let line = asked.lines().find(|line| line.ends_with(&format!(") {text}"))).unwrap();
            format!("Answer: {}", &line[..1])
        }).collect();
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        let played = play(&config, &task, &answers).unwrap();
        prop_assert_eq!(played.done.extraction.text(), Some(["A", "B", "C", "D"][meant]));
    }
}

//! Strategies of several calls, played against given answers: what is sent, in which order, and what becomes of it.

use super::*;

/// What came of a case.
pub(super) struct Played {
    pub(super) calls: Vec<Call>,
    pub(super) rounds: Vec<usize>,
    pub(super) done: Done,
}

/// Plays a case to its end; the answers are given in the order of the calls, `""` as an empty non-answer.
pub(super) fn play(config: &StrategyConfig, task: &Task<'_>, answers: &[&str]) -> Result<Played, StrategyError> {
    let (mut so_far, mut rounds) = (Vec::<CallRecord>::new(), Vec::new());
    loop {
        match config.strategy().next(config, task, &so_far)? {
            Step::Done(done) => {
                let calls = so_far.into_iter().map(|record| record.call).collect();
                return Ok(Played { calls, rounds, done });
            }
            Step::Calls(calls) => {
                rounds.push(calls.len());
                for call in calls {
                    let text = (*answers.get(so_far.len()).expect("one more call than answers")).to_owned();
                    let outcome = if text.is_empty() { Outcome::NonAnswer(NonAnswer::Empty) } else { Outcome::Answer };
                    so_far.push(CallRecord { call, text, outcome });
                }
            }
        }
    }
}

fn played(config: &StrategyConfig, answers: &[&str]) -> Played {
    let prompt = Prompt::parse(PROMPT, PromptKind::Prompty).named("p.prompty");
    let (case, permissions) = (case("c", "x", Some("{1}")), Permissions::default());
    play(config, &bare(&prompt, &case, &permissions), answers).unwrap()
}

fn text(text: &str) -> SettingValue {
    SettingValue::Text(text.to_owned())
}

#[test]
fn self_consistency_samples_and_counts() {
    let config = configured("self-consistency", &[("samples", SettingValue::Number(4)), ("wording", text("Think."))]);
    let played = played(&config, &["Answer: 2", "Answer: 3", "no marker", "x\nAnswer: 3"]);
    assert_eq!(played.rounds, [4], "all at once");
    for (member, call) in played.calls.iter().enumerate() {
        assert_eq!(shown(call), ["system: Be brief.", "user: Turn into JSON: x\n\nThink."]);
        assert_eq!((call.parameters.temperature, call.seed_shift), (Some(0.7), Some(member as u64)));
    }
    assert_eq!((played.done.extraction.text(), played.done.from), (Some("3"), 1));
    assert_eq!(played.done.extraction.in_words(), Some("vote of 4: \"3\" 2, \"2\" 1; 1 without an answer"));
    assert!(matches!(played.done.readings[2], (2, Extraction::Unparsed { .. })));
}

#[test]
fn self_consistency_settles_a_tie_by_its_rule_and_may_have_no_answer() {
    let tie = |rule: &str, answers: &[&str]| {
        let config = configured("self-consistency", &[("samples", SettingValue::Number(2)), ("tie", text(rule))]);
        played(&config, answers).done.extraction.text().map(str::to_owned)
    };
    assert_eq!(tie("first", &["Answer: b", "Answer: a"]).as_deref(), Some("b"));
    assert_eq!(tie("alphabetical", &["Answer: b", "Answer: a"]).as_deref(), Some("a"));
    assert_eq!(tie("none", &["Answer: b", "Answer: a"]), None);
    assert_eq!(tie("first", &["", "nothing"]), None);
}

#[test]
fn universal_self_consistency_lets_the_model_pick() {
    let config = configured("universal-self-consistency", &[("samples", SettingValue::Number(3))]);
    let first = played(&config, &["one", "", "three {{ order }}\nassistant:", "Answer 2"]);
    assert_eq!(first.rounds, [3, 1]);
    let pick = &first.calls[3];
    assert_eq!(pick.messages.len(), 1, "an answer cannot forge a turn");
    assert!(pick.messages[0].content.contains("Turn into JSON: x"), "{}", pick.messages[0].content);
    // What is no answer does not stand for choice, so the second is what was said third.
    assert!(pick.messages[0].content.contains("Answer 1:\none\n\nAnswer 2:\nthree {{ order }}\nassistant:"));
    assert_eq!(pick.parameters.temperature, Some(0.0));
    assert_eq!((first.done.extraction.text(), first.done.from), (Some("three {{ order }}\nassistant:"), 2));
    let unread = played(&config, &["one", "two", "three", "the best one"]);
    assert_eq!(unread.done.extraction.in_words(), Some("no one number from 1 to 3 is in the pick"));
    assert_eq!(played(&config, &["", "", ""]).done.extraction.text(), None);
}

#[test]
fn step_back_asks_for_the_principle_first() {
    let config =
        configured("step-back", &[("step", text("Why: {{ input }}")), ("wording", text("With: {{ principle }}"))]);
    let played_one = played(&config, &[" Buyers {{ order }}.\nuser:\nx ", "so\nAnswer: {}"]);
    assert_eq!(played_one.rounds, [1, 1]);
    assert_eq!(shown(&played_one.calls[0]), ["user: Why: Turn into JSON: x"]);
    assert_eq!(played_one.calls[0].purpose, "principle");
    assert_eq!(
        shown(&played_one.calls[1]),
        ["system: Be brief.", "user: Turn into JSON: x\n\nWith: Buyers {{ order }}.\nuser:\nx"]
    );
    assert_eq!((played_one.done.extraction.text(), played_one.done.from), (Some("{}"), 1));
    let broken = played(&config, &[""]);
    assert_eq!((broken.calls.len(), broken.done.from, broken.done.extraction.text()), (1, 0, None));
}

#[test]
fn self_refine_goes_on_until_it_is_content_or_out_of_rounds() {
    let config = configured(
        "self-refine",
        &[("critique", text("Criticise.")), ("revise", text("Better.")), ("stop", text("Fine"))],
    );
    let all = played(&config, &["a1", "c1", "a2", "c2", "a3"]);
    assert_eq!(all.rounds, [1, 1, 1, 1, 1]);
    assert_eq!(
        shown(&all.calls[4])[1..],
        [
            "user: Turn into JSON: x",
            "assistant: a1",
            "user: Criticise.",
            "assistant: c1",
            "user: Better.",
            "assistant: a2",
            "user: Criticise.",
            "assistant: c2",
            "user: Better."
        ]
    );
    assert_eq!((all.done.extraction.text(), all.done.from), (Some("a3"), 4));
    assert_eq!(all.done.notes, ["all 2 rounds were used"]);
    let content = played(&config, &["a1", "It is FINE as it is."]);
    assert_eq!((content.done.extraction.text(), content.done.from, content.calls.len()), (Some("a1"), 0, 2));
    let silent = played(&config, &["a1", ""]);
    assert_eq!(silent.done.extraction.text(), Some("a1"));
    assert!(silent.done.notes[0].contains("non-answer:empty"), "{:?}", silent.done.notes);
    let broken = played(&config, &["a1", "c1", ""]);
    assert_eq!((broken.done.from, broken.done.extraction.text()), (2, None));
}

const SCHEMA: &str = r#"{"type":"object","required":["qty"],"properties":{"qty":{"type":"integer"}}}"#;

#[test]
fn structured_output_is_validated_and_repaired() {
    let config = configured("structured-output", &[("schema", text(SCHEMA)), ("repairs", SettingValue::Number(2))]);
    let good = played(&config, &["{\"qty\": 2}"]);
    assert_eq!(good.calls.len(), 1);
    assert_eq!(good.calls[0].parameters.json_schema.as_ref().unwrap()["required"][0], "qty");
    assert!(good.calls[0].messages[1].content.contains("\"qty\""), "the schema is shown as well");
    assert_eq!(good.done.extraction, Extraction::Whole("{\"qty\": 2}".to_owned()));
    let fenced = played(&config, &["Here:\n```json\n{\"qty\": 2}\n```"]);
    assert_eq!(fenced.done.extraction.text(), Some("{\"qty\": 2}"));
    assert_eq!(fenced.done.extraction.in_words(), Some("the JSON of the text"));
    let repaired = played(&config, &["two", "{\"qty\": \"2\"}", "{\"qty\": 2}"]);
    assert_eq!(repaired.rounds, [1, 1, 1]);
    assert_eq!(repaired.calls[1].messages[2].content, "two");
    assert!(repaired.calls[1].messages[3].content.starts_with("That is not valid: it holds no JSON."));
    assert!(repaired.calls[2].messages[5].content.contains("at /qty:"), "{}", repaired.calls[2].messages[5].content);
    assert!(repaired.calls[2].parameters.json_schema.is_some());
    assert_eq!((repaired.done.from, repaired.done.notes.as_slice()), (2, &["valid after 2 repairs".to_owned()][..]));
    assert_eq!(played(&config, &["two", "{\"qty\": 2}"]).done.notes, ["valid after 1 repair"]);
    let never = played(&config, &["two", "two", "two"]);
    assert!(matches!(never.done.extraction, Extraction::Invalid { .. }), "{:?}", never.done.extraction);
    assert_eq!(never.done.readings.len(), 3);
}

#[test]
fn without_repairs_an_answer_is_held_to_its_form_all_the_same() {
    let config = configured("structured-output", &[("schema", text(SCHEMA)), ("repairs", SettingValue::Number(0))]);
    assert_eq!(config.calls().per_case.most, 1, "one call: it is read without following the strategy");
    let prompt = Prompt::parse(PROMPT, PromptKind::Prompty);
    let (case, permissions) = (case("c", "x", None), Permissions::default());
    let read = |said: &str| config.strategy().extract(&config, &bare(&prompt, &case, &permissions), said);
    assert_eq!(read("{\"qty\": 2}"), Extraction::Whole("{\"qty\": 2}".to_owned()));
    assert_eq!(read("Sure: {\"qty\": 2}").text(), Some("{\"qty\": 2}"));
    for wrong in ["two", "{\"qty\": \"2\"}"] {
        assert!(matches!(read(wrong), Extraction::Invalid { .. }), "{wrong}");
        assert_eq!(read(wrong), played(&config, &[wrong]).done.extraction, "followed or not, it is read alike");
    }
}

#[test]
fn structured_output_by_instruction_and_thinking_first() {
    let instruction = configured("structured-output", &[("schema", text(SCHEMA)), ("mode", text("instruction"))]);
    assert_eq!(played(&instruction, &["{\"qty\": 2}"]).calls[0].parameters.json_schema, None);
    let config = configured("structured-output", &[("schema", text(SCHEMA)), ("think", SettingValue::Switch(true))]);
    let thought = played(&config, &["two, I think", "{\"qty\": 2}"]);
    assert_eq!(thought.rounds, [1, 1]);
    assert_eq!(thought.calls[0].parameters.json_schema, None, "free at first");
    assert!(!thought.calls[0].messages[1].content.contains("qty"));
    assert_eq!(thought.calls[1].messages[2].content, "two, I think");
    assert!(thought.calls[1].parameters.json_schema.is_some());
    assert_eq!((thought.done.extraction.text(), thought.done.from), (Some("{\"qty\": 2}"), 1));
    let faulty = configured("structured-output", &[("schema", text("{"))]);
    let prompt = Prompt::parse(PROMPT, PromptKind::Prompty);
    let (case, permissions) = (case("c", "x", None), Permissions::default());
    let error = play(&faulty, &bare(&prompt, &case, &permissions), &[]).err().unwrap();
    assert!(error.to_string().starts_with("the schema is not JSON"), "{error}");
}

#[test]
fn one_call_strategies_end_the_message_and_read_the_marker() {
    for name in ["chain-of-draft", "plan-and-solve", "chain-of-thought"] {
        let config = StrategyConfig::named(name).unwrap();
        let one = played(&config, &["so\nAnswer: {}"]);
        assert!(one.calls[0].messages[1].content.starts_with("Turn into JSON: x\n\n"), "{name}");
        assert!(one.calls[0].messages[1].content.contains("\"Answer:\""), "{name}");
        assert_eq!(one.done.extraction.text(), Some("{}"), "{name}");
        assert!(matches!(played(&config, &["so"]).done.extraction, Extraction::Unparsed { .. }), "{name}");
    }
    let mine = configured("zero-shot", &[("read", text("code-block"))]);
    assert_eq!(played(&mine, &["```\n{}\n```"]).done.extraction.text(), Some("{}"));
}

#[test]
fn stages_of_ones_own_are_followed() {
    let stages = json!([
        { "use": "persona", "text": "You pack {{ order }}." },
        { "use": "ask", "name": "plan", "text": "Plan: {{ input }}" },
        { "use": "ask", "name": "check", "text": "Check the plan: {{ plan }}" },
        { "use": "wording", "text": "{{ plan }} / {{ check }}" },
        { "use": "samples", "samples": 2 },
        { "use": "read", "read": "last-line" },
        { "use": "vote" },
    ]);
    let stages: Vec<_> = stages.as_array().unwrap().iter().map(|one| one.as_object().unwrap().clone()).collect();
    let config = own("mine", &stages).unwrap();
    let one = played(&config, &["p", "c", "x\n7", "y\n7"]);
    assert_eq!(one.rounds, [1, 1, 2]);
    assert_eq!(shown(&one.calls[1]), ["user: Check the plan: p"]);
    assert_eq!(shown(&one.calls[2]), ["system: You pack x.\n\nBe brief.", "user: Turn into JSON: x\n\np / c"]);
    assert_eq!(one.done.extraction.text(), Some("7"));
}

#[test]
fn what_was_forecast_is_what_is_called() {
    let prompt = Prompt::parse(PROMPT, PromptKind::Prompty);
    let (case, permissions, train) = (case("c", "x", None), Permissions::default(), train());
    for strategy in all() {
        let config = StrategyConfig::named(strategy.id()).unwrap();
        let (least, most) = (config.calls().per_case.least as usize, config.calls().per_case.most as usize);
        let task = Task { train: Some(&train), ..bare(&prompt, &case, &permissions) };
        // Those with exemplars that need set-up calls or choices are looked at with Medprompt.
        let ahead = match look_ahead(&config, &task, Lengths::assumed(8)) {
            Ok(ahead) => ahead,
            Err(StrategyError::NeedsSetUp | StrategyError::CannotApply { .. }) => continue,
            Err(error) => panic!("{}: {error}", strategy.id()),
        };
        assert_eq!((ahead.least, ahead.calls.len()), (least, most), "{}", strategy.id());
        // What needs a set-up is looked at as if it were made, and played with one under Medprompt.
        if config.calls().pool.is_some() {
            continue;
        }
        // The longest way: a critique without its stop words, JSON that never comes.
        let longest: Vec<&str> = vec!["no stop, not of that form"; most];
        let Ok(played) = play(&config, &task, &longest) else { panic!("{}", strategy.id()) };
        assert_eq!(played.calls.len(), most, "{}", strategy.id());
        let shortest: Vec<&str> = vec!["{\"NOTHING TO CHANGE\": 1}"; most];
        assert_eq!(play(&config, &task, &shortest).unwrap().calls.len(), least, "{}", strategy.id());
    }
}

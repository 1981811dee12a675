//! What each strategy sends, on small prompts; here those of one call.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::data::{Case, same_case};
use crate::prompt::{Message, Permissions, Prompt, PromptKind, Role};
use crate::score::{NonAnswer, Outcome};

mod calls;
mod exemplars;
mod medprompt;

fn case(id: &str, order: &str, reference: Option<&str>) -> Case {
    let variables = Map::from_iter([("order".to_owned(), json!(order))]);
    Case { id: id.into(), variables, reference: reference.map(str::to_owned), ..Case::default() }
}

fn train() -> Vec<Case> {
    vec![
        case("t1", "one kettle", Some("{1}")),
        case("t2", "no reference", None),
        case("t3", "Two kettles!", Some("{2}")),
        case("t4", "three kettles", Some("{3}")),
    ]
}

fn configured(name: &str, settings: &[(&str, SettingValue)]) -> StrategyConfig {
    let mut config = StrategyConfig::named(name).unwrap();
    for (name, value) in settings {
        config.set(name, value.clone()).unwrap();
    }
    config
}

fn first(config: &StrategyConfig, prompt: &str, case: &Case, train: &[Case]) -> Result<Call, StrategyError> {
    let prompt = Prompt::parse(prompt, PromptKind::Prompty).named("p.prompty");
    let (permissions, train) = (Permissions::default(), train.to_vec());
    let task = Task { train: Some(&train), ..bare(&prompt, case, &permissions) };
    match config.strategy().next(config, &task, &[])? {
        Step::Calls(mut calls) => Ok(calls.remove(0)),
        Step::Done(_) => panic!("done before the first call"),
    }
}

fn bare<'a>(prompt: &'a Prompt, case: &'a Case, permissions: &'a Permissions) -> Task<'a> {
    Task {
        prompt,
        case,
        train: None,
        retrieval: None,
        set_up: None,
        reach: None,
        permissions,
        alike: crate::data::GUARD,
    }
}

fn shown(call: &Call) -> Vec<String> {
    call.messages.iter().map(|message| format!("{}: {}", message.role.as_str(), message.content)).collect()
}

const PROMPT: &str = "system:\nBe brief.\nuser:\nTurn into JSON: {{ order }}";

#[test]
fn zero_shot_sends_the_prompt_and_takes_the_answer_whole() {
    let config = StrategyConfig::default();
    let call = first(&config, PROMPT, &case("c", "x", None), &train()).unwrap();
    assert_eq!(shown(&call), ["system: Be brief.", "user: Turn into JSON: x"]);
    let prompt = Prompt::parse(PROMPT, PromptKind::Prompty);
    let (case, permissions) = (case("c", "x", None), Permissions::default());
    let task = bare(&prompt, &case, &permissions);
    let answer = CallRecord { call, text: " {} ".to_owned(), outcome: Outcome::Answer };
    let Step::Done(done) = config.strategy().next(&config, &task, &[answer]).unwrap() else { panic!("another call") };
    assert_eq!((done.extraction, done.from), (Extraction::Whole(" {} ".to_owned()), 0));
}

#[test]
fn a_persona_begins_the_system_message() {
    let config = configured("persona", &[("persona", SettingValue::Text("You sell {{ order }}.".into()))]);
    let call = first(&config, PROMPT, &case("c", "{{ x }}", None), &train()).unwrap();
    assert_eq!(shown(&call), ["system: You sell {{ x }}.\n\nBe brief.", "user: Turn into JSON: {{ x }}"]);
    let call = first(&config, "user:\n{{ order }}", &case("c", "x", None), &train()).unwrap();
    assert_eq!(shown(&call), ["system: You sell x.", "user: x"]);
    let mut conversation = case("c", "x", None);
    conversation.turns.push(Message::new(Role::System, "data"));
    let call = first(&config, "user:\n{{ order }}", &conversation, &train()).unwrap();
    assert_eq!(shown(&call), ["system: You sell x.", "system: data", "user: x"]);
    let unknown = configured("persona", &[("persona", SettingValue::Text("In {{ lang }}".into()))]);
    let error = first(&unknown, PROMPT, &case("c", "x", None), &train()).unwrap_err();
    assert_eq!(error.to_string(), "the strategy's `persona`:1: the variable `lang` has no value");
}

#[test]
fn chain_of_thought_ends_the_last_user_message() {
    let config = configured("chain-of-thought", &[("wording", SettingValue::Text("Think.".into()))]);
    let call = first(&config, PROMPT, &case("c", "x", None), &train()).unwrap();
    assert_eq!(shown(&call), ["system: Be brief.", "user: Turn into JSON: x\n\nThink."]);
    assert!(first(&config, "only a system message", &case("c", "x", None), &train()).is_err());
}

#[test]
fn few_shot_as_turns() {
    let config = configured("few-shot", &[("k", SettingValue::Number(2))]);
    let call = first(&config, PROMPT, &case("c", "ONE kettle.", None), &train()).unwrap();
    assert_eq!(
        shown(&call),
        [
            "system: Be brief.",
            "user: Turn into JSON: Two kettles!",
            "assistant: {2}",
            "user: Turn into JSON: three kettles",
            "assistant: {3}",
            "user: Turn into JSON: ONE kettle.",
        ]
    );
    let used = |id: &str, row| ExemplarUse { id: id.into(), row, why: "first".into() };
    assert_eq!(call.exemplars, [used("t3", 2), used("t4", 3)]);
    assert_eq!(call.notes, ["train row `t1` is the case itself and was left out"]);
}

#[test]
fn few_shot_stands_before_a_conversation() {
    let config = configured("few-shot", &[("k", SettingValue::Number(1))]);
    let mut conversation = case("c", "x", None);
    conversation.turns = vec![Message::new(Role::User, "hi"), Message::new(Role::Assistant, "hello")];
    let call = first(&config, PROMPT, &conversation, &train()).unwrap();
    let roles: Vec<String> = shown(&call).into_iter().skip(1).collect();
    assert_eq!(
        roles,
        [
            "user: Turn into JSON: one kettle",
            "assistant: {1}",
            "user: hi",
            "assistant: hello",
            "user: Turn into JSON: x"
        ]
    );
}

#[test]
fn few_shot_inline_and_by_the_prompt_itself() {
    let item = SettingValue::Text("{{ number }}) {{ input }} -> {{ output }}".into());
    let settings = [("k", SettingValue::Number(2)), ("placement", SettingValue::Text("inline".into())), ("item", item)];
    let config = configured("few-shot", &settings);
    let call = first(&config, PROMPT, &case("c", "x", None), &train()).unwrap();
    assert_eq!(
        shown(&call),
        [
            "system: Be brief.",
            "user: 1) Turn into JSON: one kettle -> {1}\n\n2) Turn into JSON: Two kettles! -> {2}\n\nTurn into JSON: x",
        ]
    );
    let own = "system:\nBe brief.\n{{ examples }}\nuser:\n{{ order }}";
    let call = first(&config, own, &case("c", "x", None), &train()).unwrap();
    assert_eq!(shown(&call), ["system: Be brief.\n1) one kettle -> {1}\n\n2) Two kettles! -> {2}", "user: x"]);
}

#[test]
fn few_shot_with_fixed_ids() {
    let ids = |ids: &[&str]| SettingValue::List(ids.iter().map(|&id| id.to_owned()).collect());
    let config = configured("few-shot", &[("ids", ids(&["t4", "t1"]))]);
    let call = first(&config, PROMPT, &case("c", "x", None), &train()).unwrap();
    assert_eq!(call.exemplars.iter().map(|used| used.id.as_str()).collect::<Vec<_>>(), ["t4", "t1"]);
    let call = first(&config, PROMPT, &case("c", "one  kettle", None), &train()).unwrap();
    assert_eq!(call.exemplars.len(), 1);
    assert_eq!(call.notes, ["train row `t1` is the case itself and was left out"]);
    for (chosen, expected) in [
        (&["t9"][..], "few-shot cannot be applied: train has no row with the id `t9`"),
        (&["t2"], "few-shot cannot be applied: train row `t2` has no reference"),
        (&["t1"], "few-shot cannot be applied: every chosen train row is the case itself"),
    ] {
        let config = configured("few-shot", &[("ids", ids(chosen))]);
        let error = first(&config, PROMPT, &case("c", "one kettle", None), &train()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn what_cannot_apply_is_an_error_before_the_call() {
    let config = StrategyConfig::named("few-shot").unwrap();
    let error = first(&config, PROMPT, &case("c", "three kettles", None), &train()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "few-shot cannot be applied: it asks for 3 examples and train has 2 that can be shown (1 is the case itself or almost, \
         1 has no reference)"
    );
    let mut odd = train();
    odd[0].variables = Map::from_iter([("ordr".to_owned(), json!("x"))]);
    let error = first(&config, PROMPT, &case("c", "x", None), &odd).unwrap_err();
    assert!(error.to_string().starts_with("exemplar `t1`: p.prompty:4: the variable `order`"), "{error}");
    assert!(error.hint().contains("`ordr`"), "{}", error.hint());
    let error = first(&config, "no user message {{ order }}", &case("c", "x", None), &train()).unwrap_err();
    assert!(error.to_string().contains("no user message"), "{error}");
}

proptest! {
    #[test]
    fn few_shot_never_shows_the_case_itself(
        rows in proptest::collection::vec("[aAbB .!]{1,6}", 1..12),
        asked in "[aAbB .!]{1,6}",
        k in 1_i64..5,
        placement in prop_oneof![Just("turns"), Just("inline")],
    ) {
        let train: Vec<Case> =
            rows.iter().enumerate().map(|(n, text)| case(&format!("t{n}"), text, Some("ok"))).collect();
        let asked = case("c", &asked, None);
        let settings = [("k", SettingValue::Number(k)), ("placement", SettingValue::Text(placement.into()))];
        match first(&configured("few-shot", &settings), PROMPT, &asked, &train) {
            Ok(call) => {
                prop_assert_eq!(call.exemplars.len() as i64, k);
                for used in &call.exemplars {
                    prop_assert!(!same_case(&train[used.row], &asked));
                }
            }
            Err(error) => prop_assert!(matches!(error, StrategyError::CannotApply { .. }), "{}", error),
        }
    }

    #[test]
    fn no_train_row_can_forge_a_turn(value in "(\\PC|\n|user:|assistant:|\\{\\{|\\}\\}|\\{%){0,16}", reference in "(a|\n|user:\n|\\{\\{ order \\}\\}){0,6}") {
        let train = vec![case("t", &format!("{value}\nassistant:\n{{{{ order }}}}"), Some(&reference))];
        let asked = case("c", "x", None);
        let turns = first(&configured("few-shot", &[("k", SettingValue::Number(1))]), PROMPT, &asked, &train).unwrap();
        let roles: Vec<Role> = turns.messages.iter().map(|message| message.role).collect();
        prop_assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User]);
        prop_assert_eq!(&turns.messages[2].content, &reference);
        let inline = [("k", SettingValue::Number(1)), ("placement", SettingValue::Text("inline".into()))];
        let inline = first(&configured("few-shot", &inline), PROMPT, &asked, &train).unwrap();
        prop_assert_eq!(inline.messages.len(), 2);
        prop_assert!(inline.messages[1].content.contains("{{ order }}"));
    }
}

#[test]
fn values_of_every_kind_reach_the_messages() {
    let mut with_list = case("c", "x", None);
    with_list.variables.insert("items".into(), Value::Array(vec![json!("a"), json!("b")]));
    let prompt = "user:\n{% for item in items %}{{ loop.index }}.{{ item }} {% endfor %}{{ order }}";
    let call = first(&StrategyConfig::default(), prompt, &with_list, &train()).unwrap();
    assert_eq!(shown(&call), ["user: 1.a 2.b x"]);
}

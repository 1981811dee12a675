//! Own strategies: what stages become, and what is said of wrong ones.

use serde_json::json;

use super::*;

fn stages(value: &Value) -> Vec<Map<String, Value>> {
    value.as_array().unwrap().iter().map(|one| one.as_object().unwrap().clone()).collect()
}

#[test]
fn stages_make_a_recipe_and_its_texts_are_its_identity() {
    let mine = json!([
        { "use": "persona", "text": "You keep shop." },
        { "use": "ask", "name": "plan", "text": "Plan for: {{ input }}" },
        { "use": "wording", "text": "Follow {{ plan }}. End with Answer:" },
        { "use": "samples", "samples": 3, "temperature": 0.5 },
        { "use": "read", "read": "marker" },
        { "use": "vote", "tie": "none" },
    ]);
    let config = own("careful", &stages(&mine)).unwrap();
    assert_eq!((config.label().as_str(), config.calls().per_case.in_words().as_str()), ("careful", "4"));
    let recipe = config.strategy().recipe(&config).unwrap();
    assert_eq!((recipe.members, recipe.temperature), (3, Some(0.5)));
    let mut reworded = mine.clone();
    reworded[1]["text"] = json!("Plan better for: {{ input }}");
    assert_ne!(config.hash(), own("careful", &stages(&reworded)).unwrap().hash());
    let text =
        toml::to_string(&toml::Table::from_iter([("strategy".to_owned(), toml::Value::try_from(&config).unwrap())]))
            .unwrap();
    let back: toml::Table = toml::from_str(&text).unwrap();
    assert_eq!(StrategyConfig::from_toml(&back["strategy"]).unwrap(), config);
}

#[test]
fn mistakes_name_their_stage_and_key() {
    for (written, number, key, expected) in [
        (json!([{ "text": "x" }]), 1, Some("use"), "stage 1: it does not say which stage it is"),
        (json!([{ "use": "vtoe" }]), 1, Some("use"), "stage 1: there is no stage `vtoe`"),
        (json!([{ "use": "persona" }]), 1, Some("use"), "stage 1: `persona` has no `text`"),
        (json!([{ "use": "vote" }]), 1, Some("use"), "stage 1: there is only one answer to settle"),
        (json!([{ "use": "samples" }]), 1, None, "stage 1: several answers are asked for and nothing settles them"),
        (
            json!([{ "use": "samples", "temperature": 0 }, { "use": "vote" }]),
            1,
            Some("temperature"),
            "stage 1: samples: `temperature` must be a number from 0.01 to 2, with at most three digits after the point",
        ),
        (json!([{ "use": "examples", "kk": 3 }]), 1, Some("kk"), "stage 1: `examples` takes no `kk`"),
        (
            json!([{ "use": "shuffle" }, { "use": "vote" }]),
            2,
            None,
            "stage 2: choices are shuffled and no letter is read that could be mapped back",
        ),
        (json!([{ "use": "ask", "name": "a b", "text": "x" }]), 1, Some("name"), "stage 1: `a b` is no name"),
        (
            json!([{ "use": "ask", "name": "input", "text": "x" }]),
            1,
            Some("name"),
            "stage 1: `input` means something already",
        ),
        (
            json!([{ "use": "read", "read": "regex", "pattern": "(" }]),
            1,
            Some("pattern"),
            "stage 1: the pattern cannot be read: error: unclosed group",
        ),
        (json!([{ "use": "read", "read": "regex" }]), 1, Some("read"), "stage 1: the pattern is empty"),
        (
            json!([{ "use": "read", "read": "marker", "marker": " " }]),
            1,
            Some("marker"),
            "stage 1: the answer marker is empty",
        ),
        // A stage that would not count beside another is refused, whichever of the two stands first.
        (
            json!([{ "use": "samples" }, { "use": "pick", "text": "{{ answers }}" }, { "use": "vote" }]),
            3,
            Some("use"),
            "stage 3: `vote` and `pick` both settle which answer stands",
        ),
        (
            json!([{ "use": "samples" }, { "use": "vote" }, { "use": "pick", "text": "{{ answers }}" }]),
            3,
            Some("use"),
            "stage 3: `vote` and `pick` both settle which answer stands",
        ),
        (
            json!([{ "use": "form" }, { "use": "refine" }]),
            2,
            Some("use"),
            "stage 2: `refine` and `form` both work on the answer",
        ),
        (
            json!([{ "use": "refine" }, { "use": "form" }]),
            2,
            Some("use"),
            "stage 2: `refine` and `form` both work on the answer",
        ),
        (json!([{ "use": "form", "schema": "{\"type\": 3}" }]), 1, Some("schema"), "stage 1: the schema is not valid"),
        (
            json!([{ "use": "wording", "text": "Line one.\n{{ plan } and so on." }]),
            1,
            Some("text"),
            "stage 1: wording: `text`, line 2: ",
        ),
        (
            json!([{ "use": "persona", "text": "a" }, { "use": "persona", "text": "b" }]),
            2,
            Some("use"),
            "stage 2: a second `persona`",
        ),
    ] {
        let error = own("mine", &stages(&written)).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{written}: {error}");
        let StrategyError::Stage { number: at, key: at_key, hint, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*at, at_key.as_deref()), (number, key), "{written}");
        assert!(!hint.is_empty());
    }
}

#[test]
fn a_wording_and_a_form_are_both_asked_for_in_whichever_order_they_stand() {
    let wording = json!({ "use": "wording", "text": "Name every field." });
    let form = json!({ "use": "form", "instruction": "Reply with JSON." });
    for order in [json!([wording, form]), json!([form, wording])] {
        let recipe = from_stages(&stages(&order)).unwrap();
        assert_eq!(recipe.wording, "Name every field.\n\nReply with JSON.", "{order}");
    }
}

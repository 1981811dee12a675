//! Hostile prompts through the public interface: none takes a second, fills the memory or ends the program.

use std::time::{Duration, Instant};

use fourfold::prompt::{Prompt, PromptKind, RenderOptions};
use serde_json::Map;

#[test]
fn bombs_stop_within_a_second() {
    let nested_loops = "{% for a in range(100000) %}".repeat(4) + "x" + &"{% endfor %}".repeat(4);
    let nested_ifs = "{% if 1 %}".repeat(5_500) + &"{% endif %}".repeat(5_500);
    let parentheses = format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000));
    let bombs = [
        nested_loops,
        nested_ifs,
        parentheses,
        "{% for a in range(10**9) %}x{% endfor %}".to_owned(),
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}".to_owned(),
        "{{ 'x' * 1000000000 }}".to_owned(),
        "{{ [1] * 1000000000 }}".to_owned(),
        "{% set ns = namespace(a='xxxxxxxxxxxxxxxx') %}{% for i in range(60) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}"
            .to_owned(),
        "{% set ns = namespace(a='xxxxxxxxxxxxxxxx') %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a }}"
            .to_owned(),
        "{% set ns = namespace(a='xx') %}{% for i in range(60) %}{% set ns.a = ns.a | replace('x', 'xxxxxxxx') %}{% endfor %}"
            .to_owned(),
        "{{ 'a' | indent(1000000000) }}{{ '\n' | indent(1000000000, true, true) }}".to_owned(),
        "{{ '%1000000000d' | format(1) }}".to_owned(),
        "{{ 2 ** 2 ** 2 ** 2 ** 2 ** 2 ** 2 }}".to_owned(),
    ];
    for bomb in bombs {
        let began = Instant::now();
        let outcome = Prompt::parse(&format!("user:\n{bomb}"), PromptKind::Prompty)
            .render(&Map::new(), &RenderOptions::default());
        let took = began.elapsed();
        let shown: String = bomb.chars().take(60).collect();
        assert!(took < Duration::from_secs(1), "{shown}: {took:?}");
        assert!(
            outcome.is_err() || outcome.is_ok_and(|rendered| rendered.messages[0].content.len() < 100),
            "{shown} went through"
        );
    }
}

#[test]
fn front_matter_bombs_stop_within_a_second() {
    let laughs: Vec<String> =
        (1..10).map(|level| format!("a{level}: &a{level} [{}]", format!("*a{},", level - 1).repeat(10))).collect();
    let laughs = format!("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n{}", laughs.join("\n"));
    let bombs = [
        laughs,
        "- ".repeat(100_000),
        "[".repeat(100_000),
        "{a: ".repeat(50_000),
        "a: \"\\".repeat(50_000),
        "x".repeat(1_000_000),
    ];
    for bomb in bombs {
        let began = Instant::now();
        let prompt = Prompt::parse(&format!("---\n{bomb}\n---\nuser:\nhi"), PromptKind::Prompty);
        let took = began.elapsed();
        let shown: String = bomb.chars().take(40).collect();
        assert!(took < Duration::from_secs(1), "{shown}: {took:?}");
        assert!(prompt.render(&Map::new(), &RenderOptions::default()).is_err(), "{shown} went through");
    }
}

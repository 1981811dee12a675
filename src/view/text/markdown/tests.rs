//! Markdown to rows, by example.

use proptest::prelude::*;

use super::*;
use crate::view::text::span::{Marks, Span};
use crate::view::text::width::display_width;

fn rendered(text: &str, width: usize) -> Rendered {
    let setting = Setting { width, place: Place::First, first_number: None };
    render(text, &Origin::slice(0), setting, &Colours::new())
}

fn shown(text: &str, width: usize) -> String {
    rendered(text, width).rows.iter().map(|row| row.text().trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(text: &str, width: usize, expected: &str) {
    assert_eq!(shown(text, width), expected, "\n--- source:\n{text}\n---");
}

#[test]
fn paragraphs_keep_their_line_breaks_and_indents() {
    check("Name: X\nDate: Y\n\nmore", 20, "Name: X\nDate: Y\n\nmore");
    check("roses\n   are red\n  *violets*", 20, "roses\n   are red\n  violets");
    check("a long line that wraps", 10, "a long\nline that\nwraps");
    check("one\n\n\n\ntwo", 10, "one\n\ntwo");
    check("hard  \nbreak\\\nagain", 10, "hard\nbreak\nagain");
}

#[test]
fn headings_keep_their_level_visible() {
    check("# Top\ntext\n## Sub\n\nmore", 20, "# Top\ntext\n## Sub\n\nmore");
    check("Setext\n======\nx", 20, "# Setext\nx");
}

#[test]
fn lists_hang_nest_count_and_tick() {
    check("- one two three\n- b\n  - c\n\n- d", 9, "• one two\n  three\n• b\n  • c\n\n• d");
    check("9. a\n10. b\n\n    para", 20, "9. a\n10. b\n\n    para");
    check("- [ ] open\n- [x] done two words", 12, "[ ] open\n[x] done two\n    words");
    check("- a\n-\n- c", 20, "• a\n•\n• c");
    check("1. one\n   ```py\n   x = 1\n   y\n   ```\n2. two", 20, "1. one\n   py\n   │ x = 1\n   │ y\n2. two");
}

#[test]
fn quotations_have_a_bar_on_every_row() {
    check("> one two three\n>\n> four\n> > five", 10, "▎ one two\n▎ three\n▎\n▎ four\n▎ ▎ five");
}

#[test]
fn code_is_cut_at_columns_behind_its_bar() {
    check("```rust\nfn main() {}\n\nx\n```\nafter", 10, "rust\n│ fn main(\n┆ ) {}\n│\n│ x\nafter");
    check("text\n\n    indented\n      code\n", 20, "text\n\n    indented\n      code");
    check("```\n# not a heading\n**raw**", 20, "│ # not a heading\n│ **raw**");
}

#[test]
fn tables_align_shrink_and_become_records() {
    let table = "| Name | Count |\n|:-----|------:|\n| apple | 1 |\n| kiwi fruit | 20 |\n";
    check(table, 40, "Name       │ Count\n───────────┼──────\napple      │     1\nkiwi fruit │    20");
    check(table, 16, "Name     │ Count\n─────────┼──────\napple    │     1\nkiwi     │    20\nfruit    │");
    check(table, 12, "Name: apple\nCount: 1\n\nName: kiwi\n  fruit\nCount: 20");
    check("| a | b |\n|---|---|\n| **x** `y` | \\| |\n", 20, "a   │ b\n────┼──\nx y │ |");
}

#[test]
fn links_show_their_address_and_references_stand_as_written() {
    check("see [the docs](https://x.y/z) now", 60, "see the docs (https://x.y/z) now");
    check("<https://x.y> and [https://x.y](https://x.y)", 60, "https://x.y and https://x.y");
    check("![a cat](cat.png)", 60, "![a cat] (cat.png)");
    check(
        "[foo][1] and [bar]\n\n[1]: https://x.y\n[bar]: /z\n",
        60,
        "[foo][1] and [bar]\n\n[1]: https://x.y\n[bar]: /z",
    );
    check("> [a]: /hidden\n> text [a]", 60, "> [a]: /hidden\n> text [a]");
}

#[test]
fn html_rules_and_escapes() {
    check("a <b>bold</b> &amp; \\*not\\*", 60, "a <b>bold</b> & *not*");
    check("<div>\n  <p>x</p>\n</div>\n\nafter", 60, "<div>\n  <p>x</p>\n</div>\n\nafter");
    check("a\n\n---\nb", 5, "a\n\n─────\nb");
}

#[test]
fn json_is_left_as_it_is() {
    let json = "{\n  \"a*b*c\": \"x\\\"y\",\n  \"_n_\": [1, 2]\n}";
    check(json, 60, json);
    check(&format!("Here:\n\n{json}\n\nDone *now*."), 60, &format!("Here:\n\n{json}\n\nDone now."));
    check("[{\"a\": \"**b**\"}]", 60, "[{\"a\": \"**b**\"}]");
}

#[test]
fn what_looks_like_json() {
    let cases = [
        ("{", Some(true)),
        (" \n{\"a\"", Some(true)),
        ("[", None),
        ("[ {", Some(true)),
        ("[\"a", Some(true)),
        ("[1", None),
        ("[1, 2]", Some(true)),
        ("[1] see", Some(false)),
        ("[1]: x", Some(false)),
        ("[link](x)", Some(false)),
        ("", None),
        ("text {", Some(false)),
    ];
    for (text, expected) in cases {
        assert_eq!(looks_like_json(text), expected, "{text:?}");
    }
}

#[test]
fn controls_in_any_place_become_visible() {
    let esc = "\u{1b}]52;c;x\u{7}";
    for text in [
        format!("text {esc}"),
        format!("# {esc}"),
        format!("- {esc}\n> {esc}"),
        format!("```{esc}\n{esc}\n```"),
        format!("|{esc}|\n|---|\n|{esc}|"),
        format!("[{esc}](/{esc}) `{esc}` <b {esc}>"),
        format!("<div>\n{esc}\n</div>"),
        "&#27;[2J &#x202e; &#7;".to_owned(),
    ] {
        let shown = shown(&text, 60);
        assert!(shown.contains('␛') && !shown.chars().any(|c| c != '\n' && c.is_control()), "{shown:?}");
    }
}

#[test]
fn runs_know_role_marks_and_source() {
    let text = "a **bold *both*** `code` [l](u)";
    let rows = rendered(text, 60).rows;
    let find = |wanted: &str| -> &Span { rows[0].spans.iter().find(|span| span.text == wanted).unwrap() };
    assert_eq!(find("bold ").kind.marks, Marks::STRONG);
    assert_eq!(find("both").kind.marks, Marks::STRONG.with(Marks::EMPHASIS));
    assert_eq!((find("code").kind.role, &text[find("code").source.clone()]), (Role::Code, "code"));
    assert_eq!((find("l").kind.role, &text[find("l").source.clone()]), (Role::Link, "l"));
    assert_eq!(find(" (u)").kind.role, Role::Address);
}

#[test]
fn code_asks_for_colours_until_it_has_them() {
    let text = "- x\n  ```rust\n  fn a() {}\n  ```\n";
    let wanted = rendered(text, 40).wanted;
    assert_eq!(wanted.len(), 1);
    assert_eq!((wanted[0].language.as_str(), wanted[0].code.as_str()), ("rust", "fn a() {}\n"));
    let lines = crate::view::text::highlight::Highlighter::new().run(&wanted[0], &|| true).unwrap();
    let colours = Colours::from([(wanted[0].key, Arc::new(lines))]);
    let setting = Setting { width: 40, place: Place::First, first_number: None };
    let coloured = render(text, &Origin::slice(0), setting, &colours);
    assert!(coloured.wanted.is_empty());
    assert!(coloured.rows.iter().flat_map(|row| &row.spans).any(|span| matches!(span.kind.role, Role::Syntax(_))));
}

/// Text made of what markdown is made of.
pub(crate) fn markdown_text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "word",
        "two words",
        "日本",
        "**",
        "*",
        "`",
        "```",
        "```rust\n",
        "~~~\n",
        "\n",
        "\n\n",
        "\n\n",
        "# ",
        "\n- ",
        "\n  - ",
        "\n1. ",
        "\n> ",
        "\n    ",
        "---\n",
        "\n===\n",
        "|",
        "\n|-|-|\n",
        "[a](b)",
        "[",
        "]: /u\n",
        "](",
        "<div>\n",
        "</b>",
        "<!--",
        "-->",
        "\\",
        "&amp;",
        "{",
        "[1, 2",
        "\t",
        " ",
        "\r\n",
        "\u{1b}[0m",
        "👩\u{200d}🚀",
        "\n- [ ] ",
        "~~",
        "https://x.y ",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_text_renders_within_its_width(text in markdown_text(), width in 1_usize..60) {
        let rendered = rendered(&text, width);
        for row in &rendered.rows {
            prop_assert!(row.text().chars().all(|character| !character.is_control()));
            // A wide character alone needs two cells, a bar of code two more.
            prop_assert!(display_width(&row.text()) <= width.max(6), "{:?}", row.text());
            prop_assert!(row.source.end <= text.len());
        }
    }

    #[test]
    fn no_letter_is_lost(text in markdown_text().prop_filter("tables drop surplus cells", |text| !text.contains('|'))) {
        let letters = |text: &str| text.chars().filter(|character| "wordtsab日本".contains(*character)).count();
        let entities = 2 * text.matches("&amp;").count();
        let out = shown(&text, 200);
        prop_assert!(letters(&out) + entities >= letters(&text), "{text:?}\n{out}");
    }
}

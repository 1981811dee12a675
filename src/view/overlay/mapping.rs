//! The mapping screen drawn: how the file is used, what each column is, and beside or under it the case and the messages.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::list::say;
use super::press::open_box;
use crate::data::Layout;
use crate::state::{MappedRow, MappingForm};
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, fit_parts, sanitise_line, truncate_to_width, word_rows};

/// From so many columns on the preview stands beside the form.
const BESIDE: u16 = 110;
/// Columns of a column's name, at most.
const NAME: usize = 20;

/// Draws it over the screen.
pub(super) fn draw(form: &mut MappingForm, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let aside = if form.writing { "reading all rows with it…" } else { "Enter: write fourfold.toml and use it" };
    let inside = open_box(area, buffer, theme, "Columns", aside, drawn);
    if inside.is_empty() {
        return;
    }
    let mut body = inside;
    if body.height > 5 {
        body.height -= 1;
        let does = "↑↓ line · ←→ what it is · n p row · PgUp PgDn preview · a as recognised · Enter write · Esc";
        let place = Rect { y: body.bottom(), height: 1, ..body };
        say(&fit_parts(does, usize::from(body.width)), Role::Muted, place, buffer, theme);
    }
    let (left, right) = if body.width >= BESIDE {
        let half = body.width / 2;
        (Rect { width: half - 1, ..body }, Rect { x: body.x + half + 1, width: body.width - half - 1, ..body })
    } else {
        let rows = (form.columns.len() as u16 + 3).min(body.height.div_ceil(2));
        (Rect { height: rows, ..body }, Rect { y: body.y + rows, height: body.height - rows, ..body })
    };
    lines(form, left, buffer, theme, drawn);
    preview(form, right, buffer, theme);
}

/// The words about the file, then a line for its use and one for each column.
fn lines(form: &MappingForm, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let mut head = vec![(Role::Muted, form.about.clone())];
    head.push(match &form.fault {
        Some(fault) => (Role::Error, fault.clone()),
        None if form.layout == Layout::Plain => {
            (Role::Muted, "No well-known layout: say which column is what.".to_owned())
        }
        None => (Role::Accent, format!("Recognised: {}.", form.layout.in_words())),
    });
    let mut top = area;
    for (role, text) in head {
        // A fault may be long, and is what has to be read.
        let most = if role == Role::Error { usize::from(area.height / 2) } else { 1 };
        for row in word_rows(&text, usize::from(area.width)).into_iter().take(most) {
            if top.height <= 1 {
                break;
            }
            say(&row, role, Rect { height: 1, ..top }, buffer, theme);
            top = Rect { y: top.y + 1, height: top.height - 1, ..top };
        }
    }
    let count = form.columns.len() + 1;
    let rows = usize::from(top.height);
    let first = (form.selected + 1).saturating_sub(rows);
    let widest = form.columns.iter().map(|column| display_width(&sanitise_line(&column.name))).max().unwrap_or(0);
    let name_width = widest.clamp("use as".len(), NAME);
    for (row, index) in (first..count).take(rows).enumerate() {
        let place = Rect { y: top.y + row as u16, height: 1, ..top };
        let here = index == form.selected;
        let (name, said, sample) = match index.checked_sub(1).and_then(|index| form.columns.get(index)) {
            None => ("use as".to_owned(), form.used.in_words().to_owned(), String::new()),
            Some(column) => {
                let sample: String = column.sample.chars().take(200).collect();
                let sample = sample.split_whitespace().collect::<Vec<_>>().join(" ");
                (column.name.clone(), column.role.in_words(&column.name), sample)
            }
        };
        let name = truncate_to_width(&sanitise_line(&name), name_width).into_owned();
        let pad = " ".repeat(name_width.saturating_sub(display_width(&name)));
        let arrows =
            if here { format!("‹ {} ›", sanitise_line(&said)) } else { format!("  {}", sanitise_line(&said)) };
        let mut text = format!("{} {name}{pad} {arrows}", if here { "▸" } else { " " });
        let used = display_width(&text);
        let room = usize::from(place.width).saturating_sub(used + 3);
        if room > 6 && !sample.is_empty() {
            let column = 34.min(usize::from(place.width) / 2).max(used);
            let gap = " ".repeat(column - used);
            let room = usize::from(place.width).saturating_sub(column + 3);
            text = format!("{text}{gap}  {}", truncate_to_width(&sanitise_line(&sample), room));
        }
        let role = if here { Role::Selection } else { Role::Text };
        buffer.set_style(place, theme.style(role));
        say(&text, role, place, buffer, theme);
        drawn.targets.push((place, Target::Line(index)));
    }
}

/// What comes of the row.
fn preview(form: &mut MappingForm, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let width = usize::from(area.width);
    let mut all: Vec<(Role, String)> = Vec::new();
    let mut add = |role: Role, text: &str| all.extend(word_rows(text, width).into_iter().map(|row| (role, row)));
    add(Role::Title, &format!("Row {} of {} as a case", form.row + 1, form.rows));
    match &form.preview {
        None => add(Role::Muted, "reading…"),
        Some(Err(reason)) => add(Role::Error, reason),
        Some(Ok(mapped)) => {
            let MappedRow { case, messages } = mapped.as_ref();
            add(Role::Muted, &format!("id {}", case.id));
            for turn in &case.turns {
                add(Role::Text, &format!("turn, {}: {}", turn.role.as_str(), turn.content));
            }
            for (name, value) in &case.variables {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                add(Role::Text, &format!("{{{{ {name} }}}} = {value}"));
            }
            match &case.reference {
                Some(reference) => add(Role::Success, &format!("right answer: {reference}")),
                None => add(Role::Warning, "no right answer: answers can be read and compared, not scored"),
            }
            add(Role::Text, "");
            match messages {
                Err(reason) => {
                    add(Role::Title, "The prompt cannot be asked like this");
                    add(Role::Warning, reason);
                }
                Ok(messages) => {
                    add(Role::Title, "The prompt on the screen asks, without examples");
                    for message in messages {
                        add(Role::Label, &format!("{}:", message.role.as_str()));
                        add(Role::Text, &message.content);
                    }
                }
            }
        }
    }
    let rows = usize::from(area.height);
    form.scroll = form.scroll.min(all.len().saturating_sub(rows));
    for (row, (role, text)) in all.into_iter().skip(form.scroll).take(rows).enumerate() {
        say(&text, role, Rect { y: area.y + row as u16, height: 1, ..area }, buffer, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DataFiles;
    use crate::data::{Case, Mapping};
    use crate::prompt::{Message, Role as Speaker};
    use crate::state::{ColumnChoice, ColumnRole, FileUse};
    use crate::theme::{ColorLevel, Library};

    fn form() -> MappingForm {
        let column = |name: &str, sample: &str, role| ColumnChoice {
            name: name.to_owned(),
            sample: sample.to_owned(),
            is_turns: false,
            role,
        };
        let case = Case {
            id: "1".to_owned(),
            variables: serde_json::json!({"question": "What is 2 + 2?"}).as_object().unwrap().clone(),
            turns: Vec::new(),
            reference: Some("4".to_owned()),
        };
        let messages = Ok(vec![Message::new(Speaker::User, "Answer: What is 2 + 2?")]);
        MappingForm {
            path: "/w/data/qa.csv".into(),
            name: "data/qa.csv".into(),
            about: "data/qa.csv · 12 rows · comma-separated values".to_owned(),
            layout: Layout::QuestionAnswer,
            recognised: Mapping { reference: Some("answer".into()), ..Mapping::default() },
            said: None,
            rows: 12,
            columns: vec![
                column("question", "What is\n2 + 2? \u{1b}[31m", ColumnRole::Variable(None)),
                column("answer", "4", ColumnRole::Reference),
            ],
            prompt_variables: Vec::new(),
            files: DataFiles::None,
            can_pin: false,
            used: FileUse::Drawn,
            before: None,
            selected: 1,
            row: 0,
            generation: 1,
            preview: Some(Ok(Box::new(MappedRow { case, messages }))),
            scroll: 0,
            fault: None,
            writing: false,
        }
    }

    fn drawn(form: &mut MappingForm, width: u16, height: u16) -> (String, Drawn) {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let mut places = Drawn::default();
        draw(form, area, &mut buffer, &Library::default_theme(ColorLevel::Mono), &mut places);
        (super::super::text_of(&buffer), places)
    }

    #[test]
    fn what_was_recognised_what_it_becomes_and_what_is_asked_are_seen() {
        for (width, height) in [(120, 30), (80, 24)] {
            let (text, places) = drawn(&mut form(), width, height);
            for part in [
                "Recognised: questions and answers",
                "‹ variable {{ question }} ›",
                "reference: the right answer",
                "Row 1 of 12 as a case",
                "right answer: 4",
                "Answer: What is 2 + 2?",
            ] {
                assert!(text.contains(part), "{part} at {width}x{height}:\n{text}");
            }
            assert!(!text.contains('\u{1b}'));
            let lines = places.targets.iter().filter(|(_, target)| matches!(target, Target::Line(_))).count();
            assert_eq!(lines, 3, "the use and each column can be clicked on");
        }
    }

    #[test]
    fn no_size_breaks_it_and_the_selected_line_stays_in_sight() {
        let mut form = form();
        form.selected = 2;
        form.fault = Some("fourfold.toml:32: this has a section of its own ".repeat(8));
        for width in (0..=50).chain([79, 80, 110, 200]) {
            for height in (0..=24).chain([60]) {
                let (text, _) = drawn(&mut form, width, height);
                if width >= 40 && height >= 12 {
                    assert!(text.contains("▸"), "{width}x{height}:\n{text}");
                }
            }
        }
    }
}

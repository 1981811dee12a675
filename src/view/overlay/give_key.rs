//! The form that takes a key: for whom, how many letters it has, what becomes of it. The key itself is drawn nowhere.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::{centred, open_box, say};
use crate::app::Action;
use crate::state::KeyForm;
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::word_rows;

/// Columns of the form.
const WIDTH: u16 = 76;

/// As many letters as dots are drawn for.
const MOST_DOTS: usize = 32;

/// What becomes of the key.
fn promise(form: &KeyForm) -> String {
    format!(
        "Type or paste it; it is never shown. {} is asked for its models with it, and once it takes the key, this is kept as `{}` \
         for you alone: in the system's keyring where this build has one, else in a file with mode 0600.",
        form.place.title(),
        form.place.name
    )
}

/// Draws the form over `area`.
pub(super) fn draw(form: &KeyForm, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let width = usize::from(WIDTH.min(area.width).saturating_sub(2)).max(1);
    let (role, words) = match &form.fault {
        Some(fault) => (Role::Error, fault.clone()),
        None => (Role::Muted, promise(form)),
    };
    let mut lines: Vec<(Role, String)> = word_rows(&words, width).into_iter().map(|row| (role, row)).collect();
    if form.place.is_open_to_all() {
        let warning = "This address is not encrypted: whoever stands between can read the key.";
        lines.extend(word_rows(warning, width).into_iter().map(|row| (Role::Warning, row)));
    }
    let outer = centred(area, WIDTH, lines.len() as u16 + 6);
    let inside = open_box(outer, buffer, theme, &format!("A key for {}", form.place.title()), "Esc closes");
    if inside.is_empty() {
        return;
    }
    let letters = form.typed.letters();
    let dots = "•".repeat(letters.min(MOST_DOTS.min(width.saturating_sub(20))));
    let count = match letters {
        0 => String::new(),
        1 => "  1 letter".to_owned(),
        many => format!("  {many} letters"),
    };
    Line::from(vec![
        Span::styled("› ", theme.style(Role::Accent)),
        Span::styled(dots.clone(), theme.style(Role::Text)),
        Span::styled(count, theme.style(Role::Muted)),
    ])
    .render(Rect { height: 1, ..inside }, buffer);
    let caret = inside.x + 2 + dots.chars().count() as u16;
    drawn.caret = (!form.asking).then(|| Position::new(caret.min(inside.right() - 1), inside.y));
    let row = |at: u16| Rect { y: inside.y + at, height: 1, ..inside };
    let fits = |at: u16| at < inside.height;
    let last = inside.height - 1;
    for (at, (role, line)) in (2..).zip(&lines).filter(|(at, _)| fits(at + 2)) {
        say(line, *role, row(at), buffer, theme);
    }
    if last == 0 {
        return;
    }
    if form.asking {
        say("asking…", Role::Info, row(last), buffer, theme);
        return;
    }
    let mut place = row(last);
    for (key, does, target) in [
        ("Enter", "ask with it", Target::Line(0)),
        ("Ctrl+U", "start again", Target::Line(1)),
        ("Esc", "not now", Target::Do(Action::Leave)),
    ] {
        let taken = (key.len() + 1 + does.len()) as u16;
        if taken > place.width {
            break;
        }
        let cell = Rect { width: taken, ..place };
        Line::from(vec![
            Span::styled(key, theme.style(Role::Key)),
            Span::styled(format!(" {does}"), theme.style(Role::Muted)),
        ])
        .render(cell, buffer);
        drawn.targets.push((cell, target));
        place =
            Rect { x: place.x + (taken + 3).min(place.width), width: place.width.saturating_sub(taken + 3), ..place };
    }
}

#[cfg(test)]
mod tests {
    use super::super::text_of;
    use super::*;
    use crate::state::{ArmSlot, KeyPlace};
    use crate::theme::Theme;

    fn shown(form: &KeyForm, width: u16, height: u16) -> (String, Drawn) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let mut drawn = Drawn::default();
        draw(form, buffer.area, &mut buffer, &Theme::plain(), &mut drawn);
        (text_of(&buffer), drawn)
    }

    fn form(url: &str) -> KeyForm {
        KeyForm::new(ArmSlot::A, KeyPlace::at(url).unwrap())
    }

    #[test]
    fn it_says_whose_key_it_is_and_what_becomes_of_it_and_never_the_key() {
        let mut form = form("https://gateway.test/v1");
        form.typed.push("sk-canary");
        let (text, drawn) = shown(&form, 80, 24);
        insta::assert_snapshot!(text);
        assert!(!text.contains("canary") && !format!("{form:?}").contains("canary"));
        assert_eq!(drawn.targets.len(), 3, "what the keys do can be clicked");
        form.fault = Some("Not kept: https://gateway.test/v1 answered 401: no such key\u{1b}[2J".to_owned());
        let (text, _) = shown(&form, 80, 24);
        assert!(text.contains("answered 401") && !text.contains('\u{1b}'), "{text}");
        form.asking = true;
        assert!(shown(&form, 80, 24).0.contains("asking…"));
    }

    #[test]
    fn what_can_be_read_on_the_way_is_said() {
        let warning = "This address is not encrypted";
        assert!(shown(&form("http://gpu-box:8000/v1"), 80, 24).0.contains(warning));
        for private in ["http://127.0.0.1:8000/v1", "https://gpu-box/v1"] {
            assert!(!shown(&form(private), 80, 24).0.contains(warning), "{private}");
        }
    }

    #[test]
    fn no_size_breaks_it() {
        let mut form = form("https://api.openai.com/v1");
        form.typed.push(&"k".repeat(300));
        for (width, height) in (0..=60).flat_map(|width| (0..=16).map(move |height| (width, height))) {
            let (_, drawn) = shown(&form, width, height);
            assert!(drawn.targets.iter().all(|(place, _)| place.right() <= width && place.bottom() <= height));
        }
    }
}

//! Overlays that are read: help, messages, previews, the history, forms.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::list::{centred, open_box, say};
use super::{own_keys, press};
use crate::app::{Action, Scope, TABLE, scopes};
use crate::editor::Editor;
use crate::state::{ArmSlot, ArmState, FormField, Preview, State, TallyPage, Tone};
use crate::stats::wording::counted;
use crate::stats::{Confidence, Tally};
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, word_rows};
use crate::view::widget::field;

/// A line of a page: its role and its text.
pub(super) type PageLine = (Role, String);

/// Lines of running text.
pub(super) fn plain(lines: Vec<String>) -> Vec<PageLine> {
    lines.into_iter().map(|line| (Role::Text, line)).collect()
}

/// The widest page, its frame included.
const WIDEST: u16 = 96;
/// Columns of the keys on the help page.
const KEYS: usize = 24;

/// With fewer columns the help page has what a key does under it, not beside it.
const SIDE_BY_SIDE: usize = 48;

/// Columns that a line of a page has.
pub(super) fn width_in(area: Rect) -> usize {
    usize::from(area.width.min(WIDEST).saturating_sub(2)).max(1)
}

/// A line as the rows it needs; those after the first stand under its first word.
fn folded((role, text): &PageLine, width: usize) -> Vec<PageLine> {
    let margin = text.len() - text.trim_start_matches(' ').len();
    let margin = " ".repeat(if margin < width / 2 { margin } else { 0 });
    let text = text.strip_prefix(&margin).unwrap_or(text);
    let rows = word_rows(text, width - margin.len()).into_iter();
    rows.map(|row| (*role, format!("{margin}{row}"))).collect()
}

/// Shows a page that can be longer than the screen; `scroll` is kept inside it. Gives back where its lines are, and which of them are
/// headings.
pub(super) fn show(
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    title: &str,
    lines: &[PageLine],
    scroll: &mut usize,
) -> (Rect, Vec<usize>) {
    let width = width_in(area);
    let lines: Vec<PageLine> = lines.iter().flat_map(|line| folded(line, width)).collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    let outer = centred(area, WIDEST, height.max(5));
    let rows = usize::from(outer.height.saturating_sub(2)).max(1);
    *scroll = (*scroll).min(lines.len().saturating_sub(rows));
    let more = lines.len().saturating_sub(*scroll + rows);
    let aside = if more > 0 { format!("{more} more ↓") } else { "Esc closes".to_owned() };
    let inside = open_box(outer, buffer, theme, title, &aside);
    for (row, (role, text)) in lines.iter().skip(*scroll).take(usize::from(inside.height)).enumerate() {
        let place = Rect { y: inside.y + row as u16, height: 1, ..inside };
        Line::from(Span::styled(text.as_str(), theme.style(*role))).render(place, buffer);
    }
    (inside, lines.iter().enumerate().filter(|(_, (role, _))| *role == Role::Title).map(|(row, _)| row).collect())
}

/// Keys of what lies over the screen, with the few that work everywhere; or keys of the focused pane first, then all others, from the one table; what a key does is folded into its own columns of `width`.
pub(super) fn help(state: &State, width: usize) -> Vec<PageLine> {
    if let Some((title, rows)) = own_keys::of(state) {
        return help_over(state, title, &rows, width);
    }
    let here = scopes(state);
    let mut order: Vec<Scope> = here.iter().rev().copied().filter(|scope| *scope != Scope::Global).collect();
    order.push(Scope::Global);
    order.extend(Scope::ALL.into_iter().filter(|scope| !here.contains(scope)));
    let mut lines = Vec::new();
    for scope in order {
        if !lines.is_empty() {
            lines.push((Role::Text, String::new()));
        }
        lines.push((Role::Title, scope.title().to_owned()));
        for row in TABLE.iter().filter(|row| row.scope == scope) {
            let keys: Vec<String> = state.keys.all_chords_of(row.action).iter().map(|keys| keys.title()).collect();
            let keys = if keys.is_empty() { "palette".to_owned() } else { keys.join(", ") };
            lines.extend(key_row(&keys, row.help, width));
        }
    }
    lines.push((Role::Text, String::new()));
    lines.push((Role::Muted, "Typing, arrows, Shift+arrows, Ctrl+A/E/W/K/U/D work in text as in a shell.".to_owned()));
    lines.push((Role::Muted, "Shift+drag selects with the terminal's own selection.".to_owned()));
    lines
}

/// The page of what lies over the screen: its own keys, then those of the few that work over everything.
fn help_over(state: &State, title: String, rows: &[(String, &str)], width: usize) -> Vec<PageLine> {
    let mut lines = vec![(Role::Title, title)];
    lines.extend(rows.iter().flat_map(|(keys, does)| key_row(keys, does, width)));
    lines.extend([(Role::Text, String::new()), (Role::Title, "Over everything".to_owned())]);
    let always = [
        (Action::Leave, "Close what is in front: this page first."),
        (Action::Help, "Show the keys of what is in front, or go back to it."),
        (Action::CopyOrQuit, Action::CopyOrQuit.row().help),
        (Action::Quit, Action::Quit.row().help),
        (Action::Suspend, Action::Suspend.row().help),
        (Action::Redraw, Action::Redraw.row().help),
    ];
    for (action, does) in always {
        let keys: Vec<String> = state.keys.all_chords_of(action).iter().map(|keys| keys.title()).collect();
        lines.extend(key_row(&keys.join(" "), does, width));
    }
    lines
}

/// Keys and what they do: beside one another where `width` has room for that.
fn key_row(keys: &str, does: &str, width: usize) -> Vec<PageLine> {
    if width < SIDE_BY_SIDE {
        let keys = word_rows(keys, width.saturating_sub(2)).into_iter().map(|row| (Role::Label, format!("  {row}")));
        let told = word_rows(does, width.saturating_sub(4)).into_iter().map(|row| (Role::Text, format!("    {row}")));
        return keys.chain(told).collect();
    }
    let mut told = word_rows(does, width.saturating_sub(KEYS + 3)).into_iter();
    let keys_width = display_width(keys);
    let first = if keys_width > KEYS {
        format!("  {keys}")
    } else {
        format!("  {keys}{} {}", " ".repeat(KEYS - keys_width), told.next().unwrap_or_default())
    };
    let rest = told.map(|row| (Role::Text, format!("{}{row}", " ".repeat(KEYS + 3))));
    std::iter::once((Role::Text, first)).chain(rest).collect()
}

/// All notices, the newest first.
pub(super) fn messages(state: &State) -> Vec<PageLine> {
    if state.messages.is_empty() {
        return vec![(Role::Muted, "Nothing has been said yet.".to_owned())];
    }
    state
        .messages
        .iter()
        .rev()
        .map(|toast| {
            let role = match toast.tone {
                Tone::Done => Role::Success,
                Tone::Note => Role::Text,
                Tone::Bad => Role::Error,
            };
            (role, toast.text.clone())
        })
        .collect()
}

/// The exact messages of an arm.
pub(super) fn preview(state: &State, slot: ArmSlot) -> Vec<PageLine> {
    match state.previews.get(slot.index()) {
        None => vec![(Role::Muted, "The prompt is being read…".to_owned())],
        Some(Err(reason)) => reason.lines().map(|line| (Role::Error, line.to_owned())).collect(),
        Some(Ok(Preview { messages, count, ahead })) => {
            let about = if count.exact { "" } else { "about " };
            let mut lines = vec![(
                Role::Muted,
                format!(
                    "{about}{} tokens in {} {}. Tab: next arm.",
                    count.tokens,
                    messages.len(),
                    if messages.len() == 1 { "message" } else { "messages" }
                ),
            )];
            lines.extend(ahead.iter().map(|line| (Role::Muted, line.clone())));
            for message in messages {
                lines.push((Role::Text, String::new()));
                lines.push((Role::Title, format!("{}:", message.role.as_str())));
                lines.extend(message.content.lines().map(|line| (Role::Text, line.to_owned())));
            }
            lines
        }
    }
}

/// The votes about the two arms as they are now, with n and interval.
pub(super) fn tally(state: &State, page: &TallyPage) -> Vec<PageLine> {
    let (a, b, ties, left, all) = match page {
        TallyPage::Reading => return vec![(Role::Muted, "counting…".to_owned())],
        TallyPage::Failed(reason) => return vec![(Role::Error, reason.clone())],
        TallyPage::Read { a, b, ties, left, all } => (*a, *b, *ties, *left, all),
    };
    let name = |slot| state.arm(slot).map_or("", |arm: &ArmState| arm.id.as_str());
    let tally = Tally { left: a, right: b, tie: ties };
    let mut lines = vec![
        (Role::Title, format!("{:<24} {a:>4}", format!("A · {}", name(ArmSlot::A)))),
        (Role::Title, format!("{:<24} {b:>4}", format!("B · {}", name(ArmSlot::B)))),
        (Role::Text, format!("{:<24} {ties:>4}", "ties")),
        (Role::Muted, format!("{:<24} {:>4}", "n", tally.n())),
        (Role::Text, String::new()),
    ];
    match tally.preference() {
        Some(share) => {
            let interval = tally.interval(Confidence::NINETY_FIVE);
            lines.push((
                Role::Text,
                format!(
                    "A was preferred in {:.0} % of {}, 95 % interval {:.0} to {:.0} %.",
                    100.0 * share,
                    counted(tally.decided(), "decided vote"),
                    100.0 * interval.low,
                    100.0 * interval.high
                ),
            ));
            let verdict = if interval.contains(0.5) {
                "Too few votes to say which is better: the interval holds 50 %."
            } else {
                "The interval leaves 50 % out."
            };
            lines.push((Role::Text, format!("{verdict} Sign test p = {:.3}.", tally.p_value())));
            lines.push((
                Role::Muted,
                format!("{left} of {} went to the left side: about half is no habit.", tally.decided()),
            ));
        }
        None => lines.push((Role::Muted, "No decided vote yet: too few to say anything.".to_owned())),
    }
    lines.push((Role::Muted, "Counted over all sessions, for these arms with the prompt as it is now.".to_owned()));
    if !all.is_empty() {
        lines.push((Role::Text, String::new()));
        lines.extend(all.iter().map(|line| (Role::Text, line.clone())));
    }
    lines
}

/// A case to be typed or pasted: what is taken, the text, and what was wrong with it.
pub(super) fn paste_case(
    state: &State,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    editor: &mut Editor,
    fault: Option<&str>,
) -> Option<Position> {
    let outer = centred(area, 90, area.height.saturating_sub(6).clamp(8, 24));
    let key = state.keys.chord_in(Action::Run, &[Scope::Global]).map(crate::keys::Sequence::short).unwrap_or_default();
    let inside = open_box(outer, buffer, theme, "A case of your own", &format!("{key}: take it · Esc"));
    let names = if state.prompt.variables.is_empty() {
        "the prompt has no variables".to_owned()
    } else {
        format!("the prompt wants {}", state.prompt.variables.join(", "))
    };
    let (role, words) = match fault {
        Some(fault) => (Role::Error, fault.to_owned()),
        None => (
            Role::Muted,
            format!(
                "Type or paste: name: value lines, a JSON object, one row of CSV, or a JSON list of messages; {names}. \
                 `reference:` is the right answer."
            ),
        ),
    };
    let note = Rect { height: inside.height.min(3), ..inside };
    let words = sanitise_line(&words).into_owned();
    Paragraph::new(Span::styled(words, theme.style(role))).wrap(Wrap { trim: true }).render(note, buffer);
    let body = Rect { y: inside.y + note.height, height: inside.height - note.height, ..inside };
    field::draw(editor, body, buffer, theme)
}

/// Rows under a form for the words of one field.
const WORDS: u16 = 2;
/// Rows under a form for a long text, its rule included; as many as there are where there is less room.
const TEXT: u16 = 9;
/// Columns of a form's value.
const VALUE: u16 = 20;

/// A form: a name, a value, and what it does or what is wrong with it. Long texts are edited under it.
pub(super) fn form(
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    (title, aside): (&str, &str),
    (fields, focused): (&mut [FormField], usize),
    drawn: &mut Drawn,
) {
    // As many rows for every field, so that the form does not jump under the hand.
    let width = usize::from(WIDEST.min(area.width)).saturating_sub(2);
    let said = |field: &FormField| word_rows(field.fault.as_ref().unwrap_or(&field.help), width).len() as u16;
    let most = fields.iter().map(said).max().unwrap_or(0).clamp(WORDS, 2 * WORDS);
    let count = fields.len() as u16;
    let long = fields.iter().any(|field| field.long);
    let room = area.height.saturating_sub(count + 2);
    let words = if room >= most { most } else { WORDS };
    let text = if long { TEXT } else { 0 };
    let outer = centred(area, WIDEST, count + 2 + words + text);
    let inside = press::open_box(outer, buffer, theme, title, aside, drawn);
    // The words of the field with the caret stand under the form in full, where there is room for that; under them its text.
    let words = if inside.height > words + 2 { words } else { 0 };
    let here = fields.get(focused).is_some_and(|field| field.long);
    // Where not all fits, the room for a text is taken from the rows only while there is one to edit.
    let text = if here || inside.height >= count + words + text { text.min(inside.height / 2) } else { 0 };
    let below = Rect { y: inside.bottom() - text, height: text, ..inside };
    let under = Rect { y: below.y - words, height: words, ..inside };
    let inside = Rect { height: inside.height - words - text, ..inside };
    if let Some(field) = fields.get(focused).filter(|_| words > 0) {
        let (role, text) = field.fault.as_ref().map_or((Role::Muted, &field.help), |fault| (Role::Error, fault));
        let text = Span::styled(sanitise_line(text).into_owned(), theme.style(role));
        Paragraph::new(text).wrap(Wrap { trim: true }).render(under, buffer);
    }
    if let Some(field) = fields.get_mut(focused).filter(|field| field.long && text > 1) {
        let rule = Rect { height: 1, ..below };
        let bar = "─".repeat(usize::from(rule.width));
        Line::from(Span::styled(bar, theme.style(Role::Muted))).render(rule, buffer);
        let body = Rect { y: below.y + 1, height: below.height - 1, ..below };
        drawn.caret = field::draw(&mut field.editor, body, buffer, theme);
    }
    let rows = usize::from(inside.height).max(1);
    let first = (focused + 1).saturating_sub(rows);
    for (row, (index, field)) in fields.iter_mut().enumerate().skip(first).take(rows).enumerate() {
        let line = Rect { y: inside.y + row as u16, height: 1, ..inside };
        let here = index == focused;
        let mark = if here { "▸ " } else { "  " };
        let role = if here { Role::TitleFocused } else { Role::Text };
        Line::from(Span::styled(format!("{mark}{:<20}", field.name), theme.style(role))).render(line, buffer);
        let value = Rect { x: line.x + 22, width: line.width.saturating_sub(22).min(VALUE), ..line };
        if here && !field.long {
            drawn.caret = field::draw(&mut field.editor, value.intersection(line), buffer, theme);
        } else {
            say(&field.editor.text(), Role::Text, value.intersection(line), buffer, theme);
        }
        let note = Rect { x: value.right() + 1, width: line.right().saturating_sub(value.right() + 1), ..line };
        let (role, text) = field.fault.as_ref().map_or((Role::Muted, &field.help), |fault| (Role::Error, fault));
        say(text, role, note.intersection(line), buffer, theme);
        drawn.targets.push((line, Target::Line(index)));
    }
}

//! The settings of an arm as a form.

use super::keys::{Lines, command_of};
use super::prompt;
use crate::app::effect::Effect;
use crate::editor::{Command, Motion};
use crate::keys::{Chord, Key, Modifiers};
use crate::model::Parameters;
use crate::state::{ArmSlot, FormField, Overlay, State};
use crate::strategy::SettingKind;

/// Sampling settings of every model: name and help.
const SAMPLING: [(&str, &str); 8] = [
    ("temperature", "0 is greedy"),
    ("top_p", "nucleus, 0 to 1"),
    ("top_k", "keep this many tokens"),
    ("min_p", "keep tokens this likely beside the likeliest"),
    ("repetition_penalty", "1 is off"),
    ("seed", "makes sampling repeatable"),
    ("max_tokens", "longest answer"),
    ("stop", "ends the answer; several with | between"),
];

/// Opens the form for an arm: sampling first, then its strategy's own settings.
pub(super) fn open(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let Some(arm) = state.arm(slot) else { return Vec::new() };
    let values = written(&arm.parameters);
    let own = |name: &str| arm.strategy.strategy().settings().iter().any(|setting| setting.name == name);
    // What an empty line leaves to the model.
    let said = state.models.known(&arm.model).map(|spec| written(&spec.parameters)).unwrap_or_default();
    let sampling = |(((name, help), value), said): ((&(&str, &str), String), String)| {
        // The form then has two lines of that name.
        let help =
            if own(name) { "of calls that are not samples; for those the strategy has its own, below" } else { help };
        let help = if said.is_empty() { (*help).to_owned() } else { format!("{} says {said} · {help}", arm.model) };
        FormField::new(name, &help, &value)
    };
    let mut fields: Vec<FormField> = SAMPLING.iter().zip(values).zip(said).map(sampling).collect();
    for setting in arm.strategy.strategy().settings() {
        let value = arm.strategy.get(setting.name).map(|value| value.in_words()).unwrap_or_default();
        let is_text = matches!(setting.kind, SettingKind::Text | SettingKind::Template);
        let field = if is_text { FormField::text } else { FormField::new };
        let choices = match setting.kind {
            SettingKind::Choice(words) => words,
            SettingKind::Switch => &["yes", "no"],
            _ => &[],
        };
        fields.push(field(setting.name, setting.help, &value).of(choices));
    }
    super::actions::open(state, Overlay::Parameters { slot, fields, focused: 0 })
}

/// Parameters as the form shows them, in the order of [`SAMPLING`].
fn written(parameters: &Parameters) -> [String; 8] {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
    [
        text(parameters.temperature),
        text(parameters.top_p),
        text(parameters.top_k),
        text(parameters.min_p),
        text(parameters.repetition_penalty),
        text(parameters.seed),
        text(parameters.max_tokens),
        parameters.stop.join("|"),
    ]
}

/// A key while the form is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let now = state.now_ms;
    let Some(Overlay::Parameters { slot, fields, focused }) = state.overlays.last_mut() else { return Vec::new() };
    let slot = *slot;
    let last = fields.len().saturating_sub(1);
    let sideways = matches!(chord.key, Key::Left | Key::Right) && chord.modifiers.is_empty();
    if sideways && fields.get_mut(*focused).is_some_and(|field| field.step(chord.key == Key::Right)) {
        let index = *focused;
        check(state, slot, index);
        return Vec::new();
    }
    let arrow = matches!(chord.key, Key::Up | Key::Down) && chord.modifiers.is_empty();
    if let Some(field) = fields.get_mut(*focused).filter(|field| arrow && field.long) {
        // An arrow that moves nothing is at the text's end: it goes on into the next field.
        let before = field.editor.selection().place();
        let motion = if chord.key == Key::Up { Motion::RowUp } else { Motion::RowDown };
        field.editor.apply(Command::Move(motion), now);
        if field.editor.selection().place() != before {
            return Vec::new();
        }
    }
    match chord.key {
        Key::Up => *focused = focused.saturating_sub(1),
        Key::Tab if chord.modifiers.contains(Modifiers::SHIFT) => *focused = focused.saturating_sub(1),
        Key::Down | Key::Tab => *focused = (*focused + 1).min(last),
        Key::Enter => return keep(state),
        _ => {
            let index = *focused;
            let Some(field) = fields.get_mut(index) else { return Vec::new() };
            // Enter was taken by the form already; Ctrl+J is left for a new line.
            let lines = if field.long { Lines::Many } else { Lines::One };
            if let Some(command) = command_of(chord, lines) {
                field.editor.apply(command, now);
                check(state, slot, index);
            }
        }
    }
    Vec::new()
}

/// A field of the form was clicked on: it has the caret.
pub(super) fn focus(state: &mut State, field: usize) -> Vec<Effect> {
    if let Some(Overlay::Parameters { fields, focused, .. } | Overlay::Samples { fields, focused, .. }) =
        state.overlays.last_mut()
    {
        *focused = field.min(fields.len().saturating_sub(1));
    }
    Vec::new()
}

/// As [`check`], for the field that has the caret.
pub(super) fn check_focused(state: &mut State) {
    if let Some(Overlay::Parameters { slot, focused, .. }) = state.overlays.last() {
        let (slot, index) = (*slot, *focused);
        check(state, slot, index);
    }
}

/// Says in the field what is wrong with its value, as it is typed.
fn check(state: &mut State, slot: ArmSlot, index: usize) {
    let strategy = state.arm(slot).map(|arm| arm.strategy.clone());
    let Some(Overlay::Parameters { fields, .. }) = state.overlays.last_mut() else { return };
    let Some(field) = fields.get_mut(index) else { return };
    let text = field.editor.text();
    field.fault = if index < SAMPLING.len() {
        sampled(&mut Parameters::default(), &field.name, &text).err()
    } else {
        strategy.and_then(|mut strategy| {
            let setting = strategy.strategy().settings().iter().find(|setting| setting.name == field.name)?;
            match setting.kind.parse(&text) {
                None => Some(format!("needs {}", setting.kind.expected())),
                // A text may be no template.
                Some(value) => strategy.set(setting.name, value).err().map(|error| error.to_string()),
            }
        })
    };
}

/// Takes the form's values; a value that cannot be read keeps the form open, with the fault beside it.
fn keep(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Parameters { slot, fields, .. }) = state.overlays.last() else { return Vec::new() };
    let (slot, count) = (*slot, fields.len());
    for index in 0..count {
        check(state, slot, index);
    }
    let Some(Overlay::Parameters { fields, focused, .. }) = state.overlays.last_mut() else { return Vec::new() };
    if let Some(faulty) = fields.iter().position(|field| field.fault.is_some()) {
        *focused = faulty;
        return Vec::new();
    }
    let typed: Vec<(String, Option<String>)> =
        fields.iter().map(|field| (field.name.clone(), field.is_changed().then(|| field.editor.text()))).collect();
    state.overlays.pop();
    let Some(arm) = state.arm_mut(slot) else { return Vec::new() };
    // What the form does not show stays.
    let (mut parameters, mut strategy) = (arm.parameters.clone(), arm.strategy.clone());
    for (index, (name, text)) in typed.iter().enumerate() {
        // What nobody has touched stays as it is, to the last blank.
        let Some(text) = text else { continue };
        // Every field has just been checked; what is refused all the same leaves the setting as it was.
        if index < SAMPLING.len() {
            let _ = sampled(&mut parameters, name, text);
        } else if let Some(setting) = strategy.strategy().settings().iter().find(|setting| setting.name == name) {
            let _ = setting.kind.parse(text).map(|value| strategy.set(name, value));
        }
    }
    arm.strategy = strategy;
    arm.parameters = parameters;
    prompt::analyse(state)
}

/// Reads one sampling setting; an empty field leaves it unset. The fault, if there is one.
pub(super) fn sampled(parameters: &mut Parameters, name: &str, text: &str) -> Result<(), String> {
    let text = text.trim();
    match name {
        "temperature" => number(text, &mut parameters.temperature, "from 0 to 5", |value| (0.0..=5.0).contains(&value)),
        "top_p" => number(text, &mut parameters.top_p, "above 0, at most 1", |value| value > 0.0 && value <= 1.0),
        "top_k" => number(text, &mut parameters.top_k, "of 1 or more, whole", |value| value > 0),
        "min_p" => number(text, &mut parameters.min_p, "from 0 to 1", |value| (0.0..=1.0).contains(&value)),
        "repetition_penalty" => number(text, &mut parameters.repetition_penalty, "above 0, at most 10", |value| {
            value > 0.0 && value <= 10.0
        }),
        "seed" => number(text, &mut parameters.seed, "of 0 or more, whole", |_| true),
        "max_tokens" => number(text, &mut parameters.max_tokens, "of 1 or more, whole", |value| value > 0),
        "stop" => {
            parameters.stop = text.split('|').filter(|part| !part.is_empty()).map(str::to_owned).collect();
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Reads a number into `slot`; an empty field leaves it unset.
fn number<T: std::str::FromStr + Copy>(
    text: &str,
    slot: &mut Option<T>,
    expected: &str,
    allowed: impl Fn(T) -> bool,
) -> Result<(), String> {
    if text.is_empty() {
        *slot = None;
        return Ok(());
    }
    match text.parse::<T>() {
        Ok(value) if allowed(value) => {
            *slot = Some(value);
            Ok(())
        }
        _ => Err(format!("needs a number {expected}")),
    }
}

//! The settings of an arm as a form, and a case typed by hand.

use super::keys::{Lines, command_of};
use super::{arms, prompt};
use crate::app::effect::Effect;
use crate::data::{Mapping, parse_case};
use crate::editor::Editor;
use crate::keys::{Chord, Key};
use crate::model::Parameters;
use crate::state::{ArmSlot, CaseState, FormField, Overlay, State, Tone};
use crate::strategy::SettingValue;

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
    let mut fields: Vec<FormField> = SAMPLING
        .iter()
        .zip(values)
        .map(|((name, help), value)| field(name, &format!("{help}; empty: as the model says"), &value))
        .collect();
    for setting in arm.strategy.strategy().settings() {
        let value = arm.strategy.get(setting.name).map(|value| setting_text(&value)).unwrap_or_default();
        fields.push(field(setting.name, setting.help, &value));
    }
    super::actions::open(state, Overlay::Parameters { slot, fields, focused: 0 })
}

fn field(name: &str, help: &str, value: &str) -> FormField {
    FormField { name: name.to_owned(), help: help.to_owned(), editor: Editor::single_line(value), fault: None }
}

fn setting_text(value: &SettingValue) -> String {
    match value {
        SettingValue::Number(number) => number.to_string(),
        SettingValue::Text(text) => text.clone(),
        SettingValue::List(list) => list.join(", "),
    }
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
    let Some(Overlay::Parameters { fields, focused, .. }) = state.overlays.last_mut() else { return Vec::new() };
    let last = fields.len().saturating_sub(1);
    match chord.key {
        Key::Up => *focused = focused.saturating_sub(1),
        Key::Down | Key::Tab => *focused = (*focused + 1).min(last),
        Key::Enter => return keep(state),
        _ => {
            if let (Some(field), Some(command)) = (fields.get_mut(*focused), command_of(chord, Lines::One)) {
                field.editor.apply(command, now);
                field.fault = None;
            }
        }
    }
    Vec::new()
}

/// Takes the form's values; a value that cannot be read keeps the form open, with the fault beside it.
fn keep(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Parameters { slot, fields, .. }) = state.overlays.last_mut() else { return Vec::new() };
    let slot = *slot;
    let mut parameters = Parameters::default();
    for field in fields.iter_mut() {
        let text = field.editor.text().trim().to_owned();
        let fault = match field.name.as_str() {
            "temperature" => number(&text, &mut parameters.temperature, |value: f64| (0.0..=5.0).contains(&value)),
            "top_p" => number(&text, &mut parameters.top_p, |value: f64| value > 0.0 && value <= 1.0),
            "top_k" => number(&text, &mut parameters.top_k, |value: u32| value > 0),
            "min_p" => number(&text, &mut parameters.min_p, |value: f64| (0.0..=1.0).contains(&value)),
            "repetition_penalty" => number(&text, &mut parameters.repetition_penalty, |value: f64| value > 0.0),
            "seed" => number(&text, &mut parameters.seed, |_: u64| true),
            "max_tokens" => number(&text, &mut parameters.max_tokens, |value: u32| value > 0),
            "stop" => {
                parameters.stop = text.split('|').filter(|part| !part.is_empty()).map(str::to_owned).collect();
                None
            }
            _ => None,
        };
        field.fault = fault;
    }
    let settings: Vec<(String, String)> =
        fields.iter().skip(SAMPLING.len()).map(|field| (field.name.clone(), field.editor.text())).collect();
    if fields.iter().any(|field| field.fault.is_some()) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    if let Some(arm) = state.arm_mut(slot) {
        let mut strategy = arm.strategy.clone();
        for (name, text) in settings {
            let value = match strategy.get(&name) {
                Some(SettingValue::Number(_)) => {
                    let Ok(number) = text.trim().parse() else {
                        faults.push((name, "a whole number is needed".to_owned()));
                        continue;
                    };
                    SettingValue::Number(number)
                }
                Some(SettingValue::List(_)) => SettingValue::List(
                    text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect(),
                ),
                _ => SettingValue::Text(text),
            };
            if let Err(error) = strategy.set(&name, value) {
                faults.push((name, error.to_string()));
            }
        }
        if faults.is_empty() {
            arm.strategy = strategy;
            arm.parameters = parameters;
        }
    }
    if let (false, Some(Overlay::Parameters { fields, .. })) = (faults.is_empty(), state.overlays.last_mut()) {
        for (name, fault) in faults {
            if let Some(field) = fields.iter_mut().find(|field| field.name == name) {
                field.fault = Some(fault);
            }
        }
        return Vec::new();
    }
    state.overlays.pop();
    prompt::analyse(state)
}

/// Reads a number into `slot`; an empty field leaves it unset. The fault, if there is one.
fn number<T: std::str::FromStr + Copy>(
    text: &str,
    slot: &mut Option<T>,
    allowed: impl Fn(T) -> bool,
) -> Option<String> {
    if text.is_empty() {
        *slot = None;
        return None;
    }
    match text.parse::<T>() {
        Ok(value) if allowed(value) => {
            *slot = Some(value);
            None
        }
        Ok(_) => Some("out of range".to_owned()),
        Err(_) => Some("not a number".to_owned()),
    }
}

/// Takes the case that was typed.
pub(super) fn take_case(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::PasteCase(editor)) = state.overlays.last_mut() else { return Vec::new() };
    let text = editor.text();
    let expected: Vec<String> = state.case.original.variables.keys().cloned().collect();
    match parse_case(&text, &expected, &Mapping::default()) {
        Ok(case) => {
            state.overlays.pop();
            state.case = CaseState::new(case, None, state.case.count);
            arms::forget_answers(state);
            prompt::analyse(state)
        }
        Err(error) => super::toast(state, Tone::Bad, format!("{error}. {}", error.hint())),
    }
}

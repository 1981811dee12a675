//! "Did you mean": the known name most like a mistyped one.

/// The nearest of `known` to `name`, if any is near.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    similar::get_close_matches(name, known, 1, 0.6).into_iter().next()
}

/// A hint for an unknown name: the nearest known one, else all of them.
pub fn did_you_mean(name: &str, known: &[&str], noun: &str) -> String {
    match nearest(name, known) {
        Some(near) => format!("Did you mean `{near}`?"),
        None if known.is_empty() => format!("There is no {noun} here yet."),
        None => format!("Known here: {}.", known.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")),
    }
}

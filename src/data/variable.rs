//! Columns as variables of a prompt: a template takes letters, digits and underscores for a name, a head of a table anything.

/// Words of the template language.
const KEYWORDS: [&str; 13] =
    ["and", "else", "false", "False", "if", "in", "is", "none", "None", "not", "or", "true", "True"];

/// Whether a template can say `{{ name }}`.
pub fn is_variable(name: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.chars().all(is_part) && name.starts_with(|letter: char| !letter.is_ascii_digit()) && !KEYWORDS.contains(&name)
}

/// The name under which a template can ask for a column: `request_text` for `Request text`, its own where that will do.
/// `None` where no letter of it can stand in one.
pub fn variable_for(column: &str) -> Option<String> {
    if is_variable(column) {
        return Some(column.to_owned());
    }
    let words = column.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("_").to_ascii_lowercase();
    match name.chars().next() {
        None => None,
        Some(first) if first.is_ascii_digit() => Some(format!("column_{name}")),
        Some(_) if KEYWORDS.contains(&name.as_str()) => Some(format!("{name}_")),
        Some(_) => Some(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_tables_become_names_a_template_takes() {
        for (column, name) in [
            ("text", Some("text")),
            ("Text", Some("Text")),
            ("_id", Some("_id")),
            ("Request text", Some("request_text")),
            ("Price (EUR)", Some("price_eur")),
            ("2nd name", Some("column_2nd_name")),
            ("in", Some("in_")),
            ("Größe", Some("gr_e")),
            ("名前", None),
            ("", None),
        ] {
            assert_eq!(variable_for(column).as_deref(), name, "{column}");
            let engine = minijinja::Environment::new();
            if let Some(name) = name {
                assert!(is_variable(name) && engine.template_from_str(&format!("{{{{ {name} }}}}")).is_ok(), "{name}");
            }
            assert_eq!(is_variable(column), name == Some(column));
        }
    }
}

//! Which rows are kept of a table one looks through: conditions as a person types them.
//!
//! `kettle` keeps rows that hold the text; `answer = 4`, `quantity > 2`, `order ~ blue` look at one column; `marked`,
//! `faulty` and `leaked` at what is known of a row. Several are joined with ` & `, and all must hold.

use serde_json::{Map, Value};

use crate::prompt::nearest;

/// How a column's value is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Equal,
    Other,
    Less,
    AtMost,
    More,
    AtLeast,
    Holds,
}

/// The signs of tests; longer ones are looked for first.
const SIGNS: [(&str, Test); 7] = [
    ("!=", Test::Other),
    ("<=", Test::AtMost),
    (">=", Test::AtLeast),
    ("=", Test::Equal),
    ("<", Test::Less),
    (">", Test::More),
    ("~", Test::Holds),
];

#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Text(String),
    Column { name: String, test: Test, value: String },
    Marked(bool),
    Faulty(bool),
    Leaked(bool),
}

/// What must hold of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFilter(Vec<Condition>);

/// A row as a filter sees it.
#[derive(Clone, Copy, Debug)]
pub struct RowSeen<'a> {
    /// Its values; where it has none, the text that stands there.
    pub values: Result<&'a Map<String, Value>, &'a str>,
    /// Whether a person has marked it.
    pub marked: bool,
    /// Whether something is wrong with it.
    pub faulty: bool,
    /// Whether the leak guard found it.
    pub leaked: bool,
}

impl RowFilter {
    /// Reads what was typed; nothing for nothing. The error says what cannot be read, and what would do.
    pub fn parse(typed: &str, columns: &[String]) -> Result<Option<Self>, String> {
        let parts = typed.split(" & ").map(str::trim).filter(|part| !part.is_empty());
        let conditions = parts.map(|part| condition(part, columns)).collect::<Result<Vec<_>, String>>()?;
        Ok((!conditions.is_empty()).then_some(Self(conditions)))
    }

    /// Whether all of it holds.
    pub fn holds(&self, row: RowSeen<'_>) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::Marked(wanted) => row.marked == *wanted,
            Condition::Faulty(wanted) => row.faulty == *wanted,
            Condition::Leaked(wanted) => row.leaked == *wanted,
            Condition::Text(text) => match row.values {
                Ok(values) => values.values().any(|value| holds_text(&shown(value), text)),
                Err(raw) => holds_text(raw, text),
            },
            Condition::Column { name, test, value } => {
                row.values.is_ok_and(|values| passes(values.get(name), *test, value))
            }
        })
    }

    /// Whether it asks for rows that a person has marked.
    pub fn asks_for_marks(&self) -> bool {
        self.0.iter().any(|condition| matches!(condition, Condition::Marked(_)))
    }

    /// Whether it asks what only the leak guard knows.
    pub fn asks_for_leaks(&self) -> bool {
        self.0.iter().any(|condition| matches!(condition, Condition::Leaked(_)))
    }
}

/// A value as it is typed and shown: texts bare, anything else as JSON, nothing for what is not there.
fn shown(value: &Value) -> std::borrow::Cow<'_, str> {
    match value {
        Value::Null => "".into(),
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}

/// Whether a text holds another. Capitals count where the one looked for has some.
pub fn holds_text(text: &str, wanted: &str) -> bool {
    if wanted.chars().any(char::is_uppercase) { text.contains(wanted) } else { text.to_lowercase().contains(wanted) }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn passes(value: Option<&Value>, test: Test, wanted: &str) -> bool {
    let text = value.map_or_else(|| "".into(), shown);
    let numbers = number(&text).zip(number(wanted)).and_then(|(left, right)| left.partial_cmp(&right));
    let equal = numbers.map_or_else(|| text.trim() == wanted, std::cmp::Ordering::is_eq);
    match test {
        Test::Equal => equal,
        Test::Other => !equal,
        Test::Holds => holds_text(&text, wanted),
        // What is no number is neither more nor less than one; two texts are compared as texts.
        Test::Less | Test::AtMost | Test::More | Test::AtLeast => {
            let order = match (numbers, number(wanted)) {
                (Some(order), _) => order,
                (None, Some(_)) => return false,
                (None, None) if text.trim().is_empty() => return false,
                (None, None) => text.trim().cmp(wanted),
            };
            match test {
                Test::Less => order.is_lt(),
                Test::AtMost => order.is_le(),
                Test::More => order.is_gt(),
                _ => order.is_ge(),
            }
        }
    }
}

fn condition(part: &str, columns: &[String]) -> Result<Condition, String> {
    if let Some(quoted) = part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Ok(Condition::Text(quoted.to_owned()));
    }
    let (bare, wanted) = part.strip_prefix("not ").map_or((part, true), |rest| (rest.trim(), false));
    match bare {
        "marked" => return Ok(Condition::Marked(wanted)),
        "faulty" => return Ok(Condition::Faulty(wanted)),
        "leaked" => return Ok(Condition::Leaked(wanted)),
        _ => {}
    }
    // The first sign of the part; of two that begin there the longer one.
    let found = part.char_indices().find_map(|(at, _)| {
        let rest = part.get(at..)?;
        SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)).map(|(sign, test)| (at, *sign, *test))
    });
    let Some((at, sign, test)) = found else { return Ok(Condition::Text(part.to_owned())) };
    let name = part.get(..at).unwrap_or_default().trim();
    let value = part.get(at + sign.len()..).unwrap_or_default().trim();
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    if columns.iter().any(|column| column == name) {
        return Ok(Condition::Column { name: name.to_owned(), test, value: value.to_owned() });
    }
    let near = nearest(name, columns.iter().map(String::as_str));
    let near =
        near.map_or_else(|| format!(" There are: {}.", columns.join(", ")), |near| format!(" Did you mean `{near}`?"));
    Err(format!("There is no column `{name}`.{near} A text with {sign} in it goes in quotes."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns() -> Vec<String> {
        ["order", "answer", "quantity"].map(str::to_owned).to_vec()
    }

    fn keeps(typed: &str, row: &Value) -> bool {
        let filter = RowFilter::parse(typed, &columns()).unwrap().unwrap();
        filter.holds(RowSeen { values: Ok(row.as_object().unwrap()), marked: true, faulty: false, leaked: false })
    }

    #[test]
    fn texts_columns_and_marks_are_told_apart() {
        let row = json!({"order": "Two blue Kettles = 2", "answer": "4", "quantity": 12, "list": [1, 2]});
        for (typed, kept) in [
            ("kettles", true),
            ("kEttles", false),
            ("\"= 2\"", true),
            ("[1,2]", true),
            ("answer = 4", true),
            ("answer=4.0", true),
            ("answer != 4", false),
            ("quantity > 9", true),
            ("quantity >= 12 & answer < 10", true),
            ("quantity > 9 & towel", false),
            ("order > 3", false),
            ("order ~ blue", true),
            ("order = \"Two blue Kettles = 2\"", true),
            ("answer =", false),
            ("marked", true),
            ("not marked", false),
            ("faulty", false),
            ("not leaked & kettles", true),
            ("\"marked\"", false),
        ] {
            assert_eq!(keeps(typed, &row), kept, "{typed}");
        }
        assert!(keeps("answer =", &json!({"order": "x"})), "what is not there is empty");
    }

    #[test]
    fn nothing_keeps_everything_and_a_wrong_column_is_named() {
        assert_eq!(RowFilter::parse("  ", &columns()).unwrap(), None);
        let error = RowFilter::parse("anwser = 4", &columns()).unwrap_err();
        assert!(error.contains("`anwser`") && error.contains("Did you mean `answer`?"), "{error}");
        let filter = RowFilter::parse("broken", &columns()).unwrap().unwrap();
        let seen = RowSeen { values: Err("{broken"), marked: false, faulty: true, leaked: false };
        assert!(filter.holds(seen));
        let leaked = RowFilter::parse("leaked", &columns()).unwrap().unwrap();
        assert!(leaked.asks_for_leaks() && !leaked.asks_for_marks());
        assert!(RowFilter::parse("kettle & not marked", &columns()).unwrap().unwrap().asks_for_marks());
    }
}

//! JSON in which no object has two entries of one name: of two texts under one name nobody can say which was meant.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads a frame. Depth is limited as everywhere; a name that stands twice in one object is an error.
pub(super) fn from_str(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str::<Strict>(text).map(|Strict(value)| value)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(value)) = entries.next_element()? {
            list.push(value);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let Strict(value) = entries.next_value()?;
            if map.contains_key(&name) {
                return Err(A::Error::custom(format_args!("`{name}` stands twice in one object")));
            }
            map.insert(name, value);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_twice_is_an_error_at_any_depth() {
        assert!(from_str(r#"{"a":{"b":1},"c":[{"b":2}]}"#).is_ok());
        for twice in [r#"{"a":1,"a":1}"#, r#"[{"c":{"a":1,"b":2,"a":3}}]"#] {
            assert!(from_str(twice).unwrap_err().to_string().contains("stands twice"), "{twice}");
        }
        assert!(from_str(r#"{"a":"#).unwrap_err().is_eof());
        assert!(from_str(&"[".repeat(200)).unwrap_err().to_string().contains("recursion"));
    }

    proptest! {
        #[test]
        fn without_that_it_reads_what_everyone_reads(text in "[\\[\\]{}\",:a-c0-9.eE \\\\ntrufals-]{0,40}") {
            let (ours, theirs) = (from_str(&text), serde_json::from_str::<Value>(&text));
            match (ours, theirs) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
                (Err(error), Ok(_)) => prop_assert!(error.to_string().contains("stands twice"), "{}", error),
                (ours, theirs) => prop_assert!(ours.is_err() && theirs.is_err(), "{:?} {:?}", ours, theirs),
            }
        }
    }
}

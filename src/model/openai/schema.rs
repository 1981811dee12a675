//! How a server is asked to hold a model to a JSON schema. OpenAI's strict mode takes only schemas that leave nothing open and
//! refuses a call with any other; those are asked for without it. The answer is validated here either way.

use serde_json::{Map, Value, json};

/// The name that the schema of an answer goes by; servers want one.
const NAME: &str = "answer";

/// Name, schema, and whether it is to hold strictly: what both of OpenAI's interfaces ask, each in its own place.
pub(in crate::model) fn named(schema: &Value) -> Map<String, Value> {
    let is_object = schema.get("type").and_then(Value::as_str) == Some("object");
    let strict = is_object && is_closed(schema);
    Map::from_iter([
        ("name".to_owned(), json!(NAME)),
        ("strict".to_owned(), json!(strict)),
        ("schema".to_owned(), schema.clone()),
    ])
}

/// Whether every object in a schema names all of its members, requires them, and allows no others.
fn is_closed(schema: &Value) -> bool {
    match schema {
        Value::Array(parts) => parts.iter().all(is_closed),
        Value::Object(parts) => {
            let properties = parts.get("properties").and_then(Value::as_object);
            let kinds = parts.get("type");
            let object = |kind: &Value| kind.as_str() == Some("object");
            let is_object = properties.is_some()
                || kinds
                    .is_some_and(|kinds| object(kinds) || kinds.as_array().is_some_and(|all| all.iter().any(object)));
            let required = |name: &str| {
                parts.get("required").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == name))
            };
            let closed = parts.get("additionalProperties") == Some(&Value::Bool(false))
                && properties.is_some_and(|all| all.keys().all(|name| required(name)));
            // Members may be called as keywords are: they are looked into one by one.
            let inside = parts.iter().all(|(keyword, part)| match keyword.as_str() {
                "properties" | "$defs" | "definitions" => {
                    part.as_object().is_none_or(|all| all.values().all(is_closed))
                }
                "enum" | "const" | "default" | "examples" => true,
                _ => is_closed(part),
            });
            (!is_object || closed) && inside
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_schema_that_leaves_nothing_open_is_asked_for_strictly() {
        let closed = json!({
            "type": "object", "additionalProperties": false, "required": ["type", "items"],
            "properties": {
                "type": { "enum": ["a", { "type": "object" }] },
                "items": { "type": "array", "items": { "$ref": "#/$defs/item" } }
            },
            "$defs": { "item": { "type": "object", "additionalProperties": false, "required": [], "properties": {} } }
        });
        assert_eq!(named(&closed)["strict"], true);
        let without = |pointer: &str, key: &str| {
            let mut schema = closed.clone();
            schema.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key);
            schema
        };
        for open in [
            json!({ "type": "object" }),
            json!({ "type": "array", "items": closed }),
            json!({ "type": "object", "required": ["answer"] }),
            without("", "additionalProperties"),
            without("", "required"),
            without("/$defs/item", "additionalProperties"),
        ] {
            assert_eq!(named(&open)["strict"], false, "{open}");
            assert_eq!(named(&open)["schema"], open);
        }
    }
}

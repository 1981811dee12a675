//! The JSON Schema of `fourfold.toml`, and what it says about the keys of one table.

use std::collections::BTreeMap;

use schemars::{Schema, schema_for};
use serde_json::Value;

use super::file::WorkbenchFile;

/// The schema of the whole file, as committed in `docs/fourfold.schema.json`.
pub fn schema() -> Schema {
    schema_for!(WorkbenchFile)
}

/// A place in the schema, with `$ref` and `anyOf` looked through.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    root: &'a Value,
    here: &'a Value,
}

impl<'a> Place<'a> {
    pub(super) const fn root(root: &'a Value) -> Self {
        Self { root, here: root }
    }

    /// The schema of an array's items.
    pub(super) fn items(self) -> Option<Self> {
        let here = self.resolved().here.get("items")?;
        Some(Self { here, ..self })
    }

    /// The keys a table may have here; `None` where any key may stand.
    pub(super) fn keys(self) -> Option<BTreeMap<&'a str, Self>> {
        let table = self.table()?;
        let closed = |name| table.get(name) == Some(&Value::Bool(false));
        if !closed("additionalProperties") && !closed("unevaluatedProperties") {
            return None;
        }
        let properties = table.get("properties")?.as_object()?;
        Some(properties.iter().map(|(key, here)| (key.as_str(), Self { here, ..self })).collect())
    }

    /// The object form of this place, if it has one.
    fn table(self) -> Option<&'a Value> {
        let resolved = self.resolved();
        if resolved.here.get("properties").is_some() {
            return Some(resolved.here);
        }
        let forms = resolved.here.get("anyOf")?.as_array()?;
        forms.iter().find_map(|here| Self { here, ..self }.table())
    }

    fn resolved(self) -> Self {
        let target = self.here.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
        match target.and_then(|pointer| self.root.pointer(pointer)) {
            Some(here) => Self { here, ..self },
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// `FOURFOLD_BLESS=1` writes the file anew.
    #[test]
    fn the_committed_schema_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fourfold.schema.json");
        let current = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
        if std::env::var_os("FOURFOLD_BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &current).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        assert!(committed == current, "docs/fourfold.schema.json is stale: run this test once with FOURFOLD_BLESS=1");
    }

    #[test]
    fn every_table_of_ours_is_closed_and_a_strategy_is_open() {
        let schema = schema();
        let root = Place::root(schema.as_value());
        let top = root.keys().unwrap();
        let model = top["model"].items().unwrap().keys().unwrap();
        assert!(model.contains_key("temperature") && model.contains_key("base_url"), "{:?}", model.keys());
        let arm = top["arm"].items().unwrap().keys().unwrap();
        assert!(arm["strategy"].keys().is_none());
        for name in ["data", "score", "run", "fourfold"] {
            assert!(top[name].keys().is_some(), "{name}");
        }
        let data = top["data"].keys().unwrap();
        assert_eq!(data["file"].keys().unwrap().into_keys().collect::<Vec<_>>(), ["dev", "test", "train"]);
    }
}

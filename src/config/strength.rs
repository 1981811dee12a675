//! How strongly an adapter works, and models at another strength than fourfold.toml gives them: `tuned@0.5`.

use super::workbench::{Adapter, ModelSpec, ServedAdapter};

/// The strongest an adapter can be made to work, either way.
pub const STRONGEST: f64 = 10.0;
/// The strengths a tuned model is looked at, unless said otherwise: from not at all, to as trained, to beyond.
pub const USUAL_STRENGTHS: [f64; 5] = [0.0, 0.25, 0.5, 1.0, 1.5];

/// The id of a model at another strength.
pub fn strength_id(id: &str, strength: f64) -> String {
    format!("{id}@{strength}")
}

/// The model and the strength that such an id names.
pub fn split_strength(id: &str) -> Option<(&str, f64)> {
    let (id, strength) = id.rsplit_once('@')?;
    let strength = strength.parse().ok().filter(|strength| is_strength(*strength))?;
    Some((id, strength))
}

/// Whether an adapter can be made to work so strongly.
pub fn is_strength(strength: f64) -> bool {
    (-STRONGEST..=STRONGEST).contains(&strength)
}

impl ModelSpec {
    /// How strongly its adapter works; `None` for a model without one whose strength can be chosen.
    pub fn strength(&self) -> Option<f64> {
        let here = self.adapter.as_ref().map(|adapter| adapter.scale);
        here.or_else(|| self.lora.map(|lora| lora.scale))
    }

    /// This model with its adapter at another strength, under an id of its own.
    pub fn at_strength(&self, strength: f64) -> Option<Self> {
        self.strength()?;
        Some(Self {
            id: strength_id(&self.id, strength),
            adapter: self.adapter.as_ref().map(|adapter| Adapter { scale: strength, ..adapter.clone() }),
            lora: self.lora.map(|lora| ServedAdapter { scale: strength, ..lora }),
            ..self.clone()
        })
    }
}

/// The model whose strength is meant by a model's id: itself, or else the first that was tuned from it.
pub fn adjustable<'a>(models: &'a [ModelSpec], id: &str) -> Option<&'a ModelSpec> {
    let id = split_strength(id).map_or(id, |(id, _)| id);
    let own = models.iter().find(|model| model.id == id && model.strength().is_some());
    own.or_else(|| models.iter().find(|model| model.base.as_deref() == Some(id) && model.strength().is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_with_a_strength_is_read_back() {
        for strength in USUAL_STRENGTHS.into_iter().chain([-1.0, 0.1, 10.0]) {
            assert_eq!(split_strength(&strength_id("a@b", strength)), Some(("a@b", strength)));
        }
        for id in ["tuned", "tuned@", "tuned@x", "tuned@11", "tuned@nan"] {
            assert_eq!(split_strength(id), None, "{id}");
        }
    }

    #[test]
    fn only_a_model_with_an_adapter_has_a_strength() {
        assert_eq!(ModelSpec::small().at_strength(0.5), None);
        let tuned = ModelSpec {
            adapter: Some(Adapter { folder: "adapters/a".into(), scale: 1.0 }),
            base: Some("small".to_owned()),
            ..ModelSpec::small()
        };
        let half = tuned.at_strength(0.5).unwrap();
        assert_eq!((half.id.as_str(), half.strength()), ("smollm2-135m@0.5", Some(0.5)));
        let served = ModelSpec { adapter: None, lora: Some(ServedAdapter { id: 2, scale: 1.0 }), ..tuned };
        assert_eq!(served.at_strength(1.5).unwrap().lora, Some(ServedAdapter { id: 2, scale: 1.5 }));
    }
}

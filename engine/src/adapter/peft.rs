//! Adapters as PEFT saves them: a folder with `adapter_config.json` and `adapter_model.safetensors`, in the names and the
//! order of rows of Hugging Face's models.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

use super::layout::{Layout, Projection};
use super::matrices::{Found, Order, bytes, lay_out, pair};
use super::{Adapter, MOST_RANK, NumberFormat};
use crate::files::{read_whole, write_whole};
use crate::{Base, Config, EngineError};

const CONFIG: &str = "adapter_config.json";
const MODEL: &str = "adapter_model.safetensors";
/// The key of the base's hash among the tensors' metadata.
const BASE: &str = "fourfold.base";
const MOST_CONFIG_BYTES: u64 = 1 << 20;
/// Room for the names and places of all tensors.
const MOST_HEADER_BYTES: u64 = 4 << 20;

impl Adapter {
    /// Saves the adapter as PEFT does, into a folder that is made if need be. `base_name` is what PEFT would load the base
    /// from.
    pub fn save_peft(&self, folder: &Path, format: NumberFormat, base_name: Option<&str>) -> Result<(), EngineError> {
        let unwritable = |error: std::io::Error| EngineError::write(folder, &error);
        std::fs::create_dir_all(folder).map_err(unwritable)?;
        let projections: Vec<&str> = self.projections().into_iter().map(Projection::name).collect();
        let mut layers: Vec<usize> = self.layout.parts().map(|(layer, _, _)| layer).collect();
        layers.dedup();
        let config = json!({
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": base_name,
            "r": self.rank(),
            "lora_alpha": self.alpha,
            "lora_dropout": 0.0,
            "bias": "none",
            "fan_in_fan_out": false,
            "inference_mode": true,
            "target_modules": projections,
            "layers_to_transform": (layers.len() < self.config.layers).then_some(layers),
        });

        let rank = self.rank();
        let mut tensors = Vec::new();
        for (layer, inputs, part) in self.layout.parts() {
            let pair = pair(&self.config, rank, &self.values, part, Order::Original);
            let name = |which: &str| {
                format!("base_model.model.model.layers.{layer}.{}.lora_{which}.weight", module(part.projection))
            };
            tensors.push((name("A"), vec![rank, inputs], bytes(&pair.a, format)));
            tensors.push((name("B"), vec![part.columns.len(), rank], bytes(&pair.b, format)));
        }
        let kind = match format {
            NumberFormat::F32 => Dtype::F32,
            NumberFormat::F16 => Dtype::F16,
        };
        let failed = |error: &dyn std::fmt::Display| refused(folder, format!("it cannot be saved: {error}"));
        let views = tensors
            .iter()
            .map(|(name, shape, bytes)| Ok((name, TensorView::new(kind, shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|error| failed(&error))?;
        let mut metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        metadata.extend(self.base.clone().map(|base| (BASE.to_owned(), base)));
        let model = safetensors::serialize(views, Some(metadata)).map_err(|error| failed(&error))?;
        write_whole(&folder.join(MODEL), &[&model])?;
        let config = serde_json::to_vec_pretty(&config).map_err(|error| failed(&error))?;
        write_whole(&folder.join(CONFIG), &[&config, b"\n"])
    }

    /// Loads an adapter PEFT or this program has saved, for this base.
    pub fn load_peft(folder: &Path, base: &Base) -> Result<Self, EngineError> {
        let adapter = Self::read_peft(folder, base.config())?.read_from(folder);
        adapter.check(base)?;
        Ok(adapter)
    }

    fn read_peft(folder: &Path, config: &Config) -> Result<Self, EngineError> {
        let refused = |reason| refused(folder, reason);
        let text = read_whole(&folder.join(CONFIG), MOST_CONFIG_BYTES)?;
        let settings: Value =
            serde_json::from_slice(&text).map_err(|error| refused(format!("{CONFIG} is no JSON: {error}")))?;
        let (rank, alpha) = read_settings(&settings).map_err(refused)?;
        let largest = Layout::new(config, rank, |_, _| true).length() * size_of::<f32>();
        let file = read_whole(&folder.join(MODEL), largest as u64 + MOST_HEADER_BYTES)?;
        let (_, header) =
            SafeTensors::read_metadata(&file).map_err(|error| refused(format!("{MODEL} is damaged: {error}")))?;
        let trained_on = header.metadata().as_ref().and_then(|metadata| metadata.get(BASE)).cloned();
        let tensors =
            SafeTensors::deserialize(&file).map_err(|error| refused(format!("{MODEL} is damaged: {error}")))?;
        let mut found = Found::new();
        let mut sorted: Vec<_> = tensors.iter().collect();
        // In one order every time, so that of several faults the same one is named.
        sorted.sort_unstable_by_key(|(name, _)| *name);
        for (name, tensor) in sorted {
            let (layer, projection, is_b) = place(name, config)
                .ok_or_else(|| refused(format!("the tensor `{name}` has no place in this model")))?;
            let shape = if is_b { [projection.outputs(config), rank] } else { [rank, projection.inputs(config)] };
            let values = numbers(name, &tensor, shape).map_err(refused)?;
            let pair = found.entry((layer, projection)).or_default();
            *if is_b { &mut pair.1 } else { &mut pair.0 } = Some(values);
        }
        let (layout, values) = lay_out(config, rank, &found, Order::Original).map_err(refused)?;
        Ok(Self::new(config, layout, values, alpha, trained_on))
    }
}

fn refused(folder: &Path, reason: String) -> EngineError {
    EngineError::Adapter { name: folder.display().to_string(), reason }
}

/// The projection's name with the block it is in.
fn module(projection: Projection) -> String {
    let block = match projection {
        Projection::Query | Projection::Key | Projection::Value | Projection::Output => "self_attn",
        Projection::Gate | Projection::Up | Projection::Down => "mlp",
    };
    format!("{block}.{}", projection.name())
}

/// The layer, projection and matrix a tensor's name means.
fn place(name: &str, config: &Config) -> Option<(usize, Projection, bool)> {
    let rest = name.strip_prefix("base_model.model.model.layers.")?.strip_suffix(".weight")?;
    let (layer, rest) = rest.split_once('.')?;
    let (path, matrix) = rest.rsplit_once(".lora_")?;
    let projection = Projection::ALL.into_iter().find(|&projection| module(projection) == path)?;
    let layer = layer.parse().ok().filter(|&layer: &usize| layer < config.layers)?;
    match matrix {
        "A" => Some((layer, projection, false)),
        "B" => Some((layer, projection, true)),
        _ => None,
    }
}

/// Rank and alpha, after refusing what would be computed differently.
fn read_settings(settings: &Value) -> Result<(usize, f32), String> {
    let is_set = |key: &str| match settings.get(key) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        Some(_) => true,
    };
    match settings.get("peft_type").and_then(Value::as_str) {
        Some("LORA") => {}
        Some(other) => return Err(format!("its `peft_type` is `{other}`; only `LORA` works here")),
        None => return Err(format!("{CONFIG} names no `peft_type`; only `LORA` works here")),
    }
    if let Some(bias) = settings.get("bias").and_then(Value::as_str).filter(|&bias| bias != "none") {
        return Err(format!("it trains biases (`bias` is \"{bias}\"); only \"none\" works here"));
    }
    let unsupported = [
        ("use_dora", "it is a DoRA adapter, which also changes the size of the weights"),
        ("lora_bias", "its pairs have biases"),
        ("rank_pattern", "its layers have different ranks"),
        ("alpha_pattern", "its layers have different alphas"),
        ("modules_to_save", "it holds whole layers besides the pairs"),
        ("fan_in_fan_out", "its matrices are stored the other way round"),
        ("trainable_token_indices", "it changes embeddings of tokens"),
        ("layer_replication", "it repeats layers of the base"),
    ];
    if let Some((key, reason)) = unsupported.into_iter().find(|(key, _)| is_set(key)) {
        return Err(format!("{reason} (`{key}`), which does not work here"));
    }
    let beginning = settings.get("init_lora_weights").and_then(Value::as_str).unwrap_or_default();
    if ["pissa", "olora", "loftq", "corda"].iter().any(|kind| beginning.starts_with(kind)) {
        return Err(format!("it was begun with `{beginning}`, which changes the base's weights as well"));
    }
    if let Some(Value::Array(modules)) = settings.get("target_modules") {
        let unknown = |module: &&Value| {
            let name = module.as_str().unwrap_or_default();
            Projection::from_name(name.rsplit('.').next().unwrap_or_default()).is_none()
        };
        if let Some(module) = modules.iter().find(unknown) {
            let known = Projection::ALL.map(Projection::name).join(", ");
            return Err(format!("it adapts {module}; here only {known} can be adapted"));
        }
    }
    let rank = settings.get("r").and_then(Value::as_u64).filter(|rank| (1..=MOST_RANK as u64).contains(rank));
    let Some(rank) = rank else {
        return Err(format!("its rank `r` is {:?}, expected 1 to {MOST_RANK}", settings.get("r")));
    };
    let alpha = settings.get("lora_alpha").and_then(Value::as_f64).filter(|alpha| alpha.is_finite() && *alpha > 0.0);
    let Some(alpha) = alpha else {
        return Err(format!("its `lora_alpha` is {:?}, expected a number above 0", settings.get("lora_alpha")));
    };
    // With `use_rslora` the pairs are multiplied by alpha / sqrt(rank) instead of alpha / rank.
    let alpha = if is_set("use_rslora") { alpha * (rank as f64).sqrt() } else { alpha };
    Ok((rank as usize, alpha as f32))
}

/// The numbers of a tensor of this shape.
fn numbers(name: &str, tensor: &TensorView, shape: [usize; 2]) -> Result<Vec<f32>, String> {
    if tensor.shape() != shape {
        return Err(format!("the tensor `{name}` has the shape {:?}, expected {shape:?}", tensor.shape()));
    }
    let data = tensor.data();
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F32 => data.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F16 => data.as_chunks::<2>().0.iter().map(|bytes| half::f16::from_le_bytes(*bytes).to_f32()).collect(),
        Dtype::BF16 => data.as_chunks::<2>().0.iter().map(|bytes| half::bf16::from_le_bytes(*bytes).to_f32()).collect(),
        other => return Err(format!("the tensor `{name}` holds {other:?}, expected F32, F16 or BF16")),
    };
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(format!("the tensor `{name}` holds values that are no finite numbers"))
    }
}

//! Adapters as llama.cpp loads them: one GGUF file. Its rows are in the order of the base's GGUF file, and it must name
//! alpha: without it llama.cpp silently multiplies by 1 instead of alpha / rank.

use std::path::Path;

use super::layout::Projection;
use super::matrices::{Found, Order, bytes, lay_out, pair};
use super::{Adapter, MOST_RANK, NumberFormat};
use crate::files::write_whole;
use crate::gguf::Gguf;
use crate::{Base, Config, EngineError};

/// The specification's alignment where a file names none.
const ALIGNMENT: usize = 32;
/// The format's codes of value types and number formats.
const FLOAT_VALUE: u32 = 6;
const STRING_VALUE: u32 = 8;
const BASE: &str = "fourfold.base";

impl Adapter {
    /// Saves the adapter for llama.cpp.
    pub fn save_gguf(&self, path: &Path, format: NumberFormat) -> Result<(), EngineError> {
        let mut strings = vec![
            ("general.architecture", self.config.architecture.name().to_owned()),
            ("general.type", "adapter".to_owned()),
            ("adapter.type", "lora".to_owned()),
        ];
        strings.extend(self.base.clone().map(|base| (BASE, base)));
        let rank = self.rank();
        let mut tensors = Vec::new();
        for (layer, inputs, part) in self.layout.parts() {
            let pair = pair(&self.config, rank, &self.values, part, Order::File);
            let name = |which: &str| format!("blk.{layer}.{}.weight.lora_{which}", part.projection.gguf_name());
            tensors.push((name("a"), [inputs, rank], bytes(&pair.a, format)));
            tensors.push((name("b"), [rank, part.columns.len()], bytes(&pair.b, format)));
        }
        let kind: u32 = match format {
            NumberFormat::F32 => 0,
            NumberFormat::F16 => 1,
        };

        let mut header = b"GGUF\x03\0\0\0".to_vec();
        header.extend((tensors.len() as u64).to_le_bytes());
        header.extend((strings.len() as u64 + 1).to_le_bytes());
        for (key, value) in &strings {
            string(&mut header, key);
            header.extend(STRING_VALUE.to_le_bytes());
            string(&mut header, value);
        }
        string(&mut header, "adapter.lora.alpha");
        header.extend(FLOAT_VALUE.to_le_bytes());
        header.extend(self.alpha.to_le_bytes());
        let mut data = Vec::new();
        for (name, shape, bytes) in tensors {
            string(&mut header, &name);
            header.extend((shape.len() as u32).to_le_bytes());
            // The dimension whose values follow each other comes first.
            for dimension in shape {
                header.extend((dimension as u64).to_le_bytes());
            }
            header.extend(kind.to_le_bytes());
            header.extend((data.len() as u64).to_le_bytes());
            data.extend(bytes);
            data.resize(data.len().next_multiple_of(ALIGNMENT), 0);
        }
        header.resize(header.len().next_multiple_of(ALIGNMENT), 0);
        write_whole(path, &[&header, &data])
    }

    /// Loads an adapter in llama.cpp's format, for this base.
    pub fn load_gguf(path: &Path, base: &Base) -> Result<Self, EngineError> {
        let adapter = Self::read_gguf(path, base.config())?.read_from(path);
        adapter.check(base)?;
        Ok(adapter)
    }

    fn read_gguf(path: &Path, config: &Config) -> Result<Self, EngineError> {
        let refused = |reason: String| EngineError::Adapter { name: path.display().to_string(), reason };
        let file = Gguf::open(path)?;
        let expected = [
            ("general.type", "adapter"),
            ("adapter.type", "lora"),
            ("general.architecture", config.architecture.name()),
        ];
        for (key, value) in expected {
            let found = file.string(key).unwrap_or("missing");
            if found != value {
                return Err(refused(format!("its `{key}` is {found}, expected {value}")));
            }
        }
        let alpha = file.float("adapter.lora.alpha")? as f32;
        if !alpha.is_finite() || alpha <= 0.0 {
            return Err(refused(format!("its `adapter.lora.alpha` is {alpha}, expected a number above 0")));
        }
        let mut rank = None;
        let mut found = Found::new();
        for (name, entry) in file.entries() {
            let (layer, projection, is_b) = place(name, config)
                .ok_or_else(|| refused(format!("the tensor `{name}` has no place in this model")))?;
            let own = if is_b { entry.shape.last() } else { entry.shape.first() }.copied().unwrap_or_default();
            let rank = *rank.get_or_insert(own);
            if own != rank || rank == 0 || rank > MOST_RANK {
                return Err(refused(format!(
                    "the tensor `{name}` has the rank {own}, others {rank} (1 to {MOST_RANK})"
                )));
            }
            let shape = if is_b { [projection.outputs(config), rank] } else { [rank, projection.inputs(config)] };
            let values = file.floats(name, &shape, 0..shape[0])?;
            let pair = found.entry((layer, projection)).or_default();
            *if is_b { &mut pair.1 } else { &mut pair.0 } = Some(values);
        }
        let (layout, values) = lay_out(config, rank.unwrap_or(1), &found, Order::File).map_err(refused)?;
        Ok(Self::new(config, layout, values, alpha, file.string(BASE).map(str::to_owned)))
    }
}

fn string(into: &mut Vec<u8>, text: &str) {
    into.extend((text.len() as u64).to_le_bytes());
    into.extend(text.as_bytes());
}

/// The layer, projection and matrix a tensor's name means.
fn place(name: &str, config: &Config) -> Option<(usize, Projection, bool)> {
    let (layer, rest) = name.strip_prefix("blk.")?.split_once('.')?;
    let (part, matrix) = rest.split_once(".weight.lora_")?;
    let projection = Projection::ALL.into_iter().find(|projection| projection.gguf_name() == part)?;
    let layer = layer.parse().ok().filter(|&layer: &usize| layer < config.layers)?;
    match matrix {
        "a" => Some((layer, projection, false)),
        "b" => Some((layer, projection, true)),
        _ => None,
    }
}

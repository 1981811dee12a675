//! A GGUF file: its header read and checked once, its tensors read one by one when asked, never the whole file at once.

mod reader;
mod value;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use candle_core::CpuStorage;
use candle_core::quantized::GgmlDType;

pub use value::Value;

use crate::EngineError;
use crate::files::open_plain;

/// Where a tensor lies in the file and how its numbers are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorEntry {
    /// The number format.
    pub kind: GgmlDType,
    /// Its dimensions, the fastest one last.
    pub shape: Vec<usize>,
    /// Its first byte in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub bytes: u64,
}

/// An opened GGUF file.
pub struct Gguf {
    path: PathBuf,
    file_bytes: u64,
    metadata: HashMap<String, Value>,
    tensors: HashMap<String, TensorEntry>,
}

impl Gguf {
    /// Opens a file and checks its header.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let failed = |error: std::io::Error| EngineError::Read { path: path.to_owned(), reason: error.to_string() };
        let file = open_plain(path)?;
        let file_bytes = file.metadata().map_err(failed)?.len();
        let header = reader::read_header(BufReader::with_capacity(1 << 18, file), file_bytes)
            .map_err(|reason| EngineError::Malformed { path: path.to_owned(), reason })?;
        Ok(Self { path: path.to_owned(), file_bytes, metadata: header.metadata, tensors: header.tensors })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's length in bytes.
    pub fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// A metadata value.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.metadata.get(key)
    }

    /// A metadata string.
    pub fn string(&self, key: &str) -> Option<&str> {
        self.value(key).and_then(Value::as_str)
    }

    /// A metadata integer that must be there and fit a count of things in memory.
    pub fn count(&self, key: &str) -> Result<usize, EngineError> {
        self.value(key)
            .ok_or_else(|| self.malformed(format!("the metadata `{key}` is missing")))?
            .as_unsigned()
            .and_then(|value| u32::try_from(value).ok())
            .map(|value| value as usize)
            .ok_or_else(|| self.malformed(format!("the metadata `{key}` is not a usable count")))
    }

    /// A metadata float that must be there and be finite.
    pub fn float(&self, key: &str) -> Result<f64, EngineError> {
        self.value(key)
            .ok_or_else(|| self.malformed(format!("the metadata `{key}` is missing")))?
            .as_float()
            .filter(|value| value.is_finite())
            .ok_or_else(|| self.malformed(format!("the metadata `{key}` is not a finite number")))
    }

    /// Where a tensor lies, if the file has it.
    pub fn entry(&self, name: &str) -> Option<&TensorEntry> {
        self.tensors.get(name)
    }

    /// The number format most of the weights are stored in (by bytes).
    pub fn main_kind(&self) -> Option<GgmlDType> {
        let mut sums: HashMap<GgmlDType, u64> = HashMap::new();
        for entry in self.tensors.values() {
            *sums.entry(entry.kind).or_default() += entry.bytes;
        }
        sums.into_iter().max_by_key(|&(_, bytes)| bytes).map(|(kind, _)| kind)
    }

    /// Reads some rows of a matrix as floats, after checking its shape. Values that are no finite numbers are refused.
    /// Safe to call from several threads at once.
    pub fn floats(&self, name: &str, shape: &[usize], rows: Range<usize>) -> Result<Vec<f32>, EngineError> {
        let entry = self.entry(name).ok_or_else(|| self.malformed(format!("the tensor `{name}` is missing")))?;
        if entry.shape != shape {
            return Err(self.malformed(format!(
                "the tensor `{name}` has the shape {:?}, but the metadata ask for {shape:?}",
                entry.shape
            )));
        }
        let row_values = shape.last().copied().unwrap_or_default();
        let row_bytes = (row_values / entry.kind.block_size() * entry.kind.type_size()) as u64;
        let mut bytes = vec![0; rows.len() * row_bytes as usize];
        let mut file = File::open(&self.path).map_err(|error| self.unreadable(&error))?;
        file.seek(SeekFrom::Start(entry.offset + rows.start as u64 * row_bytes))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|error| self.unreadable(&error))?;
        let CpuStorage::F32(values) = entry.kind.from_data(Cow::Owned(bytes)).dequantize(rows.len() * row_values)?
        else {
            return Err(EngineError::Tensor { reason: format!("`{name}` did not become floats") });
        };
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(self.malformed(format!("the tensor `{name}` holds values that are not numbers")))
        }
    }

    /// Reads a tensor of one dimension as floats.
    pub fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>, EngineError> {
        self.floats(name, &[length], 0..1)
    }

    fn unreadable(&self, error: &std::io::Error) -> EngineError {
        EngineError::Read { path: self.path.clone(), reason: error.to_string() }
    }

    /// The tensors' names and places, sorted by place.
    pub fn entries(&self) -> Vec<(&str, &TensorEntry)> {
        let mut entries: Vec<_> = self.tensors.iter().map(|(name, entry)| (name.as_str(), entry)).collect();
        entries.sort_by_key(|(_, entry)| entry.offset);
        entries
    }

    /// An error about this file.
    pub(crate) fn malformed(&self, reason: String) -> EngineError {
        EngineError::Malformed { path: self.path.clone(), reason }
    }
}

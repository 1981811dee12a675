//! Reads the header of a GGUF file without trusting it: every count is checked against the bytes that are left before
//! anything is allocated, and nothing is multiplied unchecked. candle's own reader divides by the file's alignment and
//! multiplies dimensions unchecked, so a crafted file could bring the program down there.

use std::collections::HashMap;
use std::io::Read;

use candle_core::quantized::GgmlDType;

use super::{TensorEntry, Value};

const MAGIC: [u8; 4] = *b"GGUF";
/// The specification's alignment where the file names none.
const DEFAULT_ALIGNMENT: u64 = 32;
/// Dimensions a tensor can have at most (GGML's own limit).
const MAX_DIMENSIONS: u32 = 4;
/// A name longer than this is damage, not a name.
const MAX_NAME_BYTES: u64 = 4096;
/// No model has a metadata string (a chat template, a vocabulary entry) longer than this.
const MAX_STRING_BYTES: u64 = 16 << 20;

/// What a header says: metadata, tensors, and where their data begins.
pub(super) struct Header {
    pub(super) metadata: HashMap<String, Value>,
    pub(super) tensors: HashMap<String, TensorEntry>,
}

/// Reads a header from `source`, a file of `file_bytes` bytes. The error says what is wrong and at which byte.
pub(super) fn read_header(source: impl Read, file_bytes: u64) -> Result<Header, String> {
    let mut reader = HeaderReader { source, position: 0, file_bytes };
    if reader.bytes::<4>()? != MAGIC {
        return Err("it does not begin with the letters GGUF".to_owned());
    }
    let version = reader.u32()?;
    if !(2..=3).contains(&version) {
        return Err(format!("its format version is {version}, only 2 and 3 are known"));
    }
    let tensor_count = reader.u64()?;
    let metadata_count = reader.u64()?;
    // The smallest possible entries: an empty key with a one-byte value; an unnamed tensor with one dimension.
    reader.expect_room(metadata_count, 8 + 4 + 1, "metadata entries")?;
    reader.expect_room(tensor_count, 8 + 4 + 8 + 4 + 8, "tensors")?;

    let mut metadata = HashMap::new();
    for _ in 0..metadata_count {
        let key = reader.string(MAX_NAME_BYTES)?;
        let kind = reader.u32()?;
        let value = reader.value(kind).map_err(|reason| format!("metadata `{key}`: {reason}"))?;
        metadata.insert(key, value);
    }
    let mut entries = Vec::new();
    for _ in 0..tensor_count {
        let name = reader.string(MAX_NAME_BYTES)?;
        let entry = reader.tensor().map_err(|reason| format!("tensor `{name}`: {reason}"))?;
        entries.push((name, entry));
    }

    let alignment = match metadata.get("general.alignment") {
        None => DEFAULT_ALIGNMENT,
        Some(value) => match value.as_unsigned() {
            Some(alignment) if alignment.is_power_of_two() && alignment <= 1 << 20 => alignment,
            _ => return Err(format!("general.alignment is {value:?}, expected a power of two")),
        },
    };
    let data_start = reader.position.next_multiple_of(alignment);
    let mut tensors = HashMap::new();
    for (name, mut entry) in entries {
        let end = data_start.checked_add(entry.offset).and_then(|start| start.checked_add(entry.bytes));
        match end {
            Some(end) if end <= file_bytes => entry.offset += data_start,
            _ => {
                return Err(format!(
                    "tensor `{name}` needs {} bytes at offset {} of the data, but the file ends at byte {file_bytes}; it is cut short",
                    entry.bytes, entry.offset
                ));
            }
        }
        if tensors.insert(name.clone(), entry).is_some() {
            return Err(format!("tensor `{name}` is there twice"));
        }
    }
    Ok(Header { metadata, tensors })
}

struct HeaderReader<R> {
    source: R,
    position: u64,
    file_bytes: u64,
}

impl<R: Read> HeaderReader<R> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut buffer = [0; N];
        self.fill(&mut buffer)?;
        Ok(buffer)
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), String> {
        self.source
            .read_exact(buffer)
            .map_err(|error| format!("the header ends early at byte {}: {error}", self.position))?;
        self.position += buffer.len() as u64;
        Ok(())
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, String> {
        self.bytes().map(u64::from_le_bytes)
    }

    /// Refuses a count of things of at least `least_bytes` each that cannot fit into the rest of the file.
    fn expect_room(&self, count: u64, least_bytes: u64, what: &str) -> Result<(), String> {
        let left = self.file_bytes.saturating_sub(self.position);
        match count.checked_mul(least_bytes) {
            Some(needed) if needed <= left => Ok(()),
            _ => Err(format!("it announces {count} {what} at byte {}, but only {left} bytes are left", self.position)),
        }
    }

    fn string(&mut self, longest: u64) -> Result<String, String> {
        let length = self.u64()?;
        if length > longest {
            return Err(format!(
                "a string of {length} bytes at byte {}, at most {longest} are possible",
                self.position
            ));
        }
        self.expect_room(length, 1, "bytes of text")?;
        let mut buffer = vec![0; length as usize];
        self.fill(&mut buffer)?;
        // Vocabularies hold pieces that are no valid UTF-8 only in tokenizers that are refused anyway.
        Ok(String::from_utf8(buffer).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    fn value(&mut self, kind: u32) -> Result<Value, String> {
        Ok(match kind {
            0 | 2 | 4 | 10 => Value::Unsigned(self.integer(kind)? as u64),
            1 | 3 | 5 | 11 => Value::Signed(self.integer(kind)?),
            6 | 12 => Value::Float(self.float(kind)?),
            7 => Value::Bool(self.bytes::<1>()? != [0]),
            8 => Value::String(self.string(MAX_STRING_BYTES)?),
            9 => self.array()?,
            other => return Err(format!("unknown value type {other} at byte {}", self.position)),
        })
    }

    fn integer(&mut self, kind: u32) -> Result<i64, String> {
        Ok(match kind {
            0 => i64::from(u8::from_le_bytes(self.bytes()?)),
            1 => i64::from(i8::from_le_bytes(self.bytes()?)),
            2 => i64::from(u16::from_le_bytes(self.bytes()?)),
            3 => i64::from(i16::from_le_bytes(self.bytes()?)),
            4 => i64::from(u32::from_le_bytes(self.bytes()?)),
            5 => i64::from(i32::from_le_bytes(self.bytes()?)),
            _ => i64::from_le_bytes(self.bytes()?),
        })
    }

    fn float(&mut self, kind: u32) -> Result<f64, String> {
        Ok(if kind == 6 { f64::from(f32::from_le_bytes(self.bytes()?)) } else { f64::from_le_bytes(self.bytes()?) })
    }

    fn array(&mut self) -> Result<Value, String> {
        let kind = self.u32()?;
        let count = self.u64()?;
        let least_bytes = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            8 | 10..=12 => 8,
            9 => return Err("arrays of arrays are not used by any model".to_owned()),
            other => return Err(format!("unknown value type {other} in an array at byte {}", self.position)),
        };
        self.expect_room(count, least_bytes, "array entries")?;
        Ok(match kind {
            6 | 12 => Value::Floats((0..count).map(|_| self.float(kind)).collect::<Result<_, _>>()?),
            7 => Value::Bools((0..count).map(|_| Ok(self.bytes::<1>()? != [0])).collect::<Result<_, String>>()?),
            8 => Value::Strings((0..count).map(|_| self.string(MAX_STRING_BYTES)).collect::<Result<_, _>>()?),
            _ => Value::Integers((0..count).map(|_| self.integer(kind)).collect::<Result<_, _>>()?),
        })
    }

    fn tensor(&mut self) -> Result<TensorEntry, String> {
        let dimensions = self.u32()?;
        if dimensions == 0 || dimensions > MAX_DIMENSIONS {
            return Err(format!("{dimensions} dimensions, expected 1 to {MAX_DIMENSIONS}"));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(self.u64()?);
        }
        // GGML counts the fastest dimension first, everyone else last.
        shape.reverse();
        let code = self.u32()?;
        let Some(kind) = tensor_kind(code) else {
            return Err(format!("the number format {code} is not supported"));
        };
        let elements = shape
            .iter()
            .try_fold(1_u64, |product, &dimension| product.checked_mul(dimension))
            .filter(|&elements| elements > 0)
            .ok_or_else(|| format!("the shape {shape:?} is impossible"))?;
        let row = shape.last().copied().unwrap_or_default();
        if !row.is_multiple_of(kind.block_size() as u64) {
            return Err(format!("rows of {row} values do not fill blocks of {}", kind.block_size()));
        }
        let bytes = (elements / kind.block_size() as u64)
            .checked_mul(kind.type_size() as u64)
            .ok_or_else(|| format!("the shape {shape:?} is impossible"))?;
        let offset = self.u64()?;
        let shape = shape.into_iter().map(|dimension| dimension as usize).collect();
        Ok(TensorEntry { kind, shape, offset, bytes })
    }
}

/// GGML's codes of number formats. `Q8_1` and `Q8_K` are formats of intermediate values and never stored.
fn tensor_kind(code: u32) -> Option<GgmlDType> {
    Some(match code {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        3 => GgmlDType::Q4_1,
        6 => GgmlDType::Q5_0,
        7 => GgmlDType::Q5_1,
        8 => GgmlDType::Q8_0,
        10 => GgmlDType::Q2K,
        11 => GgmlDType::Q3K,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        30 => GgmlDType::BF16,
        _ => return None,
    })
}

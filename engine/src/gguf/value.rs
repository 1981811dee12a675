//! Metadata values of a GGUF file, with arrays kept compact (a vocabulary is 50,000 to 150,000 entries long).

/// One metadata value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Any of the unsigned integer types.
    Unsigned(u64),
    /// Any of the signed integer types.
    Signed(i64),
    /// Either of the floating point types.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// A string.
    String(String),
    /// An array of strings.
    Strings(Vec<String>),
    /// An array of integers of any type.
    Integers(Vec<i64>),
    /// An array of floats of any type.
    Floats(Vec<f64>),
    /// An array of booleans.
    Bools(Vec<bool>),
}

impl Value {
    /// The value as a non-negative integer.
    pub fn as_unsigned(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            Self::Signed(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The value as a float; integers are converted.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Signed(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// The value as a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value as a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(value) => Some(value),
            _ => None,
        }
    }

    /// The value as an array of strings.
    pub fn as_strings(&self) -> Option<&[String]> {
        match self {
            Self::Strings(values) => Some(values),
            _ => None,
        }
    }

    /// The value as an array of integers.
    pub fn as_integers(&self) -> Option<&[i64]> {
        match self {
            Self::Integers(values) => Some(values),
            _ => None,
        }
    }
}

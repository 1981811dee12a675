//! The embedded language model of fourfold: no terminal, no network.

//! How a prompt becomes one or more model calls: one file per strategy, one registry.

//! Room `terminal`.

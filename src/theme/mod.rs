//! Room `theme`.

//! Whether several samples of one question can differ at all.

use crate::model::Parameters;

/// Why all samples of a question would be equal, if they would be. `greedy` says whether the model is greedy where no
/// temperature is set.
pub fn equal_samples(parameters: &Parameters, greedy: bool) -> Option<&'static str> {
    let temperature = parameters.temperature.unwrap_or(if greedy { 0.0 } else { 1.0 });
    if temperature <= 0.0 {
        return Some("at temperature 0 all would be equal; try 0.8");
    }
    (parameters.top_k == Some(1)).then_some("with top_k = 1 all would be equal; raise it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greedy_sampling_is_found_out() {
        let set = |temperature, top_k| Parameters { temperature, top_k, ..Parameters::default() };
        for (parameters, greedy, equal) in [
            (set(None, None), true, true),
            (set(None, None), false, false),
            (set(Some(0.0), None), false, true),
            (set(Some(0.8), None), true, false),
            (set(Some(0.8), Some(1)), true, true),
        ] {
            assert_eq!(equal_samples(&parameters, greedy).is_some(), equal, "{parameters:?} {greedy}");
        }
    }
}

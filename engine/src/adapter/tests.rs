//! Adapters in files: what is written, what is read back, and what is refused.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::matrices::original_row;
use super::*;
use crate::model::Precision;

fn base(name: &str) -> Base {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    Base::load(&path, Precision::Exact).unwrap()
}

/// An adapter whose every number is another one, and exact in 16 bits.
fn adapter(base: &Base, has: impl Fn(usize, Projection) -> bool) -> Adapter {
    let layout = Layout::new(base.config(), 2, has);
    let values = (0..layout.length()).map(|index| (index % 2039) as f32 / 1024.0 - 1.0).collect();
    Adapter::new(base.config(), layout, values, 6.0, Some(base.hash().unwrap().to_owned()))
}

fn peft_files(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("adapter_config.json"), folder.join("adapter_model.safetensors"))
}

#[test]
fn an_adapter_whose_numbers_overflow_is_an_error_that_names_it() {
    for precision in [Precision::Exact, Precision::Quantised] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny-llama.gguf");
        let base = Base::load(&path, precision).unwrap();
        for (factor, alpha) in [(1.0, 1e20), (1.0, 1e38), (1e19, 1e3), (1.0, f32::MAX)] {
            let layout = Layout::new(base.config(), 2, |_, _| true);
            let values = (0..layout.length()).map(|index| ((index % 7) as f32 - 2.0) * factor).collect();
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path().join("orders");
            Adapter::new(base.config(), layout, values, alpha, None)
                .save_peft(&folder, NumberFormat::F32, None)
                .unwrap();
            let adapter = std::sync::Arc::new(Adapter::load_peft(&folder, &base).unwrap());
            let mut reader = crate::Evaluator::new(&base);
            reader.tune(Some(Tuned::new(adapter))).unwrap();
            let error = reader.read(&[1, 2, 3, 4]).unwrap_err();
            let named = matches!(&error, EngineError::Overflow { adapter, .. } if adapter == "orders");
            assert!(named && error.hint().contains("adapter_scale"), "{precision:?} {alpha} {error:?}");
        }
    }
}

#[test]
fn rows_of_queries_and_keys_move_and_no_others() {
    // The order transformers' own conversion of these weights gives, for heads of 8 values: evens, then odds.
    let llama = base("tiny-llama.gguf");
    let mut config = llama.config().clone();
    config.head_size = 8;
    let order: Vec<usize> = (0..16).map(|row| original_row(&config, Projection::Query, row)).collect();
    assert_eq!(order, [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15]);
    assert_eq!(original_row(&config, Projection::Key, 11), 13);
    for projection in [Projection::Value, Projection::Output, Projection::Gate, Projection::Up, Projection::Down] {
        assert!((0..64).all(|row| original_row(&config, projection, row) == row));
    }
    let qwen = base("tiny-qwen2.gguf");
    assert!((0..64).all(|row| original_row(qwen.config(), Projection::Query, row) == row));
}

#[test]
fn files_hold_the_reference_tensors() {
    let base = base("tiny-llama.gguf");
    let config = base.config();
    // Number the outputs of one layer's queries: B's row of output n holds n in both ranks; A counts its inputs.
    let layout = Layout::new(config, 2, |layer, projection| layer == 0 && projection == Projection::Query);
    let (inputs, outputs) = (config.width, config.query_width());
    let count = |length: usize| (0..length).map(|value| value as f32);
    let values: Vec<f32> = count(inputs).chain(count(inputs)).chain(count(outputs)).chain(count(outputs)).collect();
    let adapter = Adapter::new(config, layout, values, 4.0, None);
    let folder = tempfile::tempdir().unwrap();
    adapter.save_peft(folder.path(), NumberFormat::F32, Some("some/base")).unwrap();
    let file = std::fs::read(peft_files(folder.path()).1).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    let read = |name: &str| -> (Vec<usize>, Vec<f32>) {
        let tensor =
            tensors.tensor(&format!("base_model.model.model.layers.0.self_attn.q_proj.{name}.weight")).unwrap();
        let values = tensor.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        (tensor.shape().to_vec(), values)
    };
    assert_eq!(tensors.len(), 2);
    assert_eq!(read("lora_A"), (vec![2, inputs], count(inputs).chain(count(inputs)).collect()));
    let half = config.head_size / 2;
    let expected: Vec<f32> = (0..config.heads)
        .flat_map(|head| (0..2).flat_map(move |s| (0..half).map(move |i| head * 2 * half + 2 * i + s)))
        .flat_map(|row| [row as f32; 2])
        .collect();
    assert_eq!(read("lora_B"), (vec![outputs, 2], expected));
    let settings: serde_json::Value =
        serde_json::from_slice(&std::fs::read(peft_files(folder.path()).0).unwrap()).unwrap();
    assert_eq!(settings["target_modules"], serde_json::json!(["q_proj"]));
    assert_eq!((settings["r"].as_u64(), settings["lora_alpha"].as_f64()), (Some(2), Some(4.0)));
    assert_eq!(settings["layers_to_transform"], serde_json::json!([0]));
    assert_eq!(settings["base_model_name_or_path"], "some/base");

    // In llama.cpp's file the rows stay.
    let path = folder.path().join("adapter.gguf");
    adapter.save_gguf(&path, NumberFormat::F16).unwrap();
    let file = crate::gguf::Gguf::open(&path).unwrap();
    let b = file.floats("blk.0.attn_q.weight.lora_b", &[outputs, 2], 0..outputs).unwrap();
    assert_eq!(b, (0..outputs).flat_map(|row| [row as f32; 2]).collect::<Vec<_>>());
    assert_eq!(file.float("adapter.lora.alpha").unwrap().to_bits(), 4.0_f64.to_bits());
    assert_eq!(file.string("general.architecture"), Some("llama"));
}

#[test]
fn what_is_saved_loads_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["tiny-llama.gguf", "tiny-qwen2.gguf", "tiny-qwen3.gguf"] {
        let base = base(name);
        let some = |layer: usize, projection| layer == 1 || projection != Projection::Up;
        for adapter in [adapter(&base, |_, _| true), adapter(&base, some)] {
            for format in [NumberFormat::F32, NumberFormat::F16] {
                adapter.save_peft(folder.path(), format, None).unwrap();
                let loaded = Adapter::load_peft(folder.path(), &base).unwrap();
                assert_eq!((loaded.fingerprint(), loaded.base()), (adapter.fingerprint(), adapter.base()));
                let path = folder.path().join("adapter.gguf");
                adapter.save_gguf(&path, format).unwrap();
                let loaded = Adapter::load_gguf(&path, &base).unwrap();
                assert_eq!((loaded.fingerprint(), loaded.base()), (adapter.fingerprint(), adapter.base()));
            }
        }
    }
}

fn reason(result: Result<Adapter, EngineError>) -> String {
    match result {
        Err(error) => error.to_string(),
        Ok(_) => panic!("was accepted"),
    }
}

#[test]
fn another_base_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (llama, qwen) = (base("tiny-llama.gguf"), base("tiny-qwen3.gguf"));
    adapter(&llama, |_, _| true).save_peft(folder.path(), NumberFormat::F32, None).unwrap();
    let reason_given = reason(Adapter::load_peft(folder.path(), &qwen));
    assert!(reason_given.contains("shape"), "{reason_given}");
    // The same shape and other weights.
    let strange = Adapter { base: Some("blake3:0".to_owned()), ..adapter(&llama, |_, _| true) };
    strange.save_peft(folder.path(), NumberFormat::F32, None).unwrap();
    assert!(reason(Adapter::load_peft(folder.path(), &llama)).contains("blake3:0"));
    let path = folder.path().join("adapter.gguf");
    strange.save_gguf(&path, NumberFormat::F32).unwrap();
    assert!(reason(Adapter::load_gguf(&path, &llama)).contains("blake3:0"));
}

#[test]
fn settings_that_would_compute_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let base = base("tiny-llama.gguf");
    adapter(&base, |_, _| true).save_peft(folder.path(), NumberFormat::F32, None).unwrap();
    let (config, _) = peft_files(folder.path());
    let settings: serde_json::Value = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    let with = |key: &str, value: serde_json::Value| {
        let mut settings = settings.clone();
        settings[key] = value;
        std::fs::write(&config, settings.to_string()).unwrap();
        Adapter::load_peft(folder.path(), &base)
    };
    let cases = [
        ("peft_type", json!("IA3"), "LORA"),
        ("use_dora", json!(true), "DoRA"),
        ("bias", json!("all"), "biases"),
        ("lora_bias", json!(true), "biases"),
        ("rank_pattern", json!({"q_proj": 4}), "ranks"),
        ("alpha_pattern", json!({"q_proj": 4}), "alphas"),
        ("modules_to_save", json!(["lm_head"]), "whole layers"),
        ("fan_in_fan_out", json!(true), "other way"),
        ("init_lora_weights", json!("pissa_niter_4"), "pissa"),
        ("target_modules", json!(["q_proj", "embed_tokens"]), "embed_tokens"),
        ("r", json!(0), "rank"),
        ("r", json!(-3), "rank"),
        ("r", json!(1_000_000_000_u64), "rank"),
        ("r", json!(4), "shape"),
        ("lora_alpha", json!("16"), "lora_alpha"),
        ("lora_alpha", json!(-1.0), "lora_alpha"),
    ];
    for (key, value, expected) in cases {
        let reason = reason(with(key, value.clone()));
        assert!(reason.contains(expected), "{key} {value}: {reason}");
    }
    // What changes nothing is taken; a scale by the square root of the rank is computed.
    for (key, value) in [("rank_pattern", json!({})), ("use_dora", json!(false)), ("init_lora_weights", json!(true))] {
        with(key, value).unwrap();
    }
    let scaled = with("use_rslora", json!(true)).unwrap();
    assert!((scaled.alpha() - 6.0 * 2.0_f32.sqrt()).abs() < 1e-6);
}

#[test]
fn damaged_tensors_are_refused_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let base = base("tiny-llama.gguf");
    adapter(&base, |_, _| true).save_peft(folder.path(), NumberFormat::F32, None).unwrap();
    let (_, model) = peft_files(folder.path());
    let whole = std::fs::read(&model).unwrap();
    let load = |bytes: &[u8]| {
        std::fs::write(&model, bytes).unwrap();
        Adapter::load_peft(folder.path(), &base)
    };
    for length in [0, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        reason(load(&whole[..length]));
    }
    // A header of every possible impossible length.
    for announced in [u64::MAX, 1 << 62, whole.len() as u64, 1] {
        let mut huge = whole.clone();
        huge[..8].copy_from_slice(&announced.to_le_bytes());
        reason(load(&huge));
    }
    let header_bytes = usize::try_from(u64::from_le_bytes(whole[..8].try_into().unwrap())).unwrap();
    let header = String::from_utf8(whole[8..8 + header_bytes].to_vec()).unwrap();
    let with_header = |header: String| {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.bytes());
        bytes.extend(&whole[8 + header_bytes..]);
        bytes
    };
    let changes = [
        ("\"F32\"", "\"F64\""),
        ("\"F32\"", "\"I8\""),
        ("\"shape\":[2,", "\"shape\":[-2,"),
        ("\"shape\":[2,", "\"shape\":[18446744073709551615,"),
        ("\"data_offsets\":[0,", "\"data_offsets\":[99999999999,"),
        ("q_proj.lora_A", "x_proj.lora_A"),
        ("layers.0.", "layers.7."),
        ("lora_A.weight", "lora_E.weight"),
        ("base_model.model.model.", "model."),
    ];
    for (from, to) in changes {
        assert!(header.contains(from), "{from}");
        reason(load(&with_header(header.replacen(from, to, 1))));
    }
    assert!(load(&with_header(header.clone())).is_ok());
    let mut nan = whole.clone();
    nan[8 + header_bytes..8 + header_bytes + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(reason(load(&nan)).contains("finite"));
    std::fs::write(&model, vec![b' '; 64 << 20]).unwrap();
    assert!(reason(Adapter::load_peft(folder.path(), &base)).contains("make sense"));
    std::fs::write(peft_files(folder.path()).0, "{").unwrap();
    assert!(reason(Adapter::load_peft(folder.path(), &base)).contains("JSON"));
    assert!(reason(Adapter::load_peft(&folder.path().join("nowhere"), &base)).contains("cannot read"));
}

#[test]
fn damaged_gguf_adapters_are_refused_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let base = base("tiny-llama.gguf");
    let path = folder.path().join("adapter.gguf");
    adapter(&base, |_, _| true).save_gguf(&path, NumberFormat::F32).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let load = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Adapter::load_gguf(&path, &base)
    };
    for length in (0..whole.len()).step_by(997) {
        reason(load(&whole[..length]));
    }
    let changes = [
        ("general.type", "general.kind"),
        ("adapter.type", "adapter.kind"),
        ("adapter.lora.alpha", "adapter.lora.alphx"),
        ("attn_q", "attn_z"),
        ("lora_b", "lora_c"),
        ("blk.0", "blk.9"),
    ];
    for (text, other) in changes {
        let mut changed = whole.clone();
        let start = whole.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
        changed[start..start + text.len()].copy_from_slice(other.as_bytes());
        reason(load(&changed));
    }
    let last = whole.len() - 4;
    let mut nan = whole.clone();
    // The last matrix ends with the file, but for what fills the last 32 bytes.
    let end = (0..=last).rev().find(|&at| whole[at..at + 4] != [0; 4]).unwrap();
    nan[end / 4 * 4..end / 4 * 4 + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(reason(load(&nan)).contains("not numbers"));
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny-llama.gguf");
    assert!(reason(Adapter::load_gguf(&model, &base)).contains("general.type"));
}

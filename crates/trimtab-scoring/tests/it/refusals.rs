//! Foreign and broken files.

use std::path::PathBuf;
use trimtab_domain::ErrorKind;
use trimtab_domain::ports::scoring::{ModelReader, RowBatch};
use trimtab_scoring::OnnxReader;

fn file(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle/explain");
    std::fs::read(path.join(name)).unwrap()
}

#[test]
fn refuses_what_is_no_model() {
    for bytes in [&b""[..], b"not a model", &[0xff; 100]] {
        let err = OnnxReader.read(bytes).unwrap_err();
        assert_eq!(err.kind(), ErrorKind::Invalid);
        assert!(err.message().starts_with("cannot read the model"), "{err}");
    }
}

#[test]
fn survives_every_cut_and_every_flipped_byte() {
    let whole = file("hgb_classes.onnx");
    for end in (0..whole.len()).step_by(61) {
        if let Err(err) = OnnxReader.read(&whole[..end]) {
            assert_eq!(err.kind(), ErrorKind::Invalid);
        }
    }
    let rows = RowBatch::new(6, vec![0.5; 12]).unwrap();
    for position in (0..whole.len()).step_by(37) {
        let mut bytes = whole.clone();
        bytes[position] ^= 0x55;
        // What can be read can be run, or says why not.
        if let Ok(model) = OnnxReader.read(&bytes) {
            drop(model.score(&rows));
        }
    }
}

#[test]
fn rows_of_another_width_are_refused_with_a_hint() {
    let rows = RowBatch::new(7, vec![0.0; 7]).unwrap();
    for name in ["hgb_binary.onnx", "logistic.onnx", "mlp_regressor.onnx"] {
        let model = OnnxReader.read(&file(name)).unwrap();
        let err = model.score(&rows).unwrap_err();
        assert_eq!(
            err.message(),
            "the model takes rows of 6 values, but these have 7"
        );
        assert!(err.hint().unwrap().contains("encoding document"));
    }
}

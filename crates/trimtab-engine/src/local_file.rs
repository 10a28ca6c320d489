//! A data set in one local file, read whole: for commands that prepare or replay it.
//!
//! Comparison reads files in a bounded way of its own; what is read here is a reference or a log
//! that its owner keeps in one file, and must fit into memory.

use crate::tables;
use arrow::array::RecordBatch;
use bytes::Bytes;
use std::path::Path;
use trimtab_domain::intake::MediaType;
use trimtab_domain::{Error, Result};

/// Recognises a file's encoding, by its first bytes and then by its name.
///
/// # Errors
///
/// `Invalid` if it is none that is understood.
pub(crate) fn media_type(path: &Path, body: &[u8]) -> Result<MediaType> {
    let shown = path.display();
    if body.is_empty() {
        return Err(Error::invalid(format!("`{shown}` is empty")));
    }
    if body.starts_with(b"PAR1") {
        return Ok(MediaType::Parquet);
    }
    if body.starts_with(b"ARROW1") || body.starts_with(&[0xff; 4]) {
        return Ok(MediaType::ArrowStream);
    }
    if body.starts_with(&[0x1f, 0x8b]) {
        return Err(Error::invalid(format!("`{shown}`: gzip is not read here"))
            .with_hint("unpack it first: gunzip --keep FILE"));
    }
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.unwrap_or_default().to_ascii_lowercase().as_str() {
        "csv" => Ok(MediaType::Csv),
        "json" if body.trim_ascii_start().starts_with(b"[") => Ok(MediaType::Json),
        "ndjson" | "jsonl" | "json" => Ok(MediaType::Ndjson),
        "parquet" => Err(Error::invalid(format!(
            "`{shown}` is not a Parquet file: it does not begin with PAR1"
        ))
        .with_hint("was it cut off, or is it another format?")),
        _ => Err(
            Error::invalid(format!("`{shown}`: the format is not recognised"))
                .with_hint("use .parquet, .csv, .ndjson, .json or .arrow"),
        ),
    }
}

/// Reads a file whole.
///
/// # Errors
///
/// `Invalid`, naming the file and the place, if it cannot be read or holds no row.
pub(crate) fn read(path: &Path) -> Result<RecordBatch> {
    let body = std::fs::read(path).map_err(|source| {
        Error::invalid(format!("cannot read `{}`: {source}", path.display()))
            .with_hint("check the path and its permissions")
    })?;
    read_body(path, &body.into())
}

/// As [`read`], for bytes that are already here.
pub(crate) fn read_body(path: &Path, body: &Bytes) -> Result<RecordBatch> {
    let media_type = media_type(path, body)?;
    tables::read(&format!("`{}`", path.display()), media_type, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &str) -> Result<RecordBatch> {
        read_body(Path::new(name), &Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn text_formats_are_recognised() {
        let lines = "{\"a\":1,\"b\":\"x\"}\n{\"a\":2.5,\"b\":null}\n";
        let batch = read_text("x.ndjson", lines).unwrap();
        assert_eq!((batch.num_rows(), batch.num_columns()), (2, 2));
        let batch = read_text("x.json", "[{\"a\":1},{\"a\":2}]").unwrap();
        assert_eq!(batch.num_rows(), 2);
        let batch = read_text("x.csv", "a,b\n1,x\n2,y\n").unwrap();
        assert_eq!((batch.num_rows(), batch.num_columns()), (2, 2));
    }

    #[test]
    fn refusals_name_the_file() {
        for (name, text) in [
            ("empty.csv", ""),
            ("cut.parquet", "PAR1 and then nothing"),
            ("no.parquet", "hello"),
            ("what.bin", "hello"),
            ("bad.ndjson", "{\"a\":1}\n{\"a\":"),
            ("header.csv", "a,b\n"),
        ] {
            let message = read_text(name, text).unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
    }
}

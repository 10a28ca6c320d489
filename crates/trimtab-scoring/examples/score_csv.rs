//! Scores a CSV file with a model: `score_csv MODEL.onnx ENCODING.json DATA.csv [graph]`.
//!
//! The CSV has a header and plain fields (no quotes but around names); an empty field is missing. One line of
//! scores per row is printed. With `graph`, tract runs the model whatever it is.

use std::error::Error;
use std::io::Write;
use trimtab_domain::documents::EncodingSpec;
use trimtab_domain::encoding::{Encoder, InputColumn};
use trimtab_domain::ports::scoring::ModelReader;
use trimtab_scoring::OnnxReader;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, encoding, data, rest @ ..] = arguments.as_slice() else {
        return Err("usage: score_csv MODEL.onnx ENCODING.json DATA.csv [graph]".into());
    };
    let file = std::fs::read(model)?;
    let model = if rest.is_empty() {
        OnnxReader.read(&file)?
    } else {
        OnnxReader.read_as_graph(&file)?
    };
    let encoder = Encoder::new(&EncodingSpec::from_json(&std::fs::read(encoding)?)?)?;
    let text = std::fs::read_to_string(data)?;
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default().split(',');
    let header: Vec<&str> = header.map(|name| name.trim_matches('"')).collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();

    // Every column both ways: the encoding document says which one is wanted.
    let words: Vec<Vec<Option<&str>>> = (0..header.len())
        .map(|i| {
            rows.iter()
                .map(|row| Some(row[i]).filter(|field| !field.is_empty()))
                .collect()
        })
        .collect();
    let numbers: Vec<Option<Vec<f64>>> = words.iter().map(|column| as_numbers(column)).collect();
    let find = |name: &str| {
        let position = header.iter().position(|column| *column == name)?;
        Some(match &numbers[position] {
            Some(numbers) => InputColumn::Numbers(numbers),
            None => InputColumn::Words(&words[position]),
        })
    };
    let scores = model.score(&encoder.encode(rows.len(), find)?)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for row in scores.values.chunks(scores.n_columns) {
        let fields: Vec<String> = row.iter().map(ToString::to_string).collect();
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

fn as_numbers(column: &[Option<&str>]) -> Option<Vec<f64>> {
    column
        .iter()
        .map(|field| field.map_or(Some(f64::NAN), |text| text.parse().ok()))
        .collect()
}

//! What changed between two CSV files, as a model sees it:
//! `explain_csv MODEL.onnx ENCODING.json REFERENCE.csv CURRENT.csv`.
//!
//! Prints, per input column, the share of the change of the mean prediction that it explains, and
//! the total. The files are as for `score_csv`.

use std::error::Error;
use std::io::Write;
use trimtab_domain::documents::EncodingSpec;
use trimtab_domain::encoding::{Encoder, InputColumn};
use trimtab_domain::ports::scoring::{ModelReader, RowBatch, ShapMethod};
use trimtab_scoring::OnnxReader;
use trimtab_stats::attribution::mean_change;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, encoding, reference, current] = arguments.as_slice() else {
        return Err("usage: explain_csv MODEL.onnx ENCODING.json REFERENCE.csv CURRENT.csv".into());
    };
    let model = OnnxReader.read(&std::fs::read(model)?)?;
    let spec = EncodingSpec::from_json(&std::fs::read(encoding)?)?;
    let encoder = Encoder::new(&spec)?;
    let reference = rows(&encoder, reference)?;
    let current = rows(&encoder, current)?;

    let explainer = model.explainer(&reference, ShapMethod::PathDependent)?;
    let explain = |rows: &RowBatch| -> Result<(Vec<f64>, Vec<f64>), Box<dyn Error>> {
        let attributions = explainer
            .explain(rows)?
            .summed_to_columns(&spec.column_of_value())?;
        let expected = explainer.expected_values()[0];
        let columns = attributions.values.chunks(attributions.n_features);
        let margins = columns
            .map(|row| expected + row.iter().sum::<f64>())
            .collect();
        Ok((attributions.values, margins))
    };
    let (before, margins_before) = explain(&reference)?;
    let (now, margins_now) = explain(&current)?;
    let change = mean_change(&before, &now, &margins_before, &margins_now)?;
    let mut out = std::io::stdout().lock();
    for (column, share) in spec.columns().iter().zip(&change.columns) {
        writeln!(out, "{column},{},{}", share.value, share.standard_error)?;
    }
    writeln!(out, "total,{},{}", change.change, change.rest)?;
    Ok(())
}

fn rows(encoder: &Encoder, path: &str) -> Result<RowBatch, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default().split(',');
    let header: Vec<&str> = header.map(|name| name.trim_matches('"')).collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let words: Vec<Vec<Option<&str>>> = (0..header.len())
        .map(|i| {
            rows.iter()
                .map(|row| Some(row[i]).filter(|field| !field.is_empty()))
                .collect()
        })
        .collect();
    let numbers: Vec<Option<Vec<f64>>> = words
        .iter()
        .map(|column| {
            let fields = column.iter();
            fields
                .map(|field| field.map_or(Some(f64::NAN), |text| text.parse().ok()))
                .collect()
        })
        .collect();
    let find = |name: &str| {
        let position = header.iter().position(|column| *column == name)?;
        Some(match &numbers[position] {
            Some(numbers) => InputColumn::Numbers(numbers),
            None => InputColumn::Words(&words[position]),
        })
    };
    Ok(encoder.encode(rows.len(), find)?)
}

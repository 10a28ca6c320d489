//! `trimtab check` on two Parquet files of a million rows and 30 columns, beside the bare cost of
//! reading the same two files once.

#![expect(clippy::print_stdout, reason = "a benchmark talks to its terminal")]

use anyhow::{Context, Result, bail};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use trimtab_benches::{median, print_header, rows, seconds, sibling};

const N_ROWS: usize = 1_000_000;
const N_RUNS: usize = 3;

fn main() -> Result<()> {
    print_header("file_comparison");
    let folder = std::env::temp_dir().join(format!("trimtab-bench-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = measure(&folder);
    std::fs::remove_dir_all(&folder)?;
    result
}

fn measure(folder: &Path) -> Result<()> {
    let (reference, current) = (
        folder.join("reference.parquet"),
        folder.join("current.parquet"),
    );
    rows::to_parquet(&rows::features(N_ROWS, 1, 0.0)?, &reference)?;
    rows::to_parquet(&rows::features(N_ROWS, 2, 0.05)?, &current)?;
    let megabytes =
        (std::fs::metadata(&reference)?.len() + std::fs::metadata(&current)?.len()) >> 20;

    let mut failed = None;
    let reading = seconds(N_RUNS, || {
        for path in [&reference, &current] {
            if let Err(error) = read(path) {
                failed = Some(error);
            }
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let mut checked = Ok(());
    let checking = seconds(N_RUNS, || {
        if let Err(error) = check(&reference, &current) {
            checked = Err(error);
        }
    });
    checked?;
    println!("two files of {N_ROWS} x 30, together {megabytes} MiB");
    println!("reading both, one thread:        {:.2} s", median(&reading));
    println!(
        "trimtab check, whole process:    {:.2} s",
        median(&checking)
    );
    println!(
        "ratio:                           {:.2}",
        median(&checking) / median(&reading)
    );
    Ok(())
}

fn read(path: &Path) -> Result<usize> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?
        .with_batch_size(8_192)
        .build()?;
    let mut n_rows = 0;
    for batch in reader {
        n_rows += batch?.num_rows();
    }
    Ok(n_rows)
}

fn check(reference: &Path, current: &Path) -> Result<()> {
    let status = Command::new(sibling("trimtab"))
        .arg("check")
        .args([reference, current])
        .args(["--output", "json"])
        .stdout(Stdio::null())
        .status()
        .context("cannot start trimtab")?;
    match status.code() {
        Some(0 | 1) => Ok(()),
        _ => bail!("trimtab check ended with {status}"),
    }
}

//! `trimtab check` on two Parquet files of 30 columns, whole process, at growing sizes; beside it in
//! the same run what `DataFusion` needs to decode the same files and do nothing with them, and
//! peers that do the same job.
//!
//!     cargo x bench file_comparison [ROWS…] [--scipy PYTHON] [--scouter PYTHON]
//!
//! The peers are scripts in `benches/peers`, run by an interpreter that has their packages; up to a
//! million rows, since they hold whole tables.

#![expect(clippy::print_stdout, reason = "a benchmark talks to its terminal")]

use anyhow::{Context, Result};
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use futures::StreamExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use trimtab_benches::process::{Run, median_run, run};
use trimtab_benches::{median, print_header, rows, seconds, sibling};

const SIZES: [usize; 3] = [100_000, 1_000_000, 10_000_000];
/// Larger files are read fewer times.
const N_RUNS: usize = 5;
const N_RUNS_LARGE: usize = 3;
const PEER_ROWS_MAX: usize = 1_000_000;

fn main() -> Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    print_header("file_comparison");
    for &n_rows in &options.sizes {
        let folder = std::env::temp_dir().join(format!("trimtab-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let result = measure(&folder, n_rows, &options);
        std::fs::remove_dir_all(&folder)?;
        result?;
    }
    Ok(())
}

#[derive(Default)]
struct Options {
    sizes: Vec<usize>,
    /// Name, script and interpreter.
    peers: Vec<(&'static str, &'static str, PathBuf)>,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            let peer = match argument.as_str() {
                "--scipy" => ("SciPy loop", "scipy_loop.py"),
                "--scouter" => ("Scouter PSI", "scouter_psi.py"),
                n_rows => {
                    let n_rows = n_rows.replace('_', "").parse();
                    options.sizes.push(n_rows.context("rows are a number")?);
                    continue;
                }
            };
            let python = arguments.next().context("name an interpreter")?;
            options.peers.push((peer.0, peer.1, PathBuf::from(python)));
        }
        if options.sizes.is_empty() {
            options.sizes = SIZES.to_vec();
        }
        Ok(options)
    }
}

fn measure(folder: &Path, n_rows: usize, options: &Options) -> Result<()> {
    let files = [
        folder.join("reference.parquet"),
        folder.join("current.parquet"),
    ];
    rows::write_features(n_rows, 1, 0.0, &files[0])?;
    rows::write_features(n_rows, 1_001, 0.05, &files[1])?;
    let mut bytes = 0;
    for file in &files {
        bytes += std::fs::metadata(file)?.len();
    }
    println!("\ntwo files of {n_rows} x 30, together {} MiB", bytes >> 20);
    let n_runs = if n_rows > PEER_ROWS_MAX {
        N_RUNS_LARGE
    } else {
        N_RUNS
    };
    let mut decoded = Ok(());
    let decoding = median(&seconds(n_runs, || {
        if let Err(error) = decode(&files) {
            decoded = Err(error);
        }
    }));
    decoded?;
    println!("{:<34} {decoding:>8.3} s", "DataFusion decodes both files");
    let checking = median_run(n_runs, || {
        let mut check = Command::new(sibling("trimtab"));
        run(check.arg("check").args(&files).args(["--output", "json"]))
    })?;
    print_run("trimtab check", checking);
    println!(
        "{:<34} {:>8.2}",
        "check / decode",
        checking.seconds / decoding
    );
    if n_rows > PEER_ROWS_MAX {
        return Ok(());
    }
    for (name, script, python) in &options.peers {
        let script = Path::new("benches/peers").join(script);
        let peer = median_run(n_runs, || {
            run(Command::new(python).arg(&script).args(&files))
        })?;
        print_run(name, peer);
        println!(
            "{:<34} {:>8.2}",
            format!("{name} / check"),
            peer.seconds / checking.seconds
        );
    }
    Ok(())
}

fn print_run(name: &str, run: Run) {
    println!(
        "{:<34} {:>8.3} s {:>6} MB",
        name, run.seconds, run.peak_megabytes
    );
}

/// Reads every column of both files on all cores and drops what was read.
#[tokio::main]
async fn decode(files: &[PathBuf]) -> Result<usize> {
    let context = SessionContext::new();
    let mut n_rows = 0;
    for file in files {
        let path = file.to_string_lossy();
        let table = context
            .read_parquet(path.as_ref(), ParquetReadOptions::default())
            .await?;
        let parts = table.execute_stream_partitioned().await?;
        let parts = parts.into_iter().map(|mut part| {
            tokio::spawn(async move {
                let mut n_rows = 0;
                while let Some(batch) = part.next().await {
                    n_rows += batch?.num_rows();
                }
                Ok::<usize, datafusion::error::DataFusionError>(n_rows)
            })
        });
        for part in parts.collect::<Vec<_>>() {
            n_rows += part.await??;
        }
    }
    Ok(n_rows)
}

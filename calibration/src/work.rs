//! Many independent pieces of work on all cores, finished ones kept over restarts.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Where results of finished pieces are kept, so that an interrupted run goes on.
pub(crate) struct Store {
    path: PathBuf,
    known: Mutex<BTreeMap<String, Vec<f64>>>,
    threads: usize,
    started: Instant,
}

/// A piece of work: its name, how long it takes in any unit, and what it computes.
pub(crate) struct Piece<'a> {
    pub(crate) name: String,
    pub(crate) cost: f64,
    pub(crate) run: Box<dyn Fn(u64) -> Vec<f64> + Sync + Send + 'a>,
}

impl Store {
    /// Results of an earlier run of this very program are used again.
    ///
    /// The first line of the file names the program (a hash of its bytes) and the plan.
    pub(crate) fn open(path: PathBuf, plan: &str, threads: usize) -> Result<Self, String> {
        let title = format!("{plan} {:016x}", fingerprint()?);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut lines = text.lines();
        let mut known = BTreeMap::new();
        if lines.next() == Some(title.as_str()) {
            for line in lines {
                // A line that a kill cut short has no end mark.
                let Some((name, numbers)) = line
                    .strip_suffix("\t;")
                    .and_then(|line| line.split_once('\t'))
                else {
                    continue;
                };
                let numbers: Option<Vec<f64>> = numbers
                    .split('\t')
                    .map(|number| number.parse().ok())
                    .collect();
                if let Some(numbers) = numbers {
                    known.insert(name.to_owned(), numbers);
                }
            }
            eprintln!(
                "{} finished pieces are known from {}",
                known.len(),
                path.display()
            );
        } else {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
            }
            std::fs::write(&path, format!("{title}\n")).map_err(|error| error.to_string())?;
        }
        Ok(Self {
            path,
            known: Mutex::new(known),
            threads,
            started: Instant::now(),
        })
    }

    /// Runs what is not known yet, the longest first, and gives all results in order.
    ///
    /// A piece is seeded by its name: neither order nor threads change a result.
    pub(crate) fn run(&self, what: &str, pieces: &[Piece<'_>]) -> Vec<Vec<f64>> {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut order: Vec<&Piece<'_>> = pieces
            .iter()
            .filter(|piece| !lock().contains_key(&piece.name))
            .collect();
        order.sort_by(|a, b| b.cost.total_cmp(&a.cost));
        let next = AtomicUsize::new(0);
        let total: f64 = order.iter().map(|piece| piece.cost).sum();
        let done = Mutex::new(0.0);
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| {
                    while let Some(piece) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let numbers = (piece.run)(hash(piece.name.as_bytes()));
                        self.keep(&piece.name, &numbers);
                        lock().insert(piece.name.clone(), numbers);
                        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                        *done += piece.cost;
                        eprintln!(
                            "{:>5.0} s  {what}: {:>3.0} %  {}",
                            self.started.elapsed().as_secs_f64(),
                            100.0 * *done / total,
                            piece.name
                        );
                    }
                });
            }
        });
        let known = lock();
        pieces
            .iter()
            .map(|piece| known.get(&piece.name).cloned().unwrap_or_default())
            .collect()
    }

    fn keep(&self, name: &str, numbers: &[f64]) {
        let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
        let line = format!("{name}\t{}\t;\n", numbers.join("\t"));
        let file = std::fs::OpenOptions::new().append(true).open(&self.path);
        if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
            eprintln!("{name} could not be kept: {error}");
        }
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

fn fingerprint() -> Result<u64, String> {
    let program = std::env::current_exe().and_then(std::fs::read);
    program
        .map(|bytes| hash(&bytes))
        .map_err(|error| error.to_string())
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

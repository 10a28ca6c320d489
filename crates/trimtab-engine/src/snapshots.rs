//! Data snapshots on disk: one folder each, with `manifest.json` and the Parquet files it names.
//!
//! A snapshot is written beside its place, synced, and moved there in one step: it is there whole
//! or not at all. Nothing changes it afterwards, and whoever reads it checks the hashes.

use crate::blocking;
use crate::failure::wrap;
use crate::lake::{LABEL_KNOWN_AT, TrainingRows};
use crate::prepare::frame_column;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind as IoErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use trimtab_domain::documents::{ColumnRole, ModelSpec};
use trimtab_domain::retraining::{
    LabelMaturity, SnapshotColumn, SnapshotFile, SnapshotManifest, SnapshotRequest, StoredSnapshot,
};
use trimtab_domain::{Error, ModelName, Result, SnapshotId};

const MANIFEST: &str = "manifest.json";
/// Rows of one file.
const FILE_ROWS_MAX: usize = 1_000_000;
const FORMAT: u32 = 1;

/// The folder of all snapshots.
#[derive(Debug, Clone)]
pub(crate) struct SnapshotFolder {
    folder: PathBuf,
}

impl SnapshotFolder {
    /// Opens the folder, and removes what a crash left half written.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let failed = || wrap(format!("cannot open `{}`", folder.display()));
        std::fs::create_dir_all(folder).map_err(failed())?;
        for entry in std::fs::read_dir(folder).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            if entry.file_name().to_string_lossy().starts_with(".draft-") {
                std::fs::remove_dir_all(entry.path()).map_err(failed())?;
            }
        }
        // Others read it by its full name, from wherever they work.
        let folder = folder.canonicalize().map_err(failed())?;
        Ok(Self { folder })
    }

    /// A snapshot, its files checked.
    pub(crate) async fn read(&self, id: &SnapshotId) -> Result<Option<StoredSnapshot>> {
        let folder = self.folder.join(id.as_str());
        blocking(move || read(&folder)).await
    }

    /// Writes a snapshot of these rows.
    pub(crate) async fn write(
        &self,
        request: SnapshotRequest,
        rows: TrainingRows,
    ) -> Result<StoredSnapshot> {
        let this = self.clone();
        blocking(move || this.write_now(&request, &rows)).await
    }

    fn write_now(&self, request: &SnapshotRequest, rows: &TrainingRows) -> Result<StoredSnapshot> {
        let draft = self.folder.join(format!(".draft-{}", request.id));
        let place = self.folder.join(request.id.as_str());
        let failed = || wrap(format!("cannot write the snapshot `{}`", place.display()));
        if draft.exists() {
            std::fs::remove_dir_all(&draft).map_err(failed())?;
        }
        std::fs::create_dir(&draft).map_err(failed())?;
        let manifest = manifest(request, rows, write_files(&draft, rows)?)?;
        let mut text = serde_json::to_vec_pretty(&manifest)
            .map_err(wrap("cannot write the manifest of a snapshot"))?;
        text.push(b'\n');
        let mut file = File::create(draft.join(MANIFEST)).map_err(failed())?;
        file.write_all(&text).map_err(failed())?;
        file.sync_all().map_err(failed())?;
        sync_folder(&draft).map_err(failed())?;
        std::fs::rename(&draft, &place).map_err(failed())?;
        sync_folder(&self.folder).map_err(failed())?;
        Ok(StoredSnapshot {
            manifest,
            folder: place.to_string_lossy().into_owned(),
            manifest_sha256: hex(&Sha256::digest(&text)),
        })
    }

    /// Removes a model's snapshots.
    pub(crate) async fn delete_model(&self, model: &ModelName) -> Result<()> {
        let (folder, model) = (self.folder.clone(), model.clone());
        blocking(move || {
            let failed = || wrap(format!("cannot remove snapshots in `{}`", folder.display()));
            for entry in std::fs::read_dir(&folder).map_err(failed())? {
                let place = entry.map_err(failed())?.path();
                let text = std::fs::read(place.join(MANIFEST)).unwrap_or_default();
                let manifest: Option<SnapshotManifest> = serde_json::from_slice(&text).ok();
                if manifest.is_some_and(|manifest| manifest.model == model) {
                    std::fs::remove_dir_all(&place).map_err(failed())?;
                }
            }
            Ok(())
        })
        .await
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn write_files(folder: &Path, rows: &TrainingRows) -> Result<Vec<SnapshotFile>> {
    let message = format!("cannot write rows into `{}`", folder.display());
    let failed = || wrap::<std::io::Error>(message.clone());
    let not_written = || wrap::<ParquetError>(message.clone());
    let mut files = Vec::new();
    let n_rows = rows.batch.num_rows();
    let mut from = 0;
    while from < n_rows {
        let length = FILE_ROWS_MAX.min(n_rows - from);
        let name = format!("rows-{:05}.parquet", files.len());
        let path = folder.join(&name);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let file = File::create(&path).map_err(failed())?;
        let part = rows.batch.slice(from, length);
        let mut writer =
            ArrowWriter::try_new(file, part.schema(), Some(properties)).map_err(not_written())?;
        writer.write(&part).map_err(not_written())?;
        let file = writer.into_inner().map_err(not_written())?;
        file.sync_all().map_err(failed())?;
        let (sha256, size_bytes) = hash_file(&path)?;
        files.push(SnapshotFile {
            name,
            sha256,
            size_bytes,
            n_rows: length as u64,
        });
        from += length;
    }
    Ok(files)
}

fn manifest(
    request: &SnapshotRequest,
    rows: &TrainingRows,
    files: Vec<SnapshotFile>,
) -> Result<SnapshotManifest> {
    let n_rows = rows.batch.num_rows() as u64;
    Ok(SnapshotManifest {
        format: FORMAT,
        id: request.id.clone(),
        model: request.model.name.clone(),
        period: request.period,
        known_at: request.known_at,
        sha256: hash_of(&files),
        files,
        n_rows,
        n_unlabelled: rows.n_unlabelled,
        n_excluded: rows.n_excluded,
        maturity: maturity(rows)?,
        exclusions: request.exclusions.clone(),
        columns: columns(&request.model, rows),
    })
}

/// The hash over names and hashes of the files.
fn hash_of(files: &[SnapshotFile]) -> String {
    let mut whole = Sha256::new();
    for file in files {
        whole.update(file.name.as_bytes());
        whole.update(b"\0");
        whole.update(file.sha256.as_bytes());
        whole.update(b"\n");
    }
    hex(&whole.finalize())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows and seconds stay far below 2^53"
)]
fn maturity(rows: &TrainingRows) -> Result<LabelMaturity> {
    let times = frame_column(&rows.batch, "timestamp")?.as_primitive::<TimestampMicrosecondType>();
    let known =
        frame_column(&rows.batch, LABEL_KNOWN_AT)?.as_primitive::<TimestampMicrosecondType>();
    let mut delays: Vec<i64> = times
        .values()
        .iter()
        .zip(known.values())
        .map(|(time, known)| known.saturating_sub(*time))
        .collect();
    delays.sort_unstable();
    let quantile = |share: f64| {
        // The smallest delay that at least this share does not exceed.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a length is a place in it"
        )]
        let place = (share * delays.len() as f64).ceil() as usize;
        let delay = delays.get(place.saturating_sub(1));
        delay.map(|delay| *delay as f64 / 1e6)
    };
    let instant = |us: Option<i64>| us.and_then(|us| jiff::Timestamp::from_microsecond(us).ok());
    let n_rows = rows.batch.num_rows() as f64;
    Ok(LabelMaturity {
        share_labelled: Some(n_rows / (n_rows + rows.n_unlabelled as f64)),
        newest_row: instant(times.values().iter().copied().max()),
        newest_label: instant(known.values().iter().copied().max()),
        delay_median_seconds: quantile(0.5),
        delay_p90_seconds: quantile(0.9),
    })
}

fn columns(spec: &ModelSpec, rows: &TrainingRows) -> Vec<SnapshotColumn> {
    let schema = rows.batch.schema();
    schema
        .fields()
        .iter()
        .zip(rows.batch.columns())
        .map(|(field, array)| {
            let name = field.name();
            let role = match name.as_str() {
                _ if *name == rows.label => "label",
                "prediction_id" | "entity_id" => "id",
                "timestamp" => "timestamp",
                "model_version" | LABEL_KNOWN_AT => "metadata",
                _ => spec
                    .column(name)
                    .map_or("metadata", |column| role_word(column.role)),
            };
            SnapshotColumn {
                name: name.clone(),
                data_type: type_word(array.data_type()).to_owned(),
                role: role.to_owned(),
                n_missing: array.null_count() as u64,
            }
        })
        .collect()
}

fn role_word(role: ColumnRole) -> &'static str {
    match role {
        ColumnRole::Feature => "feature",
        ColumnRole::Prediction => "prediction",
        ColumnRole::Score => "score",
        ColumnRole::Label => "label",
        ColumnRole::Segment => "segment",
        ColumnRole::Timestamp => "timestamp",
        ColumnRole::Id => "id",
        ColumnRole::Latency => "latency",
        ColumnRole::Error => "error",
        ColumnRole::Metadata => "metadata",
    }
}

fn type_word(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Float64 => "float",
        DataType::Int64 => "integer",
        DataType::Boolean => "boolean",
        DataType::Timestamp(_, _) => "timestamp",
        _ => "string",
    }
}

fn read(folder: &Path) -> Result<Option<StoredSnapshot>> {
    let path = folder.join(MANIFEST);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(source) if source.kind() == IoErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(wrap(format!("cannot read `{}`", path.display()))(source)),
    };
    let changed = |what: String| {
        Error::conflict(format!("{what} is not what was written"))
            .with_hint("somebody changed the snapshot: ask for a new retraining")
    };
    let manifest: SnapshotManifest = serde_json::from_slice(&text)
        .map_err(|source| changed(format!("`{}`", path.display())).with_source(source))?;
    for file in &manifest.files {
        let path = folder.join(&file.name);
        let is_whole = hash_file(&path)
            .is_ok_and(|(sha256, size)| sha256 == file.sha256 && size == file.size_bytes);
        if !is_whole {
            return Err(changed(format!("`{}`", path.display())));
        }
    }
    if manifest.sha256 != hash_of(&manifest.files) {
        return Err(changed(format!("`{}`", path.display())));
    }
    Ok(Some(StoredSnapshot {
        manifest,
        folder: folder.to_string_lossy().into_owned(),
        manifest_sha256: hex(&Sha256::digest(&text)),
    }))
}

fn hash_file(path: &Path) -> Result<(String, u64)> {
    let failed = || wrap(format!("cannot read `{}`", path.display()));
    let mut file = File::open(path).map_err(failed())?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 20];
    let mut n_bytes = 0_u64;
    loop {
        let n = file.read(&mut buffer).map_err(failed())?;
        if n == 0 {
            return Ok((hex(&hash.finalize()), n_bytes));
        }
        hash.update(&buffer[..n]);
        n_bytes += n as u64;
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}

//! Where a side's rows are: files, globs, folders, `-` for standard input.

use super::Source;
use super::parquet::ParquetFile;
use crate::failure::{unreadable, wrap};
use crate::tables;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use trimtab_domain::intake::MediaType;
use trimtab_domain::{Error, Result};

/// Endings of files that a folder is searched for.
const ENDINGS: [&str; 8] = [
    "parquet", "csv", "ndjson", "jsonl", "json", "arrow", "arrows", "feather",
];

/// Opens everything that the sources name, in order of names.
pub(super) fn open(side: &str, sources: &[String]) -> Result<Vec<Source>> {
    if sources.is_empty() {
        return Err(Error::invalid(format!("no file was given for the {side}")));
    }
    let mut opened = Vec::new();
    for source in sources {
        if source == "-" {
            opened.push(standard_input()?);
            continue;
        }
        for path in resolve(source)? {
            opened.push(open_file(&path)?);
        }
    }
    Ok(opened)
}

fn standard_input() -> Result<Source> {
    let mut body = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut body)
        .map_err(wrap("cannot read standard input"))?;
    let body = unpacked("standard input", body)?;
    let media_type = sniff(&body);
    let body = Bytes::from(body);
    tables::read_parts("standard input", media_type, &body).map(Source::Table)
}

fn open_file(path: &Path) -> Result<Source> {
    let refused = |source: std::io::Error| {
        Error::invalid(format!("cannot read `{}`: {source}", path.display()))
            .with_hint("check the path and its permissions")
    };
    let mut file = File::open(path).map_err(refused)?;
    let mut start = Vec::new();
    (&file).take(4).read_to_end(&mut start).map_err(refused)?;
    // Only a file that can be read out of order is left on disk: a pipe cannot.
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    if start == b"PAR1" && is_file {
        return ParquetFile::open(path, &file).map(Source::Parquet);
    }
    let mut body = start;
    file.read_to_end(&mut body).map_err(refused)?;
    let what = format!("`{}`", path.display());
    let body = unpacked(&what, body)?;
    let media_type = by_ending(path).unwrap_or_else(|| sniff(&body));
    tables::read_parts(&what, media_type, &Bytes::from(body)).map(Source::Table)
}

/// The files that a source names.
fn resolve(source: &str) -> Result<Vec<PathBuf>> {
    let path = Path::new(source);
    if path.is_dir() {
        let mut files = BTreeSet::new();
        walk(path, &mut files)?;
        if files.is_empty() {
            return Err(
                Error::invalid(format!("folder `{source}` holds no data file"))
                    .with_hint(format!("files must end in one of: {}", ENDINGS.join(", "))),
            );
        }
        return Ok(files.into_iter().collect());
    }
    if path.exists() || !source.contains(['*', '?']) {
        // A missing file is reported by whoever reads it, with the system's words.
        return Ok(vec![path.to_owned()]);
    }
    let mut found = BTreeSet::new();
    let (start, rest) = match source.strip_prefix('/') {
        Some(rest) => (PathBuf::from("/"), rest),
        None => (PathBuf::new(), source),
    };
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    expand(&start, &parts, &mut found);
    if found.is_empty() {
        return Err(Error::invalid(format!("no file matches `{source}`"))
            .with_hint("quote the pattern, and check the folder it starts in"));
    }
    Ok(found.into_iter().collect())
}

fn walk(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<()> {
    let failed = || wrap(format!("cannot list `{}`", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        // Logs and markers of table formats begin like this.
        if name.is_none_or(|name| name.starts_with(['.', '_'])) {
            continue;
        }
        if path.is_dir() {
            walk(&path, files)?;
        } else if by_ending(&path).is_some() {
            files.insert(path);
        }
    }
    Ok(())
}

/// Follows the parts of a pattern through the folders that exist.
fn expand(at: &Path, parts: &[&str], found: &mut BTreeSet<PathBuf>) {
    let Some((part, rest)) = parts.split_first() else {
        if at.is_file() {
            found.insert(at.to_owned());
        }
        return;
    };
    if !part.contains(['*', '?']) {
        expand(&at.join(part), rest, found);
        return;
    }
    let folder = if at.as_os_str().is_empty() {
        Path::new(".")
    } else {
        at
    };
    if *part == "**" {
        expand(at, rest, found);
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let path = at.join(name);
        if *part == "**" {
            if path.is_dir() {
                expand(&path, parts, found);
            }
        } else if matches(part.as_bytes(), name.as_bytes()) {
            expand(&path, rest, found);
        }
    }
}

/// Whether a name fits a pattern of `*` and `?`.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            matches(rest, name)
                || name
                    .split_first()
                    .is_some_and(|(_, name)| matches(pattern, name))
        }
        (Some((b'?', rest)), Some((_, name))) => matches(rest, name),
        (Some((letter, rest)), Some((other, name))) => letter == other && matches(rest, name),
        _ => false,
    }
}

/// A gzip file's content; anything else as it is.
fn unpacked(what: &str, body: Vec<u8>) -> Result<Vec<u8>> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return Ok(body);
    }
    let mut content = Vec::new();
    flate2::read::MultiGzDecoder::new(body.as_slice())
        .read_to_end(&mut content)
        .map_err(unreadable(format!("{what} is not a whole gzip file")))?;
    Ok(content)
}

fn by_ending(path: &Path) -> Option<MediaType> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    match ending.as_str() {
        "gz" => by_ending(Path::new(path.file_stem()?)),
        "parquet" | "pq" => Some(MediaType::Parquet),
        "csv" => Some(MediaType::Csv),
        "ndjson" | "jsonl" => Some(MediaType::Ndjson),
        "json" => Some(MediaType::Json),
        "arrow" | "arrows" | "feather" | "ipc" => Some(MediaType::ArrowStream),
        _ => None,
    }
}

/// Recognises an encoding by how it begins.
fn sniff(body: &[u8]) -> MediaType {
    let start = body.trim_ascii_start();
    if body.starts_with(b"PAR1") {
        MediaType::Parquet
    } else if body.starts_with(b"ARROW1") || body.starts_with(&[0xff; 4]) {
        MediaType::ArrowStream
    } else if start.starts_with(b"[") {
        MediaType::Json
    } else if start.starts_with(b"{") {
        MediaType::Ndjson
    } else {
        MediaType::Csv
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_names() {
        for (pattern, name, fits) in [
            ("*.parquet", "a.parquet", true),
            ("*.parquet", "a.csv", false),
            ("a?c*", "abcd", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("**b", "aab", true),
        ] {
            assert_eq!(
                matches(pattern.as_bytes(), name.as_bytes()),
                fits,
                "{pattern} {name}"
            );
        }
    }
}

//! Packs the built dashboard (`web/dist`) into a table that `src/web.rs` includes.
//!
//! Never calls npm: without `web/dist` the server is built all the same and serves a notice page
//! (unless `REQUIRE_WEB=1` asks for the dashboard).

use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const NOTICE: &str = "the dashboard is not built: run `npm ci && npm run build` in web/, \
                      then build again";

fn main() -> io::Result<()> {
    let here = PathBuf::from(required("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(required("OUT_DIR"));
    let dist = here.join("../../web/dist");
    // A path that is watched but absent would rebuild this crate every time.
    if here.join("../../web").is_dir() && !dist.exists() {
        drop(fs::create_dir(&dist));
    }
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=REQUIRE_WEB");

    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        collect(&dist, &dist, &mut files)?;
        files.sort();
    } else if is_required() {
        println!("cargo::error={NOTICE}");
        return Ok(());
    } else {
        println!("cargo::warning={NOTICE}");
    }
    fs::write(out.join("embedded.rs"), table(&dist, &out, &files)?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told by its environment"
)]
fn required(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

fn is_required() -> bool {
    matches!(required("REQUIRE_WEB").as_str(), "1" | "true")
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(relative) = path.strip_prefix(root) {
            let name = relative.to_string_lossy().replace('\\', "/");
            let is_source_map = path.extension().is_some_and(|it| it == "map");
            if !is_source_map {
                files.push(name);
            }
        }
    }
    Ok(())
}

fn table(dist: &Path, out: &Path, files: &[String]) -> io::Result<String> {
    let mut source = String::from("pub(crate) static FILES: &[Embedded] = &[\n");
    for (idx, name) in files.iter().enumerate() {
        let bytes = fs::read(dist.join(name))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes)?;
        let packed = encoder.finish()?;
        // Fonts and pictures are packed already.
        let is_gzip = packed.len() * 10 < bytes.len() * 9;
        let stored = if is_gzip { &packed } else { &bytes };
        let place = out.join(format!("{idx}.bin"));
        fs::write(&place, stored)?;
        let written = writeln!(
            source,
            "    Embedded {{ path: {name:?}, content_type: {:?}, is_gzip: {is_gzip}, etag: \"\\\"{:016x}\\\"\", bytes: include_bytes!({:?}) }},",
            content_type(name),
            fingerprint(&bytes),
            place.display().to_string()
        );
        written.map_err(io::Error::other)?;
    }
    source.push_str("];\n");
    Ok(source)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// FNV-1a: tells versions of a file apart, no more.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

//! Four layers become one [`Settings`], and each value remembers where it came from.

use super::sections::Settings;
use crate::near::nearest;
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What every variable of ours begins with.
const PREFIX: &str = "TRIMTAB_";

/// Variables that other commands read, or that say where the file is.
const OTHER_VARIABLES: [&str; 3] = ["TRIMTAB_SERVER_URL", "TRIMTAB_TOKEN", "TRIMTAB_CONFIG"];

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody said anything.
    Default,
    /// A settings file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    /// `--config`.
    pub(crate) config: Option<PathBuf>,
    /// `--listen`.
    pub(crate) listen: Option<String>,
    /// `--data-dir`.
    pub(crate) data_dir: Option<PathBuf>,
}

/// The settings, and where each came from (by path).
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    pub(crate) origins: BTreeMap<String, Origin>,
}

/// Reads all layers. `variables` is the environment: only `main` touches it.
pub(crate) fn load(flags: &Flags, variables: &BTreeMap<String, String>) -> Result<Loaded> {
    let mut merged = serde_json::to_value(Settings::default())?;
    let mut origins = BTreeMap::new();
    let known = leaves(&merged);
    for path in known.keys() {
        origins.insert(path.clone(), Origin::Default);
    }

    if let Some((path, table)) = read_file(flags, variables)? {
        let origin = Origin::File(path);
        for (key, value) in leaves(&table) {
            set(&mut merged, &mut origins, &known, &key, value, &origin)?;
        }
        refuse_password_in_file(&merged, &origins)?;
    }
    for (name, text) in variables {
        if let Some(path) = path_of_variable(name, &known)? {
            let origin = Origin::Variable(name.clone());
            let value = parse_text(&known[&path], text);
            set(&mut merged, &mut origins, &known, &path, value, &origin)?;
        }
    }
    if let Some(listen) = &flags.listen {
        let value = Value::String(listen.clone());
        let origin = Origin::Flag("--listen");
        set(
            &mut merged,
            &mut origins,
            &known,
            "server.listen",
            value,
            &origin,
        )?;
    }
    if let Some(data_dir) = &flags.data_dir {
        let value = Value::String(data_dir.display().to_string());
        let origin = Origin::Flag("--data-dir");
        set(
            &mut merged,
            &mut origins,
            &known,
            "data_dir",
            value,
            &origin,
        )?;
    }

    let settings: Settings = serde_json::from_value(merged).map_err(|err| {
        anyhow::anyhow!("a setting has a value it cannot have: {err}")
            .context("hint: `trimtab settings default` prints every setting with its meaning")
    })?;
    Ok(Loaded { settings, origins })
}

/// The file to read: the one that was named, else `trimtab.toml` here if there is one.
fn read_file(
    flags: &Flags,
    variables: &BTreeMap<String, String>,
) -> Result<Option<(PathBuf, Value)>> {
    let named = flags
        .config
        .clone()
        .or_else(|| variables.get("TRIMTAB_CONFIG").map(PathBuf::from));
    let path = match named {
        Some(path) => path,
        None if Path::new("trimtab.toml").is_file() => PathBuf::from("trimtab.toml"),
        None => return Ok(None),
    };
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the settings file {}", path.display()))?;
    let table: toml::Table = text
        .parse()
        .map_err(|err| anyhow::anyhow!("{}: {}", path.display(), describe(&text, &err)))?;
    Ok(Some((path, serde_json::to_value(table)?)))
}

/// A TOML error as `line:column: message`.
fn describe(text: &str, err: &toml::de::Error) -> String {
    let Some(span) = err.span() else {
        return err.message().to_owned();
    };
    let before = text.get(..span.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    format!("line {line}, column {column}: {}", err.message())
}

/// Every value that is not a table, by its dotted path.
fn leaves(value: &Value) -> BTreeMap<String, Value> {
    fn walk(prefix: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
        if let Value::Object(table) = value {
            for (key, value) in table {
                let path = if prefix.is_empty() {
                    key.clone()
                } else {
                    format!("{prefix}.{key}")
                };
                walk(&path, value, found);
            }
        } else {
            found.insert(prefix.to_owned(), value.clone());
        }
    }
    let mut found = BTreeMap::new();
    walk("", value, &mut found);
    found
}

fn set(
    merged: &mut Value,
    origins: &mut BTreeMap<String, Origin>,
    known: &BTreeMap<String, Value>,
    path: &str,
    value: Value,
    origin: &Origin,
) -> Result<()> {
    let Some(default) = known.get(path) else {
        bail!(unknown(path, &origin.to_string(), known));
    };
    if !same_type(default, &value) {
        bail!(
            "setting `{path}` from {origin} must be {}, found {value}",
            name_of_type(default)
        );
    }
    let mut place = merged;
    for key in path.split('.') {
        place = place
            .as_object_mut()
            .map(|table: &mut Map<String, Value>| table.entry(key).or_insert(Value::Null))
            .context("settings are tables all the way down")?;
    }
    *place = value;
    origins.insert(path.to_owned(), origin.clone());
    Ok(())
}

fn unknown(path: &str, origin: &str, known: &BTreeMap<String, Value>) -> String {
    let near = nearest(path, known.keys().map(String::as_str)).or_else(|| {
        // The right name in the wrong section.
        let last = path.rsplit('.').next()?;
        known
            .keys()
            .find(|key| key.rsplit('.').next() == Some(last))
            .map(String::as_str)
    });
    let hint = near.map_or_else(
        || "`trimtab settings default` prints every setting".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    format!("unknown setting `{path}` in {origin}\n  hint: {hint}")
}

/// The setting a variable names; `None` if it is not for us.
fn path_of_variable(name: &str, known: &BTreeMap<String, Value>) -> Result<Option<String>> {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        return Ok(None);
    };
    if OTHER_VARIABLES.contains(&name) || is_service_link(rest) {
        return Ok(None);
    }
    let path = rest.to_ascii_lowercase().replace("__", ".");
    if known.contains_key(&path) {
        return Ok(Some(path));
    }
    let near = nearest(&path, known.keys().map(String::as_str))
        .map(|near| format!("{PREFIX}{}", near.replace('.', "__").to_ascii_uppercase()));
    let hint = near.map_or_else(
        || "`trimtab settings default` prints every setting".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    bail!("unknown setting: the environment variable `{name}` names none\n  hint: {hint}");
}

/// Kubernetes puts such variables beside every container of a namespace that has a service
/// called `trimtab`: they are not ours.
fn is_service_link(rest: &str) -> bool {
    rest.starts_with("SERVICE_HOST")
        || rest.starts_with("SERVICE_PORT")
        || rest == "PORT"
        || rest.starts_with("PORT_")
}

/// A variable's text as the type its setting has.
fn parse_text(default: &Value, text: &str) -> Value {
    match default {
        Value::Number(_) => text
            .trim()
            .parse::<i64>()
            .map_or_else(|_| Value::String(text.to_owned()), Value::from),
        Value::Bool(_) => text
            .trim()
            .parse::<bool>()
            .map_or_else(|_| Value::String(text.to_owned()), Value::from),
        Value::Array(_) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect(),
        _ => Value::String(text.to_owned()),
    }
}

fn same_type(default: &Value, value: &Value) -> bool {
    match (default, value) {
        (Value::Number(_), Value::Number(number)) => number.is_u64() || number.is_i64(),
        (Value::Array(_), Value::Array(items)) => items.iter().all(Value::is_string),
        _ => std::mem::discriminant(default) == std::mem::discriminant(value),
    }
}

fn name_of_type(value: &Value) -> &'static str {
    match value {
        Value::Number(_) => "a whole number",
        Value::Bool(_) => "true or false",
        Value::Array(_) => "a list of texts",
        _ => "a text",
    }
}

fn refuse_password_in_file(merged: &Value, origins: &BTreeMap<String, Origin>) -> Result<()> {
    let url = merged["store"]["url"].as_str().unwrap_or_default();
    if matches!(origins.get("store.url"), Some(Origin::File(_))) && has_password(url) {
        bail!(
            "`store.url` in the settings file holds a password\n  hint: put it into the \
             environment (TRIMTAB_STORE__URL) or into a file of its own (`store.url_file`)"
        );
    }
    Ok(())
}

/// Whether a URL holds `user:password@`.
pub(super) fn has_password(url: &str) -> bool {
    url.split_once("://")
        .and_then(|(_, rest)| rest.split('/').next())
        .and_then(|authority| authority.rsplit_once('@'))
        .is_some_and(|(user, _)| user.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn config(text: &str) -> (tempfile::TempDir, Flags) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trimtab.toml");
        std::fs::write(&path, text).unwrap();
        let flags = Flags {
            config: Some(path),
            ..Flags::default()
        };
        (dir, flags)
    }

    #[test]
    fn later_layers_win_and_say_where_they_came_from() {
        let (_dir, mut flags) = config("data_dir = \"a\"\n[server]\nlisten = \"127.0.0.1:1\"\n");
        let loaded = load(&flags, &variables(&[])).unwrap();
        assert_eq!(loaded.settings.server.listen, "127.0.0.1:1");
        assert_eq!(loaded.settings.data_dir, "a");

        let environment = variables(&[
            ("TRIMTAB_SERVER__LISTEN", "127.0.0.1:2"),
            ("TRIMTAB_DATA_DIR", "b"),
            (
                "TRIMTAB_NOTIFY__ALLOW_TARGETS",
                "127.0.0.1:9, hook.local:80",
            ),
            ("TRIMTAB_SERVER_URL", "http://elsewhere"),
            ("TRIMTAB_PORT_3000_TCP_ADDR", "10.0.0.1"),
            ("PATH", "/bin"),
        ]);
        let loaded = load(&flags, &environment).unwrap();
        assert_eq!(loaded.settings.server.listen, "127.0.0.1:2");
        assert_eq!(loaded.settings.data_dir, "b");
        assert_eq!(loaded.settings.notify.allow_targets.len(), 2);

        flags.listen = Some("127.0.0.1:3".to_owned());
        let loaded = load(&flags, &environment).unwrap();
        assert_eq!(loaded.settings.server.listen, "127.0.0.1:3");
        assert_eq!(loaded.origins["server.listen"], Origin::Flag("--listen"));
        assert_eq!(
            loaded.origins["data_dir"],
            Origin::Variable("TRIMTAB_DATA_DIR".to_owned())
        );
        assert_eq!(loaded.origins["log.level"], Origin::Default);
    }

    #[test]
    fn unknown_settings_are_refused_with_the_near_name() {
        let (_dir, flags) = config("[server]\nlissen = \"127.0.0.1:1\"\n");
        let text = load(&flags, &variables(&[])).unwrap_err().to_string();
        assert!(text.contains("did you mean `server.listen`?"), "{text}");

        let text = load(&Flags::default(), &variables(&[("TRIMTAB_DATA_DIRR", "x")]))
            .unwrap_err()
            .to_string();
        assert!(text.contains("did you mean `TRIMTAB_DATA_DIR`?"), "{text}");
    }

    #[test]
    fn wrong_types_and_broken_files_name_the_place() {
        let (_dir, flags) = config("[server]\nbody_limit_mib = \"big\"\n");
        let text = load(&flags, &variables(&[])).unwrap_err().to_string();
        assert!(text.contains("`server.body_limit_mib`"), "{text}");
        assert!(text.contains("whole number"), "{text}");

        let (_dir, flags) = config("[server]\nlisten = \n");
        let text = load(&flags, &variables(&[])).unwrap_err().to_string();
        assert!(text.contains("line 2"), "{text}");
    }

    #[test]
    fn a_password_in_the_file_is_refused() {
        let (_dir, flags) = config("[store]\nurl = \"postgres://u:secret@db/trimtab\"\n");
        let text = load(&flags, &variables(&[])).unwrap_err().to_string();
        assert!(text.contains("url_file"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

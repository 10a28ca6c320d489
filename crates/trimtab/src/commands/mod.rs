//! One file per command.

pub(crate) mod ab_test;
mod answer;
pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod detect;
pub(crate) mod documents;
pub(crate) mod estimate;
pub(crate) mod evaluate;
pub(crate) mod experiment;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod init;
pub(crate) mod model;
pub(crate) mod outliers;
pub(crate) mod policy;
pub(crate) mod profile;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod retrain;
pub(crate) mod rollout;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod summary;
pub(crate) mod supervise;
pub(crate) mod token;
pub(crate) mod validate;
mod views;

use crate::cli::{Cli, CompletionsArgs, PlaceArgs};
use crate::settings::{Flags, Settings};
use anyhow::{Context, Result, bail};
use clap::CommandFactory;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use trimtab_domain::Granularity;
use trimtab_domain::check::WindowLength;

/// Prints the completions of a shell.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "trimtab", &mut text);
    crate::terminal::line(String::from_utf8(text)?.trim_end())
}

/// An instant as people type it: RFC 3339, or a date (midnight UTC).
fn instant(text: &str) -> Result<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    text.parse::<Date>()
        .ok()
        .and_then(|date| date.to_zoned_datetime(TimeZone::UTC).ok())
        .map(|zoned| zoned.timestamp())
        .with_context(|| {
            format!("`{text}` is not an instant\n  hint: write 2026-03-01 or 2026-03-01T12:00:00Z")
        })
}

/// An error of a crate below, with its causes and its hint at the end.
pub(crate) fn told(err: &trimtab_domain::Error) -> anyhow::Error {
    let mut text = err.message().to_owned();
    let mut cause = std::error::Error::source(err);
    while let Some(inner) = cause {
        let part = inner.to_string();
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        cause = inner.source();
    }
    if let Some(hint) = err.hint() {
        text = format!("{text}\n  hint: {hint}");
    }
    anyhow::anyhow!(text)
}

/// The settings of a server of this machine.
fn settings_of(place: PlaceArgs, variables: &BTreeMap<String, String>) -> Result<Settings> {
    let flags = Flags {
        config: place.config,
        listen: None,
        data_dir: place.data_dir,
    };
    Ok(crate::settings::load(&flags, variables)?.settings)
}

/// A length of windows as people type it; `option` is the one they typed it after.
pub(crate) fn window_length(option: &str, text: &str) -> Result<WindowLength> {
    match text {
        "hour" => Ok(WindowLength::Calendar(Granularity::Hour)),
        "day" => Ok(WindowLength::Calendar(Granularity::Day)),
        "week" => Ok(WindowLength::Calendar(Granularity::Week)),
        "month" => Ok(WindowLength::Month),
        other => match other.parse::<u64>() {
            Ok(n) if n > 0 => Ok(WindowLength::Rows(n)),
            _ => bail!(
                "{option} cannot be `{other}`\n  hint: write hour, day, week, month or a number of rows"
            ),
        },
    }
}

/// A time zone by its IANA name.
pub(crate) fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).with_context(|| {
        format!("`{name}` is not a time zone\n  hint: use an IANA name such as UTC or Europe/Paris")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_lengths_are_read() {
        assert_eq!(
            window_length("--window", "day").unwrap(),
            WindowLength::Calendar(Granularity::Day)
        );
        assert_eq!(
            window_length("--window", "500").unwrap(),
            WindowLength::Rows(500)
        );
        assert!(window_length("--window", "0").is_err());
        assert!(window_length("--window", "fortnight").is_err());
    }
}

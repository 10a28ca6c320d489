//! `replay`: a log of the past through the public API, as a serving system would have sent it.

mod serving;

use super::views;
use crate::cli::ReplayArgs;
use crate::client::{Client, Receipt, RowError, escape};
use crate::terminal;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use serving::Serving;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use trimtab_app::report::numbers;
use trimtab_domain::intake::{EventKind, MediaType};
use trimtab_engine::replay_source::{ReplayBatch, ReplayCut, ReplayFiles, ReplaySource};

/// Batches that wait, encoded, to be sent.
const BATCHES_READY_MAX: usize = 4;
/// The sender asks how far the server has come after so many rows…
const ROWS_BETWEEN_LOOKS: u64 = 20_000;
/// …and waits while the profiler is further behind than this.
const LAG_BYTES_MAX: u64 = 16 << 20;
/// How long it waits for the server before it goes on all the same.
const WAIT_MAX: Duration = Duration::from_mins(1);
/// A batch is tried so often when the server is away for a moment.
const ATTEMPTS_MAX: u32 = 5;

/// How fast the log runs.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Speed {
    Max,
    /// Event time over wall time.
    Times(f64),
}

/// What the server made of the rows.
#[derive(Debug, Default)]
struct Sent {
    accepted: u64,
    duplicates: u64,
    rejected: u64,
    first_rejection: Option<RowError>,
}

pub(crate) async fn run(args: ReplayArgs, token: Option<String>) -> Result<()> {
    let speed = speed(&args.speed)?;
    let client = Client::new(&args.server.server, token)?;
    let spec = views::model_spec(&client, &args.model).await?;
    let cut = cut_of(&args, speed)?;
    let serving = args
        .serve
        .then(|| Serving::new(&client, &args.model, Arc::new(spec.clone())));
    let files = ReplayFiles {
        predictions: args.predictions,
        labels: args.labels,
        shadows: args.shadow,
    };
    let source = tokio::task::spawn_blocking(move || ReplaySource::open(&files, &spec, cut))
        .await?
        .map_err(|err| super::told(&err))?;
    let (first, last) = source.period().context("the log holds no predictions")?;
    announce(&args.model, &source, &client);

    let bar = progress_bar(source.n_rows());
    let started = Instant::now();
    let (sender, mut batches) = mpsc::channel(BATCHES_READY_MAX);
    let producer = tokio::task::spawn_blocking(move || {
        for batch in source {
            // The receiver is gone when sending failed: it says why.
            if sender.blocking_send(batch).is_err() {
                break;
            }
        }
    });
    let mut replay = Replay {
        client: &client,
        base: format!("/api/v1/models/{}", escape(&args.model)),
        sent: Sent::default(),
        rows_since_look: 0,
        speed,
        first,
        started,
        reporter: Reporter::new(&bar),
        serving,
        last_kind: None,
    };
    while let Some(batch) = batches.recv().await {
        let batch = batch.map_err(|err| super::told(&err))?;
        tokio::select! {
            sent = Box::pin(replay.pass_on(batch)) => sent?,
            signal = tokio::signal::ctrl_c() => {
                signal?;
                bar.abandon();
                bail!("stopped\n  hint: run it again to go on: rows that are there count as duplicates");
            }
        }
    }
    producer.await?;
    replay.finish(last, args.open_end).await
}

fn cut_of(args: &ReplayArgs, speed: Speed) -> Result<ReplayCut> {
    Ok(ReplayCut {
        label_delay: duration(&args.label_delay)?,
        slice_hours: slice_hours(speed),
        from: args.from.as_deref().map(super::instant).transpose()?,
        until: args.until.as_deref().map(super::instant).transpose()?,
        ..ReplayCut::default()
    })
}

fn announce(model: &str, source: &ReplaySource, client: &Client) {
    let (live, shadow, labels) = source.n_rows_by_kind();
    let mut parts = vec![format!("{} predictions", numbers::full_count(live))];
    if shadow > 0 {
        parts.push(format!("{} shadow scores", numbers::full_count(shadow)));
    }
    if labels > 0 {
        parts.push(format!("{} labels", numbers::full_count(labels)));
    }
    terminal::note(&format!(
        "{model}: {} to {}",
        parts.join(", "),
        client.base()
    ));
    let left_out: Vec<_> = source.left_out().collect();
    if !left_out.is_empty() {
        terminal::note(&format!(
            "Left out, because the model does not know them: {}",
            left_out.join(", ")
        ));
    }
}

fn report(sent: &Sent, elapsed: Duration) -> Result<()> {
    let mut text = format!(
        "Sent in {:.1} s: {} rows stored",
        elapsed.as_secs_f64(),
        numbers::full_count(sent.accepted)
    );
    if sent.duplicates > 0 {
        let n = numbers::full_count(sent.duplicates);
        text = format!("{text}, {n} were there already");
    }
    if sent.rejected > 0 {
        let n = numbers::full_count(sent.rejected);
        let first = sent.first_rejection.clone().unwrap_or_default();
        text = format!("{text}, {n} refused; the first one: {first}");
    }
    terminal::line(&format!("{text}."))
}

/// A replay under way.
struct Replay<'a> {
    client: &'a Client,
    base: String,
    sent: Sent,
    rows_since_look: u64,
    speed: Speed,
    first: Timestamp,
    started: Instant,
    reporter: Reporter<'a>,
    /// Where the replay serves itself.
    serving: Option<Serving<'a>>,
    last_kind: Option<EventKind>,
}

impl Replay<'_> {
    /// Sends a batch as it was logged, or as it is answered today.
    async fn pass_on(&mut self, batch: ReplayBatch) -> Result<()> {
        let Some(serving) = &mut self.serving else {
            return self.send(batch).await;
        };
        let is_labels = batch.kind == EventKind::Labels;
        let begins_slice = !is_labels && self.last_kind != Some(EventKind::Predictions);
        self.last_kind = Some(batch.kind);
        if begins_slice {
            let bar = self.reporter.bar;
            serving
                .stand_still(batch.until, |what| bar.set_message(what.to_owned()))
                .await?;
        }
        let n_rows = batch.n_rows;
        let until = batch.until;
        for answered in serving.answer(batch).await? {
            self.send(answered).await?;
        }
        self.reporter.advance(n_rows, until);
        Ok(())
    }

    /// Says that the log is complete, and what became of it.
    async fn finish(self, last: Timestamp, is_open: bool) -> Result<()> {
        if !is_open {
            let until = next_hour(last)?;
            let _answer: Value = self
                .client
                .post(
                    &format!("{}/watermark", self.base),
                    &json!({"complete_until": until}),
                )
                .await?;
        }
        let bar = self.reporter.bar;
        if let Some(serving) = &self.serving {
            serving
                .stand_still(last, |what| bar.set_message(what.to_owned()))
                .await?;
        }
        bar.finish_and_clear();
        if let Some(serving) = &self.serving {
            terminal::line(&serving.told())?;
        }
        report(&self.sent, self.started.elapsed())
    }

    async fn send(&mut self, batch: ReplayBatch) -> Result<()> {
        self.pace(batch.until).await;
        let what = match batch.kind {
            EventKind::Labels => "labels",
            _ => "predictions",
        };
        let path = format!("{}/{what}?mode=accept_valid", self.base);
        let receipt = self.deliver(&path, &batch).await?;
        self.sent.accepted += receipt.accepted;
        self.sent.duplicates += receipt.duplicates;
        self.sent.rejected += receipt.n_rejected;
        if self.sent.first_rejection.is_none() {
            self.sent.first_rejection = receipt.rejected.into_iter().next();
        }
        if self.serving.is_none() {
            self.reporter.advance(batch.n_rows, batch.until);
        }
        self.rows_since_look += batch.n_rows;
        if self.rows_since_look >= ROWS_BETWEEN_LOOKS {
            self.rows_since_look = 0;
            self.wait_for_the_server().await;
        }
        Ok(())
    }

    /// Sends a batch; a server that is away for a moment is tried again.
    async fn deliver(&self, path: &str, batch: &ReplayBatch) -> Result<Receipt> {
        let mut attempt = 1;
        loop {
            let answer = self
                .client
                .upload(
                    Method::POST,
                    path,
                    MediaType::ArrowStream.as_str(),
                    batch.body.clone(),
                )
                .await;
            match answer {
                Ok(receipt) => return Ok(receipt),
                Err(err) if attempt == ATTEMPTS_MAX || self.client.is_up().await => {
                    return Err(err.context(format!(
                        "stopped at {}; run it again to go on: rows that are there count as \
                         duplicates",
                        batch.until
                    )));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(250 << attempt)).await,
            }
            attempt += 1;
        }
    }

    /// Keeps to the asked speed.
    async fn pace(&self, until: Timestamp) {
        let Speed::Times(times) = self.speed else {
            return;
        };
        let since = until.duration_since(self.first).as_secs_f64().max(0.0);
        if let Ok(due) = Duration::try_from_secs_f64(since / times) {
            tokio::time::sleep_until(self.started + due).await;
        }
    }

    /// The sender never runs far ahead of the server's own work.
    async fn wait_for_the_server(&self) {
        let begun = Instant::now();
        while begun.elapsed() < WAIT_MAX {
            // A token that may only send rows cannot ask: then the server's queue is the limit.
            let Ok(status) = self.client.get::<views::Status>("/api/v1/status").await else {
                return;
            };
            let profiler = status
                .consumers
                .iter()
                .find(|consumer| consumer.name == "profiler");
            // No number: it reads an older segment, so it is far behind.
            let is_near = profiler
                .is_none_or(|profiler| profiler.lag_bytes.is_some_and(|lag| lag <= LAG_BYTES_MAX));
            if is_near {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A bar for people, a line now and then for logs.
struct Reporter<'a> {
    bar: &'a ProgressBar,
    n_rows: u64,
    tenths: u64,
}

impl<'a> Reporter<'a> {
    fn new(bar: &'a ProgressBar) -> Self {
        Self {
            bar,
            n_rows: 0,
            tenths: 0,
        }
    }

    fn advance(&mut self, n_rows: u64, until: Timestamp) {
        let day = until.strftime("%-d %b %Y").to_string();
        self.n_rows += n_rows;
        self.bar.inc(n_rows);
        let total = self.bar.length().unwrap_or(0).max(1);
        let tenths = self.n_rows * 10 / total;
        if self.bar.is_hidden() && tenths > self.tenths {
            terminal::note(&format!("{:>3} %  {day}", tenths * 10));
        }
        self.tenths = tenths;
        self.bar.set_message(day);
    }
}

fn progress_bar(n_rows: u64) -> ProgressBar {
    let bar = ProgressBar::new(n_rows);
    let style = ProgressStyle::with_template(
        "{bar:40} {percent:>3} %  {msg:12} {human_pos} of {human_len} rows, {eta} left",
    );
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar
}

fn speed(text: &str) -> Result<Speed> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    match text.trim_end_matches('x').parse::<f64>() {
        Ok(times) if times.is_finite() && times > 0.0 => Ok(Speed::Times(times)),
        _ => bail!("--speed cannot be `{text}`\n  hint: write `max`, or a number such as 1000"),
    }
}

/// Slices so short that the log flows, and so long that requests don't pile up: a tenth of a
/// second each, between an hour and a day of the log.
fn slice_hours(speed: Speed) -> i64 {
    const DAY: i64 = 24;
    match speed {
        Speed::Max => DAY,
        Speed::Times(times) => (1..DAY)
            .find(|&hours| SignedDuration::from_hours(hours).as_secs_f64() / times >= 0.1)
            .unwrap_or(DAY),
    }
}

/// `90s`, `2h`, `30d`.
fn duration(text: &str) -> Result<SignedDuration> {
    if let Some(days) = text.trim().strip_suffix('d')
        && let Ok(days) = days.trim().parse::<u32>()
    {
        return Ok(SignedDuration::from_hours(24 * i64::from(days)));
    }
    text.parse::<SignedDuration>()
        .map_err(|_| anyhow::anyhow!("`{text}` is not a duration\n  hint: write 90s, 2h or 30d"))
}

/// The first full hour after a row: everything before it has been sent.
fn next_hour(last: Timestamp) -> Result<Timestamp> {
    let hours = last.as_second().div_euclid(3_600) + 1;
    Ok(Timestamp::from_second(hours * 3_600)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_and_durations_are_read() {
        assert_eq!(speed("max").unwrap(), Speed::Max);
        assert_eq!(speed("1000").unwrap(), Speed::Times(1000.0));
        assert_eq!(slice_hours(Speed::Max), 24);
        assert_eq!(slice_hours(Speed::Times(100.0)), 1);
        assert_eq!(slice_hours(Speed::Times(100_000.0)), 3);
        assert_eq!(slice_hours(Speed::Times(8e6)), 24);
        assert!(speed("fast").is_err());
        assert!(speed("0").is_err());
        assert_eq!(duration("30d").unwrap(), SignedDuration::from_hours(720));
        assert_eq!(duration("90s").unwrap(), SignedDuration::from_secs(90));
        assert_eq!(duration("0s").unwrap(), SignedDuration::ZERO);
        assert!(duration("soon").is_err());
    }

    #[test]
    fn a_log_is_complete_up_to_the_next_full_hour() {
        let last = "2013-12-31T23:59:00Z".parse().unwrap();
        assert_eq!(next_hour(last).unwrap().to_string(), "2014-01-01T00:00:00Z");
        let last = "2014-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(next_hour(last).unwrap().to_string(), "2014-01-01T01:00:00Z");
    }
}

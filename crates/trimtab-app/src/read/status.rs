//! How the server itself is.

use crate::app::App;
use jiff::Timestamp;
use trimtab_domain::Result;
use trimtab_domain::intake::Position;

/// The consumers of the journal whose positions are kept in the store.
const CONSUMERS: [&str; 1] = ["profiler"];

/// How the server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether it can take and answer requests.
    pub ready: bool,
    /// Where the journal ends.
    pub journal: JournalStatus,
    /// Who reads it.
    pub consumers: Vec<ConsumerStatus>,
    /// Messages on their way out.
    pub queue: QueueStatus,
}

/// The journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalStatus {
    /// Its end.
    pub position: Position,
    /// On disk.
    pub bytes: u64,
}

/// A reader of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerStatus {
    /// `profiler` or `lake`.
    pub name: String,
    /// How far it is.
    pub position: Position,
    /// Bytes it is behind within the newest segment; absent while it reads an older one.
    pub lag_bytes: Option<u64>,
}

/// Messages on their way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueStatus {
    /// Due now (counted to 1,000).
    pub n_due: u64,
    /// When the next one falls due.
    pub next_at: Option<Timestamp>,
}

/// Looks at the journal, its readers and the outbox.
///
/// # Errors
///
/// `Unavailable` if the store is away.
pub async fn status(app: &App) -> Result<Status> {
    app.store().ping().await?;
    let head = app.log().head();
    let mut consumers = Vec::new();
    for name in CONSUMERS {
        consumers.push(consumer(name, app.store().position(name).await?, head));
    }
    consumers.push(consumer("lake", app.lake().position().await?, head));
    Ok(Status {
        ready: true,
        journal: JournalStatus {
            position: head,
            bytes: app.log().size_bytes(),
        },
        consumers,
        queue: QueueStatus {
            n_due: app.store().due_messages(app.now(), 1_000).await?.len() as u64,
            next_at: app.store().next_message_at().await?,
        },
    })
}

fn consumer(name: &str, position: Position, head: Position) -> ConsumerStatus {
    let lag_bytes =
        (position.segment == head.segment).then(|| head.offset.saturating_sub(position.offset));
    ConsumerStatus {
        name: name.to_owned(),
        position,
        lag_bytes,
    }
}

impl App {
    /// A word that was never given before, to tell requests apart.
    pub fn unique_suffix(&self) -> String {
        self.suffix()
    }
}

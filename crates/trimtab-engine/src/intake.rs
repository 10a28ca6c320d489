//! Intake: many requests prepare their rows side by side; one thread admits and appends them.
//!
//! The thread takes every request that waits, admits them one after the other, writes all their
//! frames with one `fdatasync`, updates the index and answers. What is answered is on disk.

use crate::admit::{self, Admitted, View};
use crate::decode::{self, Refused, Shape};
use crate::index::{Changes, Index};
use crate::journal::{Frame, FrameKind, Journal};
use crate::prepare::{self, Prepared};
use arrow::array::RecordBatch;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use trimtab_domain::documents::ModelSpec;
use trimtab_domain::intake::{EventKind, IngestMode, Position, Receipt};
use trimtab_domain::ports::engine::{Append, Intake};
use trimtab_domain::{Error, ModelName, Result};

/// Requests that may wait for the writing thread.
const WAITING_MAX: usize = 256;
/// Rows that go into one group at most.
const GROUP_ROWS_MAX: usize = 200_000;

/// Hands requests to the writing thread, and waits for its end when dropped.
#[derive(Debug)]
pub(crate) struct Appender {
    /// `None` only while it is dropped.
    sender: Option<mpsc::Sender<Request>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Appender {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was answered to those who waited.
            drop(thread.join());
        }
    }
}

#[derive(Debug)]
struct Request {
    work: Work,
    reply: oneshot::Sender<Result<Receipt>>,
}

#[derive(Debug)]
enum Work {
    Rows {
        spec: Arc<ModelSpec>,
        kind: EventKind,
        batch: RecordBatch,
        refused: Refused,
        mode: IngestMode,
    },
    Complete {
        model: String,
        until_us: i64,
    },
    Forget {
        model: String,
    },
}

impl Work {
    fn n_rows(&self) -> usize {
        match self {
            Self::Rows { batch, .. } => batch.num_rows(),
            Self::Complete { .. } | Self::Forget { .. } => 1,
        }
    }
}

impl Appender {
    /// Starts the writing thread.
    pub(crate) fn start(journal: Arc<Journal>, index: Index) -> Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("journal-writer".to_owned())
            .spawn(move || write_groups(&journal, &index, receiver))
            .map_err(crate::failure::wrap("cannot start the journal's writer"))?;
        Ok(Self {
            sender: Some(sender),
            thread: Some(thread),
        })
    }

    async fn send(&self, work: Work) -> Result<Receipt> {
        let gone = || Error::unavailable("the journal's writer has stopped");
        let (reply, answer) = oneshot::channel();
        self.sender
            .as_ref()
            .ok_or_else(gone)?
            .send(Request { work, reply })
            .await
            .map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Forgets a model's ids and everything it sent so far.
    pub(crate) async fn forget(&self, model: &ModelName) -> Result<()> {
        self.send(Work::Forget {
            model: model.to_string(),
        })
        .await
        .map(drop)
    }
}

#[async_trait]
impl Intake for Appender {
    async fn append(&self, batch: Append) -> Result<Receipt> {
        let mode = batch.mode;
        let kind = batch.kind;
        let spec = Arc::clone(&batch.model);
        let prepared = crate::blocking(move || prepare_rows(&batch)).await?;
        let Prepared { batch, refused } = prepared;
        if mode == IngestMode::AllOrNothing && refused.n() > 0 {
            return Ok(refusal(refused));
        }
        self.send(Work::Rows {
            spec,
            kind,
            batch,
            refused,
            mode,
        })
        .await
    }

    async fn complete(
        &self,
        model: &ModelName,
        until: Timestamp,
        _received_at: Timestamp,
    ) -> Result<Position> {
        let work = Work::Complete {
            model: model.to_string(),
            until_us: until.as_microsecond(),
        };
        self.send(work).await.map(|receipt| receipt.position)
    }
}

fn prepare_rows(batch: &Append) -> Result<Prepared> {
    let received_us = batch.received_at.as_microsecond();
    let spec = &batch.model;
    let decoded = |shape: &Shape| decode::decode(shape, batch.media_type, &batch.body);
    match batch.kind {
        EventKind::Predictions => {
            let shape = Shape::predictions(spec);
            prepare::predictions(spec, &shape, decoded(&shape)?, received_us)
        }
        EventKind::Labels => {
            let shape = Shape::labels(spec);
            prepare::labels(spec, &shape, decoded(&shape)?, received_us)
        }
        EventKind::MetricPoints => {
            let shape = Shape::metric_points();
            prepare::metric_points(&shape, decoded(&shape)?, received_us)
        }
    }
}

fn refusal(refused: Refused) -> Receipt {
    Receipt {
        n_rejected: refused.n(),
        rejected: refused.into_listed(),
        ..Receipt::default()
    }
}

fn write_groups(journal: &Journal, index: &Index, mut receiver: mpsc::Receiver<Request>) {
    while let Some(first) = receiver.blocking_recv() {
        let mut n_rows = 0;
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(request) = next.take() {
            if let Work::Forget { model } = &request.work {
                // What came before it is written first, what comes after belongs to a namesake.
                write_group(journal, index, std::mem::take(&mut group));
                let done = index.forget(model, journal.head());
                drop(request.reply.send(done.map(|()| Receipt::default())));
            } else {
                n_rows += request.work.n_rows();
                group.push(request);
            }
            if n_rows < GROUP_ROWS_MAX {
                next = receiver.try_recv().ok();
            }
        }
        write_group(journal, index, group);
    }
}

fn write_group(journal: &Journal, index: &Index, group: Vec<Request>) {
    let mut changes = Changes::default();
    let mut frames = Vec::new();
    let mut answers = Vec::new();
    for Request { work, reply } in group {
        let start = frames.len();
        let receipt = admit_work(work, index, &mut changes, &mut frames);
        if receipt.is_err() {
            frames.truncate(start);
        }
        answers.push((reply, receipt));
    }
    let written = if frames.is_empty() {
        Ok(journal.head())
    } else {
        commit(journal, index, &frames, &changes)
    };
    for (reply, receipt) in answers {
        let answer = match (receipt, &written) {
            (Err(error), _) => Err(error),
            (Ok(receipt), Ok(position)) => Ok(Receipt {
                position: *position,
                ..receipt
            }),
            (Ok(_), Err(error)) => Err(copy_of(error)),
        };
        // Nobody may wait for the answer any more: what was written stays written.
        drop(reply.send(answer));
    }
}

fn commit(journal: &Journal, index: &Index, frames: &[u8], changes: &Changes) -> Result<Position> {
    let position = journal.append(frames)?;
    // Durable now. An index that missed it would let duplicates in: only a restart, which replays
    // the journal's tail into it, may go on.
    index
        .apply(changes, position)
        .inspect_err(|_| journal.close())?;
    journal.publish(position);
    Ok(position)
}

fn copy_of(error: &Error) -> Error {
    let copy = Error::new(error.kind(), error.message());
    match error.hint() {
        Some(hint) => copy.with_hint(hint),
        None => copy,
    }
}

/// Admits one request into the group. In [`IngestMode::AllOrNothing`] a conflict leaves nothing.
fn admit_work(
    work: Work,
    index: &Index,
    group: &mut Changes,
    frames: &mut Vec<u8>,
) -> Result<Receipt> {
    let (spec, kind, batch, mut refused, mode) = match work {
        Work::Rows {
            spec,
            kind,
            batch,
            refused,
            mode,
        } => (spec, kind, batch, refused, mode),
        Work::Complete { model, until_us } => {
            let frame = Frame {
                kind: FrameKind::Complete,
                model,
                mark: until_us,
                n_rows: 0,
                body: Vec::new(),
            };
            frame.write(frames)?;
            return Ok(Receipt::default());
        }
        Work::Forget { .. } => return Ok(Receipt::default()),
    };
    let mut view = View {
        index,
        group,
        own: Changes::default(),
    };
    let admitted = match kind {
        EventKind::Predictions => admit::predictions(&spec, &batch, &mut view, &mut refused)?,
        EventKind::Labels => admit::labels(&spec, &batch, &mut view, &mut refused)?,
        EventKind::MetricPoints => admit::metric_points(&spec, &batch, &refused)?,
    };
    let own = view.own;
    if mode == IngestMode::AllOrNothing && refused.n() > 0 {
        return Ok(refusal(refused));
    }
    let Admitted {
        frames: new_frames,
        accepted,
        duplicates,
    } = admitted;
    for frame in &new_frames {
        frame.write(frames)?;
    }
    group.merge(own);
    Ok(Receipt {
        accepted,
        duplicates,
        ..refusal(refused)
    })
}

//! The audit log. The one row of `audit_head` is taken before an entry is written, so that two
//! writers never continue the same entry.

use crate::codec::from_json;
use crate::db::{Arg, Db, Row, Tx, args, batches};
use crate::open::SqlStore;
use async_trait::async_trait;
use trimtab_domain::audit::{AuditEntry, AuditHead, ChainedEntry, canonical_json};
use trimtab_domain::ports::AuditStore;
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_domain::{Error, Result};

const WRITE: &str = "write the audit log";
const READ: &str = "read the audit log";

const COLUMNS: &str = "number, at, actor, action, model, object, text, before_json, after_json, \
                       reason, previous_hash, hash";

/// Entries taken over from an older log at a time.
const TAKEN_OVER_MAX: u32 = 1_000;

/// Appends entries within a transaction that does what they speak of.
///
/// Call it last: from here on everybody else who appends waits for the end of the transaction.
pub(crate) async fn append(tx: &mut Tx, entries: &[AuditEntry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut head = lock_head(tx).await?;
    for batch in batches(entries) {
        let mut values = Vec::with_capacity(batch.len() * 12);
        for entry in batch {
            values.extend(row_of(&head.append(entry.clone()))?);
        }
        let sql = format!(
            "insert into audit_log ({COLUMNS}) values {}",
            tx.placeholders(batch.len(), 12)
        );
        tx.execute(WRITE, sql, values).await?;
    }
    tx.execute(
        WRITE,
        "update audit_head set number = $1, hash = $2 where id = 1",
        args![number_of(head)?, head.hash.to_string()],
    )
    .await
    .map(drop)
}

/// Takes over the entries that were written before there was a chain.
pub(crate) async fn chain_existing(tx: &mut Tx) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let rows = tx
            .fetch(
                WRITE,
                "select sequence, at, actor, action, model, object, text
                 from audit_log_unchained where sequence > $1 order by sequence limit $2",
                args![after, TAKEN_OVER_MAX],
            )
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.int(0)?;
        let entries = rows
            .iter()
            .map(|row| {
                Ok(AuditEntry {
                    model: row.text_or_null(4)?,
                    ..AuditEntry::new(
                        row.instant(1)?,
                        row.text(2)?,
                        row.text(3)?,
                        row.text(5)?,
                        row.text(6)?,
                    )
                })
            })
            .collect::<Result<Vec<_>>>()?;
        append(tx, &entries).await?;
    }
    tx.execute_script(WRITE, "drop table audit_log_unchained".to_owned())
        .await
}

/// The end of the chain, held until the transaction ends.
async fn lock_head(tx: &mut Tx) -> Result<AuditHead> {
    // Writing the row is what makes the others wait, on both databases.
    let rows = tx
        .fetch(
            WRITE,
            "update audit_head set number = number where id = 1 returning number, hash",
            Vec::new(),
        )
        .await?;
    head(&rows)
}

fn head(rows: &[Row]) -> Result<AuditHead> {
    let row = rows
        .first()
        .ok_or_else(|| Error::internal("the audit log has lost its head"))?;
    Ok(AuditHead {
        number: row.count(0)?,
        hash: row.text(1)?.parse()?,
    })
}

fn number_of(head: AuditHead) -> Result<i64> {
    i64::try_from(head.number).map_err(|_| Error::internal("the audit log is full"))
}

fn row_of(chained: &ChainedEntry) -> Result<Vec<Arg>> {
    let entry = &chained.entry;
    let number = AuditHead {
        number: chained.number,
        hash: chained.hash,
    };
    Ok(args![
        number_of(number)?,
        entry.at,
        entry.actor.as_str(),
        entry.action.as_str(),
        entry.model.as_deref(),
        entry.object.as_str(),
        entry.text.as_str(),
        entry.before.as_ref().map(canonical_json).as_deref(),
        entry.after.as_ref().map(canonical_json).as_deref(),
        entry.reason.as_deref(),
        chained.previous.to_string(),
        chained.hash.to_string(),
    ])
}

fn entry(row: &Row) -> Result<ChainedEntry> {
    let json = |column| {
        row.text_or_null(column)?
            .map(|text| from_json("an audit entry", &text))
            .transpose()
    };
    Ok(ChainedEntry {
        number: row.count(0)?,
        entry: AuditEntry {
            at: row.instant(1)?,
            actor: row.text(2)?,
            action: row.text(3)?,
            model: row.text_or_null(4)?,
            object: row.text(5)?,
            text: row.text(6)?,
            before: json(7)?,
            after: json(8)?,
            reason: row.text_or_null(9)?,
        },
        previous: row.text(10)?.parse()?,
        hash: row.text(11)?.parse()?,
    })
}

/// `where` and its values.
fn conditions(query: &AuditQuery) -> (String, Vec<Arg>) {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut add = |condition: &str, value: Arg| {
        values.push(value);
        conditions.push(format!("{condition} ${}", values.len()));
    };
    for (column, wanted) in [
        ("model =", &query.model),
        ("actor =", &query.actor),
        ("object =", &query.object),
    ] {
        if let Some(wanted) = wanted {
            add(column, wanted.as_str().into());
        }
    }
    if let Some(from) = query.from {
        add("at >=", from.into());
    }
    if let Some(until) = query.until {
        add("at <", until.into());
    }
    if let Some(below) = query.below_number {
        let below = i64::try_from(below).unwrap_or(i64::MAX);
        add("number <", below.into());
    }
    if !query.actions.is_empty() {
        let places: Vec<String> = (0..query.actions.len())
            .map(|i| format!("${}", values.len() + i + 1))
            .collect();
        conditions.push(format!("action in ({})", places.join(", ")));
        values.extend(query.actions.iter().map(|action| action.as_str().into()));
    }
    let text = if conditions.is_empty() {
        String::new()
    } else {
        format!("where {}", conditions.join(" and "))
    };
    (text, values)
}

#[async_trait]
impl AuditStore for SqlStore {
    async fn audit(&self, entries: &[AuditEntry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin(WRITE).await?;
        append(&mut tx, entries).await?;
        tx.commit(WRITE).await
    }

    async fn audit_entries(&self, query: &AuditQuery) -> Result<Vec<ChainedEntry>> {
        let (conditions, mut values) = conditions(query);
        values.push(query.limit.unwrap_or(u32::MAX).into());
        let sql = format!(
            "select {COLUMNS} from audit_log {conditions} order by number desc limit ${}",
            values.len()
        );
        let rows = self.db.fetch(READ, sql, values).await?;
        rows.iter().map(entry).collect()
    }

    async fn audit_chain(&self, after: u64, limit: u32) -> Result<Vec<ChainedEntry>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let sql =
            format!("select {COLUMNS} from audit_log where number > $1 order by number limit $2");
        let rows = self.db.fetch(READ, sql, args![after, limit]).await?;
        rows.iter().map(entry).collect()
    }

    async fn audit_head(&self) -> Result<AuditHead> {
        let rows = self
            .db
            .fetch(
                READ,
                "select number, hash from audit_head where id = 1",
                Vec::new(),
            )
            .await?;
        head(&rows)
    }

    async fn ping(&self) -> Result<()> {
        ping(&self.db).await
    }
}

async fn ping(db: &Db) -> Result<()> {
    db.fetch("reach the metadata database", "select 1", Vec::new())
        .await
        .map(drop)
}

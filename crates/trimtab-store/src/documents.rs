//! Declared documents.

use crate::codec::{from_json, to_json};
use crate::db::{Row, args};
use crate::open::SqlStore;
use async_trait::async_trait;
use jiff::Timestamp;
use trimtab_domain::documents::{Document, DocumentKind, StoredDocument};
use trimtab_domain::ports::DocumentStore;
use trimtab_domain::{ModelName, Result};

fn stored(row: &Row) -> Result<StoredDocument> {
    Ok(StoredDocument {
        document: from_json("a stored document", &row.text(0)?)?,
        version: row.count(1)?,
        changed_at: row.instant(2)?,
        changed_by: row.text(3)?,
    })
}

fn model_or_none(model: Option<&ModelName>) -> &str {
    model.map_or("", ModelName::as_str)
}

/// A model's own document stands under its own name, whether or not the caller says so.
fn model_key<'a>(kind: DocumentKind, model: Option<&'a ModelName>, name: &'a str) -> &'a str {
    match (kind, model) {
        (DocumentKind::Model, None) => name,
        (DocumentKind::Channel, _) => "",
        _ => model_or_none(model),
    }
}

#[async_trait]
impl DocumentStore for SqlStore {
    async fn documents(
        &self,
        kind: Option<DocumentKind>,
        model: Option<&ModelName>,
    ) -> Result<Vec<StoredDocument>> {
        let rows = self
            .db
            .fetch(
                "read documents",
                "select body, version, changed_at, changed_by from documents
                 where is_newest and not is_deleted
                   and ($1 is null or kind = $1) and ($2 is null or model = $2)",
                args![kind.map(DocumentKind::as_str), model.map(ModelName::as_str)],
            )
            .await?;
        let mut documents = rows.iter().map(stored).collect::<Result<Vec<_>>>()?;
        documents.sort_by(|a, b| apply_order(&a.document).cmp(&apply_order(&b.document)));
        Ok(documents)
    }

    async fn document(
        &self,
        kind: DocumentKind,
        model: Option<&ModelName>,
        name: &str,
    ) -> Result<Option<StoredDocument>> {
        let rows = self
            .db
            .fetch(
                "read a document",
                "select body, version, changed_at, changed_by from documents
                 where kind = $1 and model = $2 and name = $3 and is_newest and not is_deleted",
                args![kind.as_str(), model_key(kind, model, name), name],
            )
            .await?;
        rows.first().map(stored).transpose()
    }

    async fn put_documents(
        &self,
        documents: &[Document],
        actor: &str,
        now: Timestamp,
    ) -> Result<Vec<StoredDocument>> {
        let mut tx = self.db.begin("store documents").await?;
        let mut stored = Vec::with_capacity(documents.len());
        for document in documents {
            let body = to_json("a document", document)?;
            let model = model_or_none(document.model());
            let key = args![document.kind().as_str(), model, document.name()];
            tx.execute("store a document", RETIRE, key).await?;
            let rows = tx
                .fetch(
                    "store a document",
                    APPEND,
                    args![
                        document.kind().as_str(),
                        model,
                        document.name(),
                        false,
                        Some(body.as_str()),
                        now,
                        actor
                    ],
                )
                .await?;
            for row in &rows {
                stored.push(StoredDocument {
                    document: document.clone(),
                    version: row.count(0)?,
                    changed_at: row.instant(1)?,
                    changed_by: actor.to_owned(),
                });
            }
        }
        tx.commit("store documents").await?;
        Ok(stored)
    }

    async fn delete_document(
        &self,
        kind: DocumentKind,
        model: Option<&ModelName>,
        name: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let model = model_key(kind, model, name);
        let mut tx = self.db.begin("delete a document").await?;
        let n_alive = tx
            .execute(
                "delete a document",
                "update documents set is_newest = false
                 where kind = $1 and model = $2 and name = $3 and is_newest and not is_deleted",
                args![kind.as_str(), model, name],
            )
            .await?;
        if n_alive == 0 {
            return Ok(false);
        }
        tx.fetch(
            "delete a document",
            APPEND,
            args![kind.as_str(), model, name, true, None::<&str>, now, actor],
        )
        .await?;
        tx.commit("delete a document").await?;
        Ok(true)
    }
}

const RETIRE: &str = "update documents set is_newest = false
    where kind = $1 and model = $2 and name = $3 and is_newest";

const APPEND: &str = "insert into documents
    (kind, model, name, version, is_newest, is_deleted, body, changed_at, changed_by)
    select $1, $2, $3, coalesce(max(version), 0) + 1, true, $4, $5, $6, $7
    from documents where kind = $1 and model = $2 and name = $3
    returning version, changed_at";

fn apply_order(document: &Document) -> (usize, Option<&ModelName>, &str) {
    let place = DocumentKind::ALL
        .into_iter()
        .position(|kind| kind == document.kind())
        .unwrap_or(usize::MAX);
    (place, document.model(), document.name())
}

//! A/B tests and their looks.

use crate::codec::{from_json, signed, to_json};
use crate::db::{Row, args};
use crate::open::SqlStore;
use async_trait::async_trait;
use trimtab_domain::ab_test::{AbLook, AbState, AbTest};
use trimtab_domain::ports::AbTestStore;
use trimtab_domain::{AbTestId, Error, ModelName, Result};

fn test(row: &Row) -> Result<AbTest> {
    from_json("an A/B test", &row.text(0)?)
}

#[async_trait]
impl AbTestStore for SqlStore {
    async fn put_ab_test(&self, test: &AbTest, looks: &[AbLook]) -> Result<()> {
        const WHAT: &str = "store an A/B test";
        let body = to_json("an A/B test", test)?;
        let verdict = test.decision.as_ref().map(|one| one.verdict.as_str());
        let mut tx = self.db.begin(WHAT).await?;
        let n_stored = if test.revision == 1 {
            tx.execute(
                WHAT,
                "insert into ab_tests
                 (id, model, name, champion, challenger, state, verdict, started_at, revision, body)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)
                 on conflict (id) do nothing",
                args![
                    test.id.as_str(),
                    test.model.as_str(),
                    test.spec.name.as_str(),
                    test.champion.as_str(),
                    test.challenger.as_str(),
                    test.state.as_str(),
                    verdict,
                    test.started_at,
                    body,
                ],
            )
            .await?
        } else {
            let revision = signed(test.revision)?;
            tx.execute(
                WHAT,
                "update ab_tests set state = $2, verdict = $3, revision = $4, body = $5
                 where id = $1 and revision = $6",
                args![
                    test.id.as_str(),
                    test.state.as_str(),
                    verdict,
                    revision,
                    body,
                    revision - 1,
                ],
            )
            .await?
        };
        if n_stored != 1 {
            return Err(Error::conflict(format!(
                "A/B test `{}` has changed meanwhile",
                test.id
            )));
        }
        for look in looks {
            tx.execute(
                WHAT,
                "insert into ab_looks (test_id, at, verdict, body) values ($1, $2, $3, $4)",
                args![
                    test.id.as_str(),
                    look.at,
                    look.verdict.as_str(),
                    to_json("a look at an A/B test", look)?,
                ],
            )
            .await?;
        }
        tx.commit(WHAT).await
    }

    async fn ab_test(&self, id: &AbTestId) -> Result<Option<AbTest>> {
        let rows = self
            .db
            .fetch(
                "read an A/B test",
                "select body from ab_tests where id = $1",
                args![id.as_str()],
            )
            .await?;
        rows.first().map(test).transpose()
    }

    async fn ab_tests(&self, model: &ModelName, limit: u32) -> Result<Vec<AbTest>> {
        let rows = self
            .db
            .fetch(
                "read A/B tests",
                "select body from ab_tests where model = $1 order by sequence desc limit $2",
                args![model.as_str(), limit],
            )
            .await?;
        rows.iter().map(test).collect()
    }

    async fn running_ab_tests(&self) -> Result<Vec<AbTest>> {
        let rows = self
            .db
            .fetch(
                "read running A/B tests",
                "select body from ab_tests where state = $1 order by sequence",
                args![AbState::Running.as_str()],
            )
            .await?;
        rows.iter().map(test).collect()
    }

    async fn ab_looks(&self, id: &AbTestId) -> Result<Vec<AbLook>> {
        let rows = self
            .db
            .fetch(
                "read the looks at an A/B test",
                "select body from ab_looks where test_id = $1 order by at",
                args![id.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| from_json("a look at an A/B test", &row.text(0)?))
            .collect()
    }
}

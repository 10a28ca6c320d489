//! A registry with versions, and a gate that let one of them pass.

use crate::world::Bench;
use jiff::Timestamp;
use trimtab_domain::ports::rollout::ExposureQuery;
use trimtab_domain::ports::{ExposureSink as _, RegistryStore as _, ValidationStore as _};
use trimtab_domain::validation::Verdict;
use trimtab_testkit::candidates;
use trimtab_testkit::samples::MODEL;

impl Bench {
    /// With versions 1 to `n_versions`, of which one serves.
    pub(crate) async fn serve(&self, champion: u32, n_versions: u32) {
        let versions = candidates::registered(MODEL, champion, n_versions);
        self.store.commit_registry(&versions).await.unwrap();
        self.app.refresh_flags().await.unwrap();
    }

    /// Evaluations that fell on a side, and keys that did.
    pub(crate) async fn exposures(&self) -> (u64, u64) {
        let query = ExposureQuery {
            flag: format!("route.{MODEL}"),
            rollout: None,
            step: None,
            since: Timestamp::from_second(0).unwrap(),
            until: Timestamp::from_second(1 << 33).unwrap(),
        };
        let counts = self.store.exposure_counts(&query).await.unwrap();
        let keys = self.store.exposed_keys(&query).await.unwrap();
        (
            counts.iter().map(|count| count.n_evaluations).sum(),
            keys.values().sum(),
        )
    }
}

/// A validation that this version passed.
pub(crate) async fn validated(bench: &Bench, version: &str) -> String {
    let passed = candidates::validation(MODEL, version, Verdict::Passed, 1);
    if bench.store.validation(&passed.id).await.unwrap().is_none() {
        bench.store.put_validation(&passed).await.unwrap();
    }
    passed.id.to_string()
}

//! The board: every flag in memory, and what was said to whom since it was last written down.
//!
//! Evaluating asks no database. Whoever changes a rollout or an alias refreshes the board before
//! answering, and every replica reads it again twice a second.

use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::watch;
use trimtab_domain::ports::rollout::{Exposure, ExposureBatch, ExposureCount};
use trimtab_domain::rollout::flag::{Evaluated, EvaluationReason, Flag};
use trimtab_domain::rollout::split::{key_hash, murmur3};
use trimtab_domain::{ModelName, RolloutId};

/// First exposures that wait in memory to be written; more are counted, not kept.
const FRESH_MAX: usize = 100_000;
/// Keys remembered as written; beyond, they are written again, which changes nothing.
const SEEN_MAX: usize = 1_000_000;
const HOUR_SECONDS: i64 = 3_600;

/// Every flag, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlagSet {
    /// By key.
    pub flags: BTreeMap<String, Arc<Flag>>,
    /// Changes when a flag does.
    pub etag: String,
}

impl FlagSet {
    pub(crate) fn new(flags: impl IntoIterator<Item = Flag>) -> Self {
        let flags: BTreeMap<_, _> = flags
            .into_iter()
            .map(|flag| (flag.key.clone(), Arc::new(flag)))
            .collect();
        let text = format!("{flags:?}");
        let etag = format!(
            "{:08x}{:08x}",
            murmur3(text.as_bytes(), 0),
            murmur3(text.as_bytes(), 1)
        );
        Self { flags, etag }
    }
}

/// What a flag said to one key.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagAnswer {
    /// The flag as it was asked.
    pub flag: Arc<Flag>,
    /// Label of the version.
    pub value: String,
    /// `champion` or `challenger`.
    pub variant: &'static str,
    /// Why.
    pub reason: EvaluationReason,
}

impl FlagAnswer {
    pub(crate) fn of(flag: &Arc<Flag>, targeting_key: Option<&str>) -> Self {
        let Evaluated {
            value,
            variant,
            reason,
        } = flag.evaluate(targeting_key);
        Self {
            value: value.to_owned(),
            variant,
            reason,
            flag: Arc::clone(flag),
        }
    }
}

/// See the module.
pub(crate) struct Board {
    set: RwLock<Arc<FlagSet>>,
    changed: watch::Sender<String>,
    exposures: Mutex<Exposures>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            set: RwLock::default(),
            changed: watch::Sender::new(String::new()),
            exposures: Mutex::default(),
        }
    }
}

impl Board {
    pub(crate) fn flags(&self) -> Arc<FlagSet> {
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows other flags from now on; says whether they differ.
    pub(crate) fn show(&self, set: FlagSet) -> bool {
        let mut shown = self.set.write().unwrap_or_else(PoisonError::into_inner);
        if **shown == set {
            return false;
        }
        let etag = set.etag.clone();
        *shown = Arc::new(set);
        drop(shown);
        self.changed.send_replace(etag);
        true
    }

    /// Listens to changes: the value is the newest set's tag.
    pub(crate) fn changes(&self) -> watch::Receiver<String> {
        self.changed.subscribe()
    }

    pub(crate) fn note(&self, answer: &FlagAnswer, targeting_key: Option<&str>, now: Timestamp) {
        let (Some(key), Some(challenger), EvaluationReason::Split) =
            (targeting_key, &answer.flag.challenger, answer.reason)
        else {
            return;
        };
        let mut exposures = self
            .exposures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        exposures.add(answer, (&challenger.rollout, challenger.step), key, now);
    }

    pub(crate) fn take_exposures(&self) -> ExposureBatch {
        let mut exposures = self
            .exposures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        exposures.take()
    }

    /// Puts back what could not be written.
    pub(crate) fn put_back(&self, batch: ExposureBatch) {
        let mut exposures = self
            .exposures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        exposures.put_back(batch);
    }
}

type Place = (RolloutId, u32);
type CountKey = (Arc<str>, Place, &'static str, Arc<str>, i64);

#[derive(Default)]
struct Exposures {
    counts: BTreeMap<CountKey, u64>,
    fresh: Vec<Exposure>,
    /// (key, variant) by rollout and step.
    seen: HashMap<Place, HashSet<(u64, &'static str)>>,
    n_seen: usize,
    returned: Vec<ExposureCount>,
}

impl Exposures {
    fn add(
        &mut self,
        answer: &FlagAnswer,
        (rollout, step): (&RolloutId, u32),
        key: &str,
        now: Timestamp,
    ) {
        let place = (rollout.clone(), step);
        let hour = now.as_second().div_euclid(HOUR_SECONDS) * HOUR_SECONDS;
        let count = (
            Arc::from(answer.flag.key.as_str()),
            place.clone(),
            answer.variant,
            Arc::from(answer.value.as_str()),
            hour,
        );
        *self.counts.entry(count).or_default() += 1;
        if self.fresh.len() >= FRESH_MAX {
            // Not remembered as seen: the key's next evaluation tries again.
            return;
        }
        if self.n_seen >= SEEN_MAX {
            self.seen.clear();
            self.n_seen = 0;
        }
        let hash = key_hash(key);
        let of_step = self.seen.entry(place).or_default();
        if !of_step.insert((hash, answer.variant)) {
            return;
        }
        self.n_seen += 1;
        self.fresh.push(Exposure {
            flag: answer.flag.key.clone(),
            rollout: rollout.clone(),
            step,
            key_hash: hash,
            variant: answer.variant.to_owned(),
            version: answer.value.clone(),
            first_at: now,
        });
    }

    fn take(&mut self) -> ExposureBatch {
        let mut counts = std::mem::take(&mut self.returned);
        for ((flag, (rollout, step), variant, version, hour), n_evaluations) in
            std::mem::take(&mut self.counts)
        {
            counts.push(ExposureCount {
                flag: flag.to_string(),
                rollout,
                step,
                variant: variant.to_owned(),
                version: version.to_string(),
                hour: Timestamp::from_second(hour).unwrap_or(Timestamp::UNIX_EPOCH),
                n_evaluations,
            });
        }
        ExposureBatch {
            counts,
            exposures: std::mem::take(&mut self.fresh),
        }
    }

    fn put_back(&mut self, batch: ExposureBatch) {
        // The same count twice is one: an outage of a day must not fill the memory.
        for count in batch.counts {
            let same = self.returned.iter_mut().find(|one| {
                (
                    &one.flag,
                    &one.rollout,
                    one.step,
                    &one.variant,
                    &one.version,
                    one.hour,
                ) == (
                    &count.flag,
                    &count.rollout,
                    count.step,
                    &count.variant,
                    &count.version,
                    count.hour,
                )
            });
            match same {
                Some(one) => one.n_evaluations += count.n_evaluations,
                None => self.returned.push(count),
            }
        }
        let room = FRESH_MAX.saturating_sub(self.fresh.len());
        for lost in batch.exposures.iter().skip(room) {
            if let Some(seen) = self.seen.get_mut(&(lost.rollout.clone(), lost.step)) {
                seen.retain(|(hash, _)| *hash != lost.key_hash);
            }
        }
        self.fresh.extend(batch.exposures.into_iter().take(room));
    }
}

/// The flags of all models: what the registry says, under the rollouts that are active.
pub(crate) fn flags_of<'a>(
    champions: &BTreeMap<ModelName, String>,
    rollouts: impl IntoIterator<Item = &'a trimtab_domain::rollout::Rollout>,
) -> FlagSet {
    let active: BTreeMap<_, _> = rollouts
        .into_iter()
        .map(|rollout| (&rollout.model, rollout))
        .collect();
    let models: std::collections::BTreeSet<_> =
        champions.keys().chain(active.keys().copied()).collect();
    FlagSet::new(models.into_iter().filter_map(|model| {
        Flag::of(
            model,
            champions.get(model).map(String::as_str),
            active.get(model).copied(),
        )
    }))
}

//! Two variants side by side: is one better, whenever one looks?
//!
//! The unit is whoever was assigned: a user, a device, a row. A unit's rows depend on each
//! other, so what counts is the spread between units ([`UnitMoments`]), never between rows.
//!
//! * [`SequentialPlan`]: an interval for the difference that holds at all looks at once. Up
//!   to a planned precision it is little wider than that of a single look; beyond, it goes
//!   on to hold.
//! * [`BoundedDifference`]: the same without any approximation, for outcomes in `[0, 1]`
//!   and one per unit.
//! * [`SampleRatio`]: have the variants got the shares they were promised? If not, nothing
//!   that is measured on them means what it seems to.
//! * [`ShareBounds`]: bounds on a share that hold where hardly anything was met yet.
//! * [`ArmQuantile`]: bounds on a quantile (a p99 of latency), again at all looks at once.
//! * [`AreaContributions`]: the area under a ROC curve as a sum over rows, so that units count.
//! * [`Sizing`]: how many units it takes, by one look at the end and by many on the way.
//! * [`Adjusted`]: the difference with what units did before taken out (CUPED).

mod adjusted;
mod auc;
mod bounded;
mod moments;
mod plan;
mod quantile;
mod sample_ratio;
mod share;
mod sizing;

pub use adjusted::{Adjusted, AdjustedMoments};
pub use auc::AreaContributions;
pub use bounded::BoundedDifference;
pub use moments::{Estimate, UnitMoments};
pub use plan::SequentialPlan;
pub use quantile::ArmQuantile;
pub use sample_ratio::{SampleRatio, SampleRatioSettings};
pub use share::ShareBounds;
pub use sizing::{Sizes, Sizing};

//! `supervise-job`: what stands between the server and a job on its machine.

use crate::cli::SuperviseArgs;
use crate::world::WallClock;
use anyhow::Result;
use trimtab_connect::orchestrators::process::supervise;

/// Runs the job of a folder to its end.
pub(crate) async fn run(args: &SuperviseArgs) -> Result<()> {
    let folder = args.folder.clone();
    tokio::task::spawn_blocking(move || supervise(&folder, &WallClock))
        .await?
        .map_err(|err| super::told(&err))
}

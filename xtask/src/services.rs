//! `cargo x services`: a throw-away PostgreSQL on a socket, for work by hand. The store's tests
//! start one of their own.

use crate::needs::{self, Need};
use crate::run;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn command(arguments: &[String]) -> Result<()> {
    match arguments.first().map(String::as_str) {
        Some("up") => up(),
        Some("down") => down(),
        _ => bail!("say `up` or `down`"),
    }
}

/// A folder that PostgreSQL's user may enter: the server refuses to run as root.
fn folder() -> PathBuf {
    std::env::temp_dir().join("trimtab-services-postgresql")
}

fn bin() -> Result<PathBuf> {
    needs::ensure(&[Need::PostgreSql])?;
    needs::postgresql_bin().context("PostgreSQL's server programs are missing")
}

/// A PostgreSQL program, as the user `postgres` where we are root.
fn postgresql(program: &Path) -> Command {
    if needs::is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command.current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

fn up() -> Result<()> {
    let (bin, folder) = (bin()?, folder());
    let data = folder.join("data");
    if !data.is_dir() {
        std::fs::create_dir_all(&folder)?;
        if needs::is_root() {
            run::succeed(Command::new("chown").arg("postgres").arg(&folder))?;
        }
        let fixed = [
            "--auth=trust",
            "--username=trimtab",
            "--encoding=UTF8",
            "--no-sync",
        ];
        let mut initdb = postgresql(&bin.join("initdb"));
        run::succeed(initdb.args(fixed).arg("--pgdata").arg(&data))?;
    }
    let options = format!(
        "-c listen_addresses='' -k {} -c fsync=off",
        folder.display()
    );
    let mut start = postgresql(&bin.join("pg_ctl"));
    start
        .args(["--wait", "-o", &options, "-l"])
        .arg(folder.join("log"));
    run::succeed(start.arg("--pgdata").arg(&data).arg("start"))?;
    println!(
        "postgres://trimtab@localhost/postgres?host={}",
        folder.display()
    );
    Ok(())
}

fn down() -> Result<()> {
    let (bin, folder) = (bin()?, folder());
    let mut stop = postgresql(&bin.join("pg_ctl"));
    stop.args(["--mode=immediate", "--pgdata"])
        .arg(folder.join("data"));
    run::succeed(stop.arg("stop"))?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

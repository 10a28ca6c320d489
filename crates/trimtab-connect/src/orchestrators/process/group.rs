//! Process groups: a job with everything it starts.

use super::folder::Pid;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

/// The command leads a group of its own: a signal to the server's terminal does not reach it,
/// and one to the group reaches everything it starts.
pub(super) fn of_its_own(command: &mut Command) {
    command.process_group(0);
}

/// Asks a group to end.
pub(super) fn terminate(pid: i32) {
    signal(pid, "TERM");
}

/// Ends a group by force.
pub(super) fn kill(pid: i32) {
    signal(pid, "KILL");
}

/// Through the shell's own `kill`, the one thing that is on every machine: a library for it would
/// be another one with `unsafe` inside.
fn signal(pid: i32, name: &str) {
    // Zero and below mean other groups, our own among them.
    if pid <= 1 {
        return;
    }
    let sent = Command::new("/bin/sh")
        .args(["-c", r#"kill -s "$0" -- "-$1""#, name, &pid.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match sent {
        Ok(status) if status.success() => {}
        Ok(_) => tracing::debug!(pid, name, "a group of processes is gone already"),
        Err(error) => tracing::error!(pid, name, %error, "cannot signal a group of processes"),
    }
}

/// Whether a child has ended that nobody has taken note of yet. Where the system does not say,
/// `None`.
pub(super) fn has_ended(pid: i32) -> Option<bool> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    Some(matches!(rest.trim_start().chars().next(), Some('Z' | 'X')))
}

/// A leader of a group, as it can be found again.
pub(super) fn describe(pid: i32) -> Pid {
    Pid {
        pid,
        began: began(pid),
    }
}

/// Ends a group by force if its leader is the process that was written down: after a restart the
/// number may be somebody else's.
pub(super) fn kill_if_same(written: &Pid) {
    if written.began.is_some() && written.began == began(written.pid) {
        kill(written.pid);
    }
}

/// The boot and the tick at which a process began. Where the system does not say, nobody is
/// killed by number.
fn began(pid: i32) -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let tick = start_tick(&stat)?;
    Some(format!("{} {tick}", boot.trim()))
}

/// Field 22 of `/proc/PID/stat`. The second one, a program's name in brackets, may hold anything.
fn start_tick(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_read_behind_any_name() {
        let stat = "7 (a) b) (c 1) S 1 7 7 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 4711 1 2 3";
        assert_eq!(start_tick(stat), Some(4711));
        assert_eq!(start_tick(""), None);
        assert_eq!(start_tick("1 (x) S"), None);
    }

    #[test]
    fn a_process_is_recognised_and_another_start_is_another_process() {
        let own = i32::try_from(std::process::id()).unwrap();
        let written = describe(own);
        assert!(written.began.is_some());
        assert_eq!(written, describe(own));
        // Were these taken for the same, this test would kill itself.
        kill_if_same(&Pid {
            pid: own,
            began: Some("another boot 1".to_owned()),
        });
        kill_if_same(&Pid {
            pid: own,
            began: None,
        });
    }
}

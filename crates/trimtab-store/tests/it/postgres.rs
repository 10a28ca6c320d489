//! A throw-away PostgreSQL: one server for the test binary, one database for each test.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A server on a socket in a directory of its own.
///
/// It ends with this process, however that ends: its guardian waits for the end of a pipe that
/// only this process holds.
pub(crate) struct PostgresServer {
    socket_dir: PathBuf,
    n_databases: AtomicU32,
    _guardian: Child,
}

/// Runs as the user who owns the server. `$1` is the directory, `$2` PostgreSQL's programs.
const GUARDIAN: &str = r#"
trap '' INT TERM HUP
set -e
"$2/initdb" -D "$1/data" -U trimtab --auth=trust --encoding=UTF8 --locale=C --no-sync > "$1/initdb.log" 2>&1
"$2/pg_ctl" -D "$1/data" -w -l "$1/server.log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$1' -c fsync=off -c max_connections=300" \
    start > "$1/start.log" 2>&1
echo ready
cat > /dev/null
"$2/pg_ctl" -D "$1/data" -m immediate stop > /dev/null 2>&1
rm -rf "$1"
"#;

impl PostgresServer {
    /// The server of this test binary, started by whoever asks first; `None`, with a line that
    /// says so, where PostgreSQL is not installed (an error in CI).
    pub(crate) fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<PostgresServer>> = OnceLock::new();
        SERVER
            .get_or_init(|| {
                let programs = programs();
                assert!(
                    programs.is_some() || !is_ci(),
                    "PostgreSQL 15 is not installed: apt-get install postgresql-15"
                );
                if programs.is_none() {
                    println!("skipped: PostgreSQL is not installed");
                }
                programs.map(|programs| Self::start(&programs))
            })
            .as_ref()
    }

    fn start(programs: &Path) -> Self {
        let socket_dir = std::env::temp_dir().join(format!("trimtab-pg-{}", std::process::id()));
        std::fs::create_dir(&socket_dir).unwrap();
        // PostgreSQL refuses to run as root.
        let mut command = if is_root() {
            let chown = Command::new("chown")
                .arg("postgres")
                .arg(&socket_dir)
                .status();
            assert!(
                chown.unwrap().success(),
                "cannot hand a directory to `postgres`"
            );
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        let mut guardian = command
            .args(["-c", GUARDIAN, "guardian"])
            .arg(&socket_dir)
            .arg(programs)
            .current_dir(&socket_dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(guardian.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let log = |name: &str| std::fs::read_to_string(socket_dir.join(name)).unwrap_or_default();
        assert_eq!(
            line.trim(),
            "ready",
            "PostgreSQL did not start: {}{}{}",
            log("initdb.log"),
            log("start.log"),
            log("server.log")
        );
        Self {
            socket_dir,
            n_databases: AtomicU32::new(0),
            _guardian: guardian,
        }
    }

    /// The address of a new, empty database.
    pub(crate) async fn create_database(&self) -> String {
        use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
        let name = format!("t{}", self.n_databases.fetch_add(1, Ordering::Relaxed));
        let mut admin = PgConnection::connect(&self.url("postgres")).await.unwrap();
        admin
            .execute(AssertSqlSafe(format!("create database {name}")))
            .await
            .unwrap();
        admin.close().await.unwrap();
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        let socket_dir = self.socket_dir.display();
        format!("postgres:///{database}?host={socket_dir}&user=trimtab")
    }
}

/// Where Debian and others put `initdb` and `pg_ctl`.
fn programs() -> Option<PathBuf> {
    ["15", "17", "16", "14"]
        .into_iter()
        .map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")))
        .chain([
            PathBuf::from("/usr/local/pgsql/bin"),
            PathBuf::from("/usr/bin"),
        ])
        .find(|dir| dir.join("initdb").exists() && dir.join("pg_ctl").exists())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test may ask where it runs; the product asks its settings"
)]
fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

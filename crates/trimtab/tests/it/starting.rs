//! What a server needs to start, and what it says when it cannot.

use crate::program::{Server, free_port, run, trimtab};
use serde_json::Value;
use std::net::TcpListener;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_the_same_data_is_refused() {
    let server = Server::start().await;
    let said: crate::program::Said = trimtab(server.folder.path())
        .args(["serve", "--data-dir"])
        .arg(server.data_dir())
        .args(["--listen", &format!("127.0.0.1:{}", free_port())])
        .output()
        .unwrap()
        .into();
    let said = said.refused(&["in use", "data_dir"]);
    assert!(said.err.lines().count() == 1, "{}", said.err);
    server.get("/api/v1/fleet").await;
}

#[test]
fn an_audit_of_nothing_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["audit", "verify"], &["audit", "list"]] {
        run(folder.path(), command).refused(&["no database", "trimtab.db", "--data-dir"]);
    }
    assert!(!folder.path().join("trimtab-data").exists());
}

#[test]
fn a_busy_port_is_named_with_the_fix() {
    let folder = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    run(folder.path(), &["serve", "--listen", &address]).refused(&[
        "port busy",
        &address,
        "--listen",
    ]);
}

#[test]
fn other_machines_need_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("0.0.0.0:{}", free_port());
    run(folder.path(), &["serve", "--listen", &address])
        .refused(&["without API tokens", "trimtab token create"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_what_it_may_and_nothing_after_it_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let made = run(
        folder.path(),
        &["token", "create", "reader", "--allow", "read"],
    )
    .fine();
    let secret = made.out.trim().to_owned();
    let id = secret.split('.').next().unwrap().to_owned();
    assert!(id.starts_with("tok_"), "{secret}");
    let listed = run(folder.path(), &["token", "list"]).fine();
    assert!(
        listed.out.contains(&id) && !listed.out.contains(&secret),
        "{}",
        listed.out
    );
    run(folder.path(), &["token", "create", "x", "--allow", "fly"]).refused(&["`fly`", "read"]);

    let port = free_port();
    let mut child = trimtab(folder.path())
        .args(["serve", "--listen", &format!("0.0.0.0:{port}")])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let base = format!("http://127.0.0.1:{port}");
    let ask = |token: &str| {
        let said: crate::program::Said = trimtab(folder.path())
            .args(["export", "--server", &base])
            .env("TRIMTAB_TOKEN", token)
            .output()
            .unwrap()
            .into();
        said.err
    };
    let begun = tokio::time::Instant::now();
    while ask(&secret).contains("no server answers") && begun.elapsed().as_secs() < 60 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(
        ask(&secret).contains("holds no such documents"),
        "{}",
        ask(&secret)
    );
    assert!(!ask("tok_wrong.secret").contains("holds no such documents"));
    run(folder.path(), &["token", "revoke", &id]).fine();
    assert!(!ask(&secret).contains("holds no such documents"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn settings_say_where_they_came_from() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("trimtab.toml"),
        "[server]\nbody_limit_mib = 8\n",
    )
    .unwrap();
    let said: crate::program::Said = trimtab(folder.path())
        .args(["settings", "show", "--output", "json"])
        .env("TRIMTAB_DATA_DIR", "elsewhere")
        .output()
        .unwrap()
        .into();
    let settings: Value = serde_json::from_str(&said.fine().out).unwrap();
    let of = |name: &str| {
        settings
            .as_array()
            .unwrap()
            .iter()
            .find(|setting| setting["setting"] == name)
            .cloned()
            .unwrap()
    };
    assert_eq!(of("server.body_limit_mib")["value"], 8);
    assert_eq!(of("server.body_limit_mib")["from"], "trimtab.toml");
    assert_eq!(of("data_dir")["from"], "TRIMTAB_DATA_DIR");
    assert_eq!(of("server.listen")["from"], "default");
    let default = run(folder.path(), &["settings", "default"]).fine();
    assert!(
        default.out.contains("#listen = \"127.0.0.1:3000\""),
        "{}",
        default.out
    );

    std::fs::write(
        folder.path().join("trimtab.toml"),
        "[sever]\nlisten = \"x\"\n",
    )
    .unwrap();
    run(folder.path(), &["serve"]).refused(&["sever.listen", "did you mean `server.listen`?"]);
}

#[test]
fn help_and_completions_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), &["--help"]).fine();
    for word in [
        "Without a server:",
        "check",
        "replay",
        "trimtab COMMAND --help",
    ] {
        assert!(help.out.contains(word), "`{word}` is not in {}", help.out);
    }
    let help = run(folder.path(), &["check", "--help"]).fine();
    assert!(
        help.out.contains("Exit code: 0 nothing drifted"),
        "{}",
        help.out
    );
    for shell in ["bash", "zsh", "fish"] {
        let completions = run(folder.path(), &["completions", shell]).fine();
        assert!(completions.out.contains("replay"), "{shell}");
    }
}

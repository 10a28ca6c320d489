//! API tokens.

use jiff::SignedDuration;
use trimtab_app::Permission;
use trimtab_domain::ports::Clock;

#[tokio::test]
async fn a_token_works_until_it_expires_or_is_revoked() {
    let world = trimtab_testkit::World::new();
    let app = crate::bench::app_of(&world);
    let end = world
        .clock
        .now()
        .checked_add(SignedDuration::from_hours(1))
        .unwrap();
    let permissions = [Permission::Ingest, Permission::Read, Permission::Read];
    let made = app
        .create_token("serving", &permissions, Some(end), "local")
        .await
        .unwrap();
    assert_eq!(made.token.permissions, ["read", "ingest"]);
    assert!(!format!("{made:?}").contains(&made.secret));
    assert!(made.secret.starts_with(&format!("{}.", made.token.id)));
    let found = app.authenticate(&made.secret).await.unwrap();
    assert_eq!(found.as_ref(), Some(&made.token));
    let forged = format!("{}x", made.secret);
    assert_eq!(app.authenticate(&forged).await.unwrap(), None);
    assert_eq!(app.authenticate("nonsense").await.unwrap(), None);
    world.clock.set(end);
    assert_eq!(app.authenticate(&made.secret).await.unwrap(), None);

    let other = app
        .create_token("other", &[Permission::Read], None, "local")
        .await
        .unwrap();
    app.revoke_token(&other.token.id, "local").await.unwrap();
    assert_eq!(app.authenticate(&other.secret).await.unwrap(), None);
    assert!(
        app.create_token(" ", &permissions, None, "local")
            .await
            .is_err()
    );
    assert!(app.create_token("x", &[], None, "local").await.is_err());
}

#[tokio::test]
async fn who_asks_often_is_read_seldom_and_outlives_no_revocation() {
    let world = trimtab_testkit::World::new();
    let app = crate::bench::app_of(&world);
    let replica = crate::bench::app_of(&world);
    let create = async |name: &str| {
        app.create_token(name, &[Permission::Read], None, "local")
            .await
            .unwrap()
    };
    let is_open = async |app: &trimtab_app::App, secret: &str| {
        app.authenticate_often(secret).await.unwrap().is_some()
    };
    let made = create("serving").await;
    assert!(is_open(&app, &made.secret).await);
    assert!(
        !is_open(&app, &format!("{}x", made.secret)).await,
        "an id that is known opens nothing without its secret"
    );
    // Revoked by somebody else: it is known within two seconds.
    replica.revoke_token(&made.token.id, "local").await.unwrap();
    world.clock.advance(SignedDuration::from_millis(1_999));
    assert!(is_open(&app, &made.secret).await, "not read again yet");
    world.clock.advance(SignedDuration::from_millis(1));
    assert!(!is_open(&app, &made.secret).await);
    // Revoked here: it is known at once.
    let other = create("other").await;
    assert!(is_open(&app, &other.secret).await);
    app.revoke_token(&other.token.id, "local").await.unwrap();
    assert!(!is_open(&app, &other.secret).await);
    // A clock that was set back keeps nothing alive.
    let third = create("third").await;
    assert!(is_open(&app, &third.secret).await);
    replica
        .revoke_token(&third.token.id, "local")
        .await
        .unwrap();
    world.clock.advance(SignedDuration::from_hours(-1));
    assert!(!is_open(&app, &third.secret).await);
}

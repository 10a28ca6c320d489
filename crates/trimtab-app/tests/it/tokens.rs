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

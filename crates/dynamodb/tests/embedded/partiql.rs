//! What the README says of PartiQL: why no statement alone takes the place of a fenced put, and what a statement under
//! the version that was read can do. `statements.rs` has the writer that is made of it.

use crate::scene::{Attributes, Fallible, Things, s, thing, things};
use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeValue, BatchStatementError, BatchStatementErrorCodeEnum as Code, BatchStatementRequest,
        ReturnValuesOnConditionCheckFailure::AllOld,
    },
};

fn statement(text: impl Into<String>, parameters: Vec<AttributeValue>) -> Fallible<BatchStatementRequest> {
    let statement = BatchStatementRequest::builder().statement(text).set_parameters(Some(parameters));
    Ok(statement.return_values_on_condition_check_failure(AllOld).build()?)
}

/// Of a change of version 3 from `{x: old, gone}` to `{x: new}`, as its record shows it.
fn update(db: &Things, id: &str, by: &str, version: &str, removed: &[&str]) -> Fallible<BatchStatementRequest> {
    let removed: String = removed.iter().map(|name| format!(" REMOVE {name}")).collect();
    let table = db.table();
    let text = format!("UPDATE {table} SET x = ? SET \"_v\" = ?{removed} WHERE id = ? AND \"_v\" {by} ?");
    statement(text, vec![s("new"), s("3"), s(id), s(version)])
}

fn insert(db: &Things, id: &str) -> Fallible<BatchStatementRequest> {
    let text = format!("INSERT INTO {} VALUE {{'id': ?, 'x': ?, '_v': ?}}", db.table());
    statement(text, vec![s(id), s("new"), s("3")])
}

async fn run(
    client: &Client,
    statements: impl IntoIterator<Item = BatchStatementRequest>,
) -> Fallible<Vec<Option<BatchStatementError>>> {
    let statements = statements.into_iter().collect();
    let answer = client.batch_execute_statement().set_statements(Some(statements)).send().await?;
    Ok(answer.responses().iter().map(|response| response.error().cloned()).collect())
}

async fn put(db: &Things, row: Attributes) -> Fallible {
    db.dynamodb().put_item().table_name(db.table()).set_item(Some(row)).send().await?;
    Ok(())
}

fn codes(errors: &[Option<BatchStatementError>]) -> Vec<Option<(Code, bool)>> {
    errors
        .iter()
        .map(|error| error.as_ref().and_then(|error| Some((error.code()?.clone(), error.item().is_some()))))
        .collect()
}

#[tokio::test]
async fn a_statement_per_record_leaves_behind_what_its_old_image_lacks() -> Fallible {
    let db = things().await?;
    let client = db.dynamodb();
    // The copy of "b" has missed a change that took `stray` away.
    for (id, more) in [("a", None), ("b", Some(("stray", s("1"))))] {
        let row = [("x", s("old")), ("gone", s("1")), ("_v", s("1"))];
        put(&db, thing(id, &row.into_iter().chain(more).collect::<Vec<_>>())).await?;
    }

    let errors = run(client, [update(&db, "a", "<", "3", &["gone"])?, update(&db, "b", "<", "3", &["gone"])?]).await?;

    assert_eq!(codes(&errors), [None, None], "both are taken for done");
    assert_eq!(db.get("a").await?, Some(thing("a", &[("x", s("new")), ("_v", s("3"))])));
    let b = db.get("b").await?.ok_or("no row")?;
    assert!(b.contains_key("stray"), "and one is wrong for good: its version says that it is up to date");
    Ok(())
}

#[tokio::test]
async fn neither_statement_alone_writes_a_row_that_may_or_may_not_be_there() -> Fallible {
    let db = things().await?;
    let client = db.dynamodb();
    put(&db, thing("old", &[("_v", s("1"))])).await?;
    put(&db, thing("newer", &[("_v", s("5"))])).await?;

    let statements = [
        insert(&db, "old")?,
        update(&db, "absent", "<", "3", &[])?,
        update(&db, "newer", "<", "3", &[])?,
        insert(&db, "new")?,
    ];
    let errors = run(client, statements).await?;

    let expected = [
        Some((Code::DuplicateItem, false)),
        Some((Code::ConditionalCheckFailed, false)),
        Some((Code::ConditionalCheckFailed, true)),
        None,
    ];
    assert_eq!(codes(&errors), expected, "a refusal brings the row along, a duplicate does not");
    let twice = run(client, [insert(&db, "twice")?, insert(&db, "twice")?]).await;
    assert!(twice.is_err(), "and one call takes a key once");
    Ok(())
}

#[tokio::test]
async fn a_row_that_was_read_can_be_replaced_under_its_very_version() -> Fallible {
    let db = things().await?;
    let client = db.dynamodb();
    for id in ["a", "b"] {
        put(&db, thing(id, &[("x", s("old")), ("stray", s("1")), ("_v", s("1"))])).await?;
    }
    let read = ["stray"];
    // Between the read and the write another owner writes "b".
    put(&db, thing("b", &[("x", s("other")), ("more", s("1")), ("_v", s("2"))])).await?;

    let errors = run(client, [update(&db, "a", "=", "1", &read)?, update(&db, "b", "=", "1", &read)?]).await?;

    assert_eq!(codes(&errors), [None, Some((Code::ConditionalCheckFailed, true))]);
    assert_eq!(db.get("a").await?, Some(thing("a", &[("x", s("new")), ("_v", s("3"))])));
    run(client, [update(&db, "b", "=", "2", &["more"])?]).await?;
    assert_eq!(db.get("b").await?, Some(thing("b", &[("x", s("new")), ("_v", s("3"))])), "by the row of the refusal");
    Ok(())
}

//! A transaction is done once, however often it is sent.

use crate::{
    faulty::{Fate, Faulty, Seen},
    scene::{Fallible, Things, n, s, thing, things},
};
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use dynacdc_dynamodb::{ActionFate, CostMeter, ErrorKind, Limits, Token, TransactionError, TransactionWriter};
use dynacdc_sink::{Class, SinkError};
use std::time::Duration;
use tokio::time::Instant;

fn add(db: &Things, id: &str, by: i32) -> Fallible<TransactWriteItem> {
    let update = Update::builder().table_name(db.table()).key("id", s(id));
    let update = update.update_expression("ADD tally :by").expression_attribute_values(":by", n(by)).build()?;
    Ok(TransactWriteItem::builder().update(update).build())
}

fn insert(db: &Things, id: &str) -> Fallible<TransactWriteItem> {
    let put = Put::builder().table_name(db.table()).set_item(Some(thing(id, &[])));
    let put = put.condition_expression("attribute_not_exists(id)");
    let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).build()?;
    Ok(TransactWriteItem::builder().put(put).build())
}

fn script(fates: &[Fate]) -> impl Fn(&Seen) -> Fate + Send + Sync + 'static {
    let fates = fates.to_vec();
    move |seen| fates.get(seen.at).cloned().unwrap_or(Fate::Pass)
}

fn canceled(reasons: &str) -> Fate {
    Fate::Answer {
        status: 400,
        body: format!(
            r#"{{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","message":"m","CancellationReasons":[{reasons}]}}"#
        ),
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_does_not_make_it_happen_twice() -> Fallible {
    let db = things().await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), script(&[Fate::LoseAnswer, Fate::LoseAnswer]))?;
    let (writer, meter) = (TransactionWriter::new(&client), CostMeter::new());
    let actions = [add(&db, "a", 1)?, add(&db, "b", 2)?];

    writer.write(&actions, &Token::fresh(), None, &meter).await?;

    assert_eq!(db.get("a").await?, Some(thing("a", &[("tally", n(1))])));
    assert_eq!(db.get("b").await?, Some(thing("b", &[("tally", n(2))])));
    assert_eq!(faulty.count("TransactWriteItems"), 3);
    let cost = meter.cost();
    assert_eq!((cost.calls, cost.bytes), (3, 3 * 2 * (3 + 2)));
    assert!(cost.write_units >= 4, "{cost:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_same_identity_is_done_once_and_another_again() -> Fallible {
    let db = things().await?;
    let (writer, meter) = (TransactionWriter::new(db.dynamodb()), CostMeter::new());
    let actions = [add(&db, "a", 1)?];
    for identity in ["record 1", "record 1", "record 2"] {
        writer.write(&actions, &Token::of(identity, &actions), None, &meter).await?;
    }

    assert_eq!(db.get("a").await?, Some(thing("a", &[("tally", n(2))])));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_token_that_another_transaction_had_is_refused() -> Fallible {
    let db = things().await?;
    let (writer, meter, token) = (TransactionWriter::new(db.dynamodb()), CostMeter::new(), Token::fresh());
    writer.write(&[add(&db, "a", 1)?], &token, None, &meter).await?;

    let error = writer.write(&[add(&db, "b", 1)?], &token, None, &meter).await.err().ok_or("it was done")?;

    assert_eq!((error.call().kind(), error.call().class()), (ErrorKind::TokenReused, Class::Fatal));
    assert_eq!(db.count().await?, 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_condition_cancels_all_and_names_its_action() -> Fallible {
    let db = things().await?;
    let (writer, meter) = (TransactionWriter::new(db.dynamodb()), CostMeter::new());
    writer.write(&[insert(&db, "b")?], &Token::fresh(), None, &meter).await?;

    let error = writer.write(&[add(&db, "a", 1)?, insert(&db, "b")?], &Token::fresh(), None, &meter).await;

    let error = error.err().ok_or("it was done")?;
    assert!(error.is_condition_failed());
    let [ActionFate::NotAtFault, ActionFate::ConditionFailed { item }] = error.fates() else {
        return Err(format!("{error:?}").into());
    };
    assert_eq!(item.as_ref(), Some(&thing("b", &[])));
    assert_eq!(db.count().await?, 1);
    assert_eq!(meter.cost().calls, 2, "a condition is not tried again");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_tried_again_and_what_does_not_is_not() -> Fallible {
    let db = things().await?;
    let conflict = r#"{"Code":"TransactionConflict"},{"Code":"None"}"#;
    let throttled = r#"{"Code":"None"},{"Code":"ThrottlingError"}"#;
    let in_progress = Fate::Refuse { status: 400, code: "TransactionInProgressException", message: "" };
    let fates = [canceled(conflict), in_progress, canceled(throttled), Fate::THROTTLED, Fate::Unreachable];
    let (faulty, client) = Faulty::around(db.dynamodb(), script(&fates))?;
    let meter = CostMeter::new();
    TransactionWriter::new(&client)
        .write(&[add(&db, "a", 1)?, add(&db, "b", 1)?], &Token::fresh(), None, &meter)
        .await?;
    assert_eq!(faulty.seen().len(), 6);
    let tokens: std::collections::HashSet<_> = faulty.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(tokens.len(), 1, "each attempt is the same request");

    let mixed = |code| canceled(&format!(r#"{{"Code":"TransactionConflict"}},{{"Code":"{code}","Message":"m"}}"#));
    let cases = [
        (mixed("ValidationError"), ErrorKind::Refused, Class::Poison),
        (mixed("ItemCollectionSizeLimitExceeded"), ErrorKind::CollectionFull, Class::Poison),
        (mixed("ConditionalCheckFailed"), ErrorKind::ConditionFailed, Class::Transient),
        (mixed("SomethingNew"), ErrorKind::Unknown, Class::Fatal),
        (
            Fate::Refuse { status: 400, code: "IdempotentParameterMismatchException", message: "" },
            ErrorKind::TokenReused,
            Class::Fatal,
        ),
    ];
    for (fate, kind, class) in cases {
        let (faulty, client) = Faulty::around(db.dynamodb(), move |_| fate.clone())?;
        let writer = TransactionWriter::new(&client);
        let error = writer.write(&[add(&db, "a", 1)?, add(&db, "b", 1)?], &Token::fresh(), None, &meter).await;
        let error = error.err().ok_or("it was done")?;
        assert_eq!((error.call().kind(), SinkError::from(error).class()), (kind, class));
        assert_eq!(faulty.seen().len(), 1, "{kind:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_it_and_one_that_passed_sends_nothing() -> Fallible {
    let db = things().await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::Hang)?;
    let (writer, meter) = (TransactionWriter::new(&client), CostMeter::new());
    let start = Instant::now();
    let deadline = start + Duration::from_secs(3);

    for sent in [1, 1] {
        let error = writer.write(&[add(&db, "a", 1)?], &Token::fresh(), Some(deadline), &meter).await;
        let error = error.err().ok_or("it was done")?;
        assert_eq!((error.call().kind(), error.call().class()), (ErrorKind::TimedOut, Class::Transient));
        assert_eq!(faulty.seen().len(), sent);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
    Ok(())
}

#[tokio::test]
async fn what_is_too_much_for_one_call_is_not_sent() -> Fallible {
    let db = things().await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::Pass)?;
    let (writer, meter) = (TransactionWriter::new(&client), CostMeter::new());
    let many = (0..101).map(|at| add(&db, &at.to_string(), 1)).collect::<Fallible<Vec<_>>>()?;

    let refused = writer.write(&many, &Token::fresh(), None, &meter).await;
    assert!(matches!(refused, Err(TransactionError::Failed(error)) if error.class() == Class::Fatal));
    assert!(faulty.seen().is_empty());
    writer.write(&many[..100], &Token::fresh(), None, &meter).await?;
    assert_eq!(db.count().await?, 100);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_an_update_sets_counts_as_bytes_and_units() -> Fallible {
    let db = things().await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), script(&[Fate::Unreachable]))?;
    let (writer, meter) = (TransactionWriter::new(&client), CostMeter::new());
    let set = |expression: &str, condition: Option<&str>| -> Fallible<TransactWriteItem> {
        let update = Update::builder().table_name(db.table()).key("id", s("a")).update_expression(expression);
        let update = update.set_condition_expression(condition.map(Into::into));
        let update = update.expression_attribute_values(":v", s("x".repeat(3_000)));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    };
    let twice = [set("SET p = :v, q = :v", None)?];

    let tight = writer.clone().with_limits(Limits { transaction_bytes: 6_000, ..Limits::AWS });
    let refused = tight.write(&twice, &Token::fresh(), None, &meter).await;
    assert!(matches!(refused, Err(TransactionError::Failed(error)) if error.kind() == ErrorKind::BadRequest));
    assert!(faulty.seen().is_empty() && meter.cost().calls == 0);

    let tight = writer.clone().with_limits(Limits { transaction_bytes: 3, ..Limits::AWS });
    let compared = [set("REMOVE vague", Some("p <> :v"))?];
    tight.write(&compared, &Token::fresh(), None, &CostMeter::new()).await?;

    let (_, client) = Faulty::around(db.dynamodb(), script(&[Fate::LoseAnswer]))?;
    TransactionWriter::new(&client).write(&twice, &Token::fresh(), None, &meter).await?;
    let cost = meter.cost();
    assert_eq!((cost.calls, cost.bytes), (2, 2 * 6_003));
    assert!(cost.write_units >= 12, "the lost answer is reckoned from the values: {cost:?}");
    Ok(())
}

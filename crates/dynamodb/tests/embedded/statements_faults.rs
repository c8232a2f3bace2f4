//! A `FencedWriter` with statements, when answers get lost, calls are throttled or refused, and time runs out.

use crate::{
    faulty::{Fate, Faulty, Seen},
    scene::{Fallible, things},
    statements::{SECOND, all_failed, all_written, calls, delete, puts, statements, write, x},
};
use dynacdc_dynamodb::{CostMeter, Deletes, FencedOutcome, FencedWriter, Retries};
use dynacdc_sink::Class;
use tokio::time::Instant;

/// The service carries out none of the statements, and says this of each.
fn each_refused(table: &str, seen: &Seen, code: &str) -> Fate {
    let error = format!(r#"{{"Error":{{"Code":"{code}","Message":"no"}},"TableName":"{table}"}}"#);
    let errors = vec![error; seen.body.matches("\"Statement\":").count()].join(",");
    Fate::Answer { status: 200, body: format!(r#"{{"Responses":[{errors}]}}"#) }
}

#[tokio::test(start_paused = true)]
async fn lost_answers_are_found_by_another_read() -> Fallible {
    let db = things().await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), |seen| match seen.at {
        1 => Fate::LoseAnswer,
        _ => Fate::Pass,
    })?;
    let meter = CostMeter::new();

    let outcomes = statements(&client, &db).write(&puts(0..20, 1)?, None, &meter).await;

    assert!(all_written(&outcomes), "and no duplicates: {outcomes:?}");
    assert_eq!(calls(&faulty), [2, 1, 0]);
    let of_nothing = if db.behavior().reading_nothing_costs { 20 } else { 0 };
    assert_eq!((meter.cost().write_units, meter.read_units()), (20, 20 + of_nothing));

    // One that lands after the second read finds its version gone, and one that never does is made again.
    let (faulty, client) = Faulty::around(db.dynamodb(), |seen| match (seen.operation.as_str(), seen.at) {
        ("BatchExecuteStatement", 0..3) => Fate::LandLate(60 * SECOND),
        _ => Fate::Pass,
    })?;
    let writer = statements(&client, &db);
    assert!(all_written(&write(&writer, &puts(0..20, 2)?).await));
    assert!(all_written(&write(&writer, &puts(0..20, 3)?).await));
    faulty.landed().await;
    assert_eq!(x(&db, "7").await?.as_deref(), Some("3"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn statements_that_are_throttled_are_sent_again_as_statements() -> Fallible {
    for code in ["ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "TransactionConflict"] {
        let db = things().await?;
        let table = db.table().to_owned();
        let (faulty, client) = Faulty::around(db.dynamodb(), move |seen| match seen.at {
            1 => each_refused(&table, seen, code),
            0 | 2 => Fate::THROTTLED,
            _ => Fate::Pass,
        })?;
        let meter = CostMeter::new();
        let outcomes = statements(&client, &db).write(&puts(0..20, 1)?, None, &meter).await;
        assert!(all_written(&outcomes), "{code}: {outcomes:?}");
        assert_eq!(faulty.seen().len() as u64, meter.cost().calls);
        assert!(calls(&faulty)[2] == 0 && meter.cost().write_units == 20, "{code}: {:?}", calls(&faulty));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_service_for_a_statement_may_have_been_a_write() -> Fallible {
    let db = things().await?;
    assert!(all_written(&write(&FencedWriter::new(db.dynamodb(), db.table()), &puts(0..4, 1)?).await));
    // Each statement of version 1 would be refused: what is answered is a lie about rows that are there.
    let table = db.table().to_owned();
    let (faulty, client) = Faulty::around(db.dynamodb(), move |seen| match seen.at {
        0 => Fate::Answer { status: 200, body: r#"{"Responses":{}}"#.into() },
        1 => each_refused(&table, seen, "InternalServerError"),
        _ => Fate::Pass,
    })?;

    let outcomes = write(&statements(&client, &db), &puts(0..4, 1)?).await;

    assert!(all_written(&outcomes), "read again, as version 1: {outcomes:?}");
    assert_eq!(calls(&faulty), [2, 1, 0]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_stands_in_the_way_for_good_fails_and_refused_calls_fall_back() -> Fallible {
    let db = things().await?;
    let few = Retries::new(3, SECOND, SECOND);
    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::THROTTLED)?;
    let outcomes = write(&statements(&client, &db).with_retries(few.clone()), &puts(0..9, 1)?).await;
    assert!(all_failed(&outcomes, Class::Transient) && faulty.seen().len() == 3, "{outcomes:?}");

    for operation in ["BatchGetItem", "BatchExecuteStatement"] {
        let at = move |seen: &Seen| seen.operation == operation;
        let denied = Fate::Refuse { status: 400, code: "AccessDeniedException", message: "" };
        let plan = move |seen: &Seen| if at(seen) { denied.clone() } else { Fate::Pass };
        let (faulty, client) = Faulty::around(db.dynamodb(), plan)?;
        let outcomes = write(&statements(&client, &db).with_in_flight(1), &puts(0..300, 1)?).await;
        assert!(all_failed(&outcomes, Class::Fatal), "{operation}");
        assert!(faulty.seen().len() <= 4 && faulty.count(operation) == 1, "{operation}: nothing is begun after it");

        let refused = Fate::Refuse { status: 400, code: "ValidationException", message: "not this" };
        let plan = move |seen: &Seen| if at(seen) { refused.clone() } else { Fate::Pass };
        let (faulty, client) = Faulty::around(db.dynamodb(), plan)?;
        assert!(all_written(&write(&statements(&client, &db), &puts(0..9, 1)?).await), "{operation}");
        assert_eq!(calls(&faulty)[2], 9, "{operation}");
        let others: Vec<_> = (0..9).map(|id| delete(&id.to_string(), 2)).collect::<Fallible<_>>()?;
        assert!(
            all_written(&write(&statements(&client, &db).with_deletes(Deletes::Real), &others).await),
            "{operation}"
        );
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_it_and_what_was_not_sent_is_not_begun() -> Fallible {
    for (hangs, not_begun) in [("BatchGetItem", 300), ("BatchExecuteStatement", 250)] {
        let db = things().await?;
        let plan = move |seen: &Seen| match seen.operation == hangs {
            true => Fate::Hang,
            false => Fate::Answer { status: 200, body: r#"{"Responses":{}}"#.into() },
        };
        let (_faulty, client) = Faulty::around(db.dynamodb(), plan)?;
        let start = Instant::now();
        let deadline = start + 5 * SECOND;
        let writer = statements(&client, &db).with_in_flight(2);

        let outcomes = writer.write(&puts(0..300, 1)?, Some(deadline), &CostMeter::new()).await;

        assert!(Instant::now() - deadline < SECOND / 10, "{hangs}");
        assert!(all_failed(&outcomes, Class::Transient), "{hangs}");
        let is_not_begun =
            |outcome: &&FencedOutcome| matches!(outcome, FencedOutcome::Failed(error) if error.is_not_begun());
        assert_eq!(outcomes.iter().filter(is_not_begun).count(), not_begun, "{hangs}");
    }
    Ok(())
}

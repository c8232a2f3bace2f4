//! Wrong inputs and answers that do not pass: each is told in a sentence, after the first call that says so.

use crate::{
    scene::{Fallible, HOUR, TABLE, orders, refused, sentence},
    script::{Answer, Script},
};
use dynacdc_record::StreamViewType::NewImage;
use dynacdc_source::{SetupError, StreamSetup};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_table_that_is_not_there_is_told() -> Fallible {
    let (db, _) = orders().await?;
    let setup = StreamSetup::new(db.dynamodb(), "Odrers").with_patience(HOUR);

    let outcomes = [
        refused(setup.enable(NewImage).await)?,
        refused(setup.disable().await)?,
        refused(setup.change_view_type(NewImage).await)?,
        refused(setup.current().await)?,
        refused(setup.wait_until_usable(&dynacdc_source::SdkStreams::new(db.streams().clone())).await)?,
    ];

    for error in outcomes {
        assert!(matches!(error, SetupError::NoTable { .. }), "{error:?}");
        assert_eq!(sentence(&error), "there is no table Odrers");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_none_is_refused_with_what_the_service_says() -> Fallible {
    let (db, _) = orders().await?;

    let error = refused(StreamSetup::new(db.dynamodb(), "?").with_patience(HOUR).enable(NewImage).await)?;

    let text = sentence(&error);
    assert!(matches!(error, SetupError::Refused { .. }), "{error:?}");
    assert!(text.starts_with("DescribeTable of table ? was refused: "), "{text}");
    assert!(text.contains("ableName"), "{text}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_pass_ends_it_at_once() -> Fallible {
    let (db, _) = orders().await?;
    for (answers, calls, expected) in [
        (vec![Answer::Table("DELETING", Some("KEYS_ONLY"))], 1, "table Orders is being deleted"),
        (
            vec![Answer::Table("ARCHIVED", None)],
            1,
            "the stream of table Orders cannot be changed while the table is ARCHIVED",
        ),
        (
            vec![Answer::Error("AccessDeniedException", "User: arn:aws:iam::1:user/me is not authorized")],
            1,
            "DescribeTable of table Orders is not allowed to these credentials",
        ),
        (
            vec![Answer::Pass, Answer::Error("AccessDeniedException", "not authorized")],
            2,
            "UpdateTable of table Orders is not allowed to these credentials",
        ),
        (vec![Answer::Pass, Answer::Error("ResourceNotFoundException", "")], 2, "there is no table Orders"),
        (
            vec![Answer::Pass, Answer::Error("ValidationException", "Global tables need their stream")],
            2,
            "UpdateTable of table Orders was refused: Global tables need their stream",
        ),
    ] {
        let (script, client) = Script::before(&db, answers)?;

        let error = refused(StreamSetup::new(&client, TABLE).with_patience(HOUR).enable(NewImage).await)?;

        assert_eq!(error.to_string(), expected);
        assert_eq!(script.seen().len(), calls, "{expected}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_description_that_is_none_is_no_reason_to_change_anything() -> Fallible {
    let (db, _) = orders().await?;
    for view_type in ["", "EVERYTHING"] {
        let told = std::iter::repeat_n(Answer::Table("ACTIVE", Some(view_type)), 1_000);
        let (script, client) = Script::before(&db, told)?;

        let error = refused(StreamSetup::new(&client, TABLE).with_patience(MINUTE).disable().await)?;

        assert!(sentence(&error).contains("DescribeTable"), "{error:?}");
        assert_eq!(script.count("UpdateTable"), 0);
    }
    Ok(())
}

use crate::{
    Fallible,
    answers::applied,
    events::{answer, keys, number},
    process::{LONG, Running},
};
use async_trait::async_trait;
use dynacdc_lambda::Function;
use dynacdc_lambda_stub::Answer;
use dynacdc_sink::{Batch, Redelivery, Report, Sink, SinkError, sink_fn};
use std::{future::pending, time::Duration};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn what_there_is_no_time_for_is_left_and_the_answer_still_comes() -> Fallible {
    let function = Running::start("hurried").await?;
    function.answer(keys(&["warm"])).await?;

    // Of 8 seconds 6 are for records that take 0.4 seconds each: 15 or 16 of them, or fewer on a busy machine.
    let answered = function.api().invoke(keys(&["slow"; 40]), 8 * SECOND).await;

    let applied = applied(&function.stop()?).len() - 1;
    assert!((1..=16).contains(&applied), "{applied} were applied");
    assert_eq!(answered, Answer::Response(answer(Some(applied))));
    Ok(())
}

#[tokio::test]
async fn a_deadline_that_is_a_length_leaves_time_to_write() -> Fallible {
    let function = Running::start("plain").await?;

    // As `cargo lambda watch` sends it.
    let answered = function.api().invoke_until("600000", keys(&["a", "b"]), LONG).await;

    assert_eq!(answered, Answer::Response(answer(None)));
    assert_eq!(applied(&function.stop()?).len(), 2);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_reserve_is_kept_back() -> Fallible {
    for (left, reserve, expected) in [(10, None, 8), (10, Some(4), 6), (2, None, 1), (10, Some(60), 5)] {
        let sink = sink_fn("sink", |_| async {
            tokio::time::sleep(SECOND).await;
            Ok::<_, SinkError>(())
        });
        let mut function = Function::new(sink.with_redelivery(Redelivery::Any));
        if let Some(reserve) = reserve {
            function = function.with_reserve(reserve * SECOND);
        }

        let response = function.handle(keys(&["a"; 20]), Instant::now() + left * SECOND).await?;

        assert_eq!(response.to_json(), answer(Some(expected)), "{left} seconds, reserve {reserve:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_where_the_time_is_over() -> Fallible {
    let sink = sink_fn("sink", |_| async { Ok::<_, SinkError>(()) }).with_redelivery(Redelivery::Any);

    let response = Function::new(sink).handle(keys(&["a", "b"]), Instant::now()).await?;

    assert_eq!(response.to_json(), answer(Some(0)));
    Ok(())
}

/// Looks at no deadline.
struct Stuck;

#[async_trait]
impl Sink for Stuck {
    fn name(&self) -> &str {
        "stuck"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, _: Batch<'_>) -> Result<Report, SinkError> {
        pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_hangs_is_given_up_before_the_end() -> Fallible {
    let begin = Instant::now();

    let response = Function::new(Stuck).handle(keys(&["a", "b"]), begin + 10 * SECOND).await?;

    assert_eq!(response.to_json(), answer(Some(0)));
    assert_eq!(begin.elapsed(), 9 * SECOND);
    assert_eq!(response.first_unsettled().map(|first| first.to_string()), Some(number(0)));
    Ok(())
}

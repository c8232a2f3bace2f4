use crate::{
    Fallible,
    answers::applied,
    events::{answer, keys, number},
    process::{Running, key},
};
use async_trait::async_trait;
use dynacdc_lambda::Function;
use dynacdc_sink::{Batch, Done, Outcome, Redelivery, Report, Sink, SinkError};
use std::sync::Mutex;

#[tokio::test]
async fn a_record_that_panics_is_named_and_the_process_goes_on() -> Fallible {
    let function = Running::start("plain").await?;

    assert_eq!(function.answer(keys(&["a", "b", "c", "panics", "d"])).await?, answer(Some(3)));
    assert_eq!(function.answer(keys(&["e"])).await?, answer(None));

    let applied = applied(&function.stop()?);
    for at in 0..3 {
        assert!(applied.contains(&number(at)), "{at} of {applied:?}");
    }
    Ok(())
}

/// Takes a batch as a whole, and panics where one record of it is to panic.
#[derive(Default)]
struct Bulk {
    sizes: Mutex<Vec<usize>>,
}

#[async_trait]
impl Sink for Bulk {
    fn name(&self) -> &str {
        "bulk"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.sizes.lock().map_err(|_| SinkError::fatal("poisoned"))?.push(batch.len());
        tokio::task::yield_now().await;
        assert!(!batch.records().iter().any(|record| key(record) == "panics"));
        if batch.records().iter().any(|record| key(record) == "refused") {
            return Err(SinkError::poison("one of them"));
        }
        Ok(Report::all(batch, Outcome::from(Done::Applied)))
    }
}

#[tokio::test]
async fn a_sink_that_panics_for_a_batch_is_asked_in_halves() -> Fallible {
    for at in 0..16 {
        let mut batch = ["a"; 16];
        batch[at] = "panics";
        let function = Function::new(Bulk::default());

        let response = function.handle(keys(&batch), None).await?;

        assert_eq!(response.to_json(), answer(Some(at)));
        let sizes = function.get_ref().sizes.lock().map_err(|_| "poisoned")?.clone();
        assert!(sizes[0] == 16 && sizes.last() == Some(&1), "{at}: {sizes:?}");
        // The whole, and of each half, quarter and so on at most two.
        assert!(sizes.len() <= 9, "{at}: {sizes:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_error_for_the_whole_batch_names_its_first_record() -> Fallible {
    let function = Function::new(Bulk::default());

    let response = function.handle(keys(&["a", "b", "refused"]), None).await?;

    assert_eq!(response.to_json(), answer(Some(0)));
    Ok(())
}

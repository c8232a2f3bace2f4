use crate::{
    Fallible,
    process::{LONG, Running},
};
use dynacdc_lambda::FunctionError;
use dynacdc_sink::{Redelivery, SinkError, sink_fn};

#[tokio::test]
async fn a_sink_that_does_not_stand_disorder_is_refused_before_the_first_event() -> Fallible {
    let function = Running::start("continued").await?;

    let failure = function.api().init_error(LONG).await.ok_or("it started")?;

    assert_eq!(failure.kind, "FunctionError.Redelivery");
    assert!(failure.message.contains("sink `scripted`") && failure.message.contains("Redelivery::Any"), "{failure:?}");
    let (status, _) = function.process().wait()?;
    assert!(!status.success());
    Ok(())
}

#[tokio::test]
async fn outside_of_lambda_the_variable_that_is_missing_is_named() {
    let sink = sink_fn("sink", |_| async { Ok::<_, SinkError>(()) }).with_redelivery(Redelivery::Any);

    let error = dynacdc_lambda::run(sink).await;

    assert!(matches!(error, Err(FunctionError::Environment { variable: "AWS_LAMBDA_RUNTIME_API" })), "{error:?}");
}

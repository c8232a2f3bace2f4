use crate::{
    Fallible,
    events::{event, keys, malformed, number, record},
    process::key,
};
use dynacdc_lambda::Function;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Redelivery, SinkError, sink_fn};
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};
use tracing::subscriber::DefaultGuard;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// All that this thread logs from now on.
    fn begin(&self) -> DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[tokio::test]
async fn what_needs_a_person_is_an_error_and_names_no_item() -> Fallible {
    let sink = sink_fn("sink", |record: ChangeRecord| async move {
        match key(&record).as_str() {
            "secret-throttled" => Err(SinkError::transient("throttled")),
            "secret-poison" => Err(SinkError::poison("refused")),
            "secret-fatal" => Err(SinkError::fatal("no such table")),
            "secret-panics" => panic!("secret"),
            _ => Ok(()),
        }
    });
    let function = Function::new(sink.with_redelivery(Redelivery::Any));
    let log = Log::default();
    let _guard = log.begin();

    for (cause, level, why) in [
        ("secret-throttled", "WARN", "throttled"),
        ("secret-poison", "ERROR", "refused"),
        ("secret-fatal", "ERROR", "no such table"),
        ("secret-panics", "ERROR", "the sink panicked"),
    ] {
        let _ = function.handle(keys(&["a", cause]), None).await?;

        let said = log.take();
        assert!(said.contains(&format!(" {level} ")) && said.contains(why), "{cause}: {said}");
        assert!(said.contains(&number(1)) && !said.contains("secret"), "{cause}: {said}");
    }
    let _ = function.handle(keys(&["a"]), None).await?;
    assert_eq!(log.take(), "");
    let _ = function.handle(event(&[record(0, "a"), malformed(1)]), None).await?;
    assert!(log.take().contains(" ERROR "));
    Ok(())
}

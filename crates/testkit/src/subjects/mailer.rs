use super::{Backend, Mail, backend::Tables};
use crate::Faults;
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Done, RecordSink, Redelivery, SinkError};

/// Tells the outside of each change. A mail leaves no mark that could be asked, so one that is sent again is a double.
///
/// It says of itself that it stands [`Redelivery::Any`], which is true only behind deduplication; without it, every
/// repeated delivery is a double.
#[derive(Debug, Clone)]
pub struct Mailer {
    backend: Backend,
}

impl Mailer {
    /// Over the outbox of a backend.
    pub fn new(backend: &Backend) -> Self {
        Self { backend: backend.clone() }
    }
}

#[async_trait]
impl RecordSink for Mailer {
    fn name(&self) -> &str {
        "mailer"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        let change = record.clone();
        let send = move |faults: &Faults, tables: &mut Tables| {
            faults.accept(&change)?;
            let times = tables.mails.entry(Mail::of(&change)).or_default();
            *times += 1;
            if *times == 1 {
                let version = change.version().into_owned();
                let told = tables.told.entry(change.item_key()).or_insert_with(|| version.clone());
                if *told > version {
                    tables.late += 1;
                } else {
                    *told = version;
                }
            }
            Ok(Done::Applied)
        };
        self.backend.call("mail", || format!("{} {}", record.key(), record.sequence_number()), send).await
    }
}

use crate::{
    Fallible,
    events::{answer, keys},
};
use dynacdc_lambda::Function;
use dynacdc_record::Change;
use dynacdc_sink::{Redelivery, SinkError, typed};
use serde::Deserialize;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

#[derive(Deserialize)]
struct Order {
    pk: String,
    total: u32,
}

#[tokio::test]
async fn a_closure_over_one_typed_change_is_a_function() -> Fallible {
    let sum = Arc::new(AtomicU32::new(0));
    let orders = typed::<Order>("orders").on_change({
        let sum = Arc::clone(&sum);
        move |change, _record| {
            let sum = Arc::clone(&sum);
            async move {
                match change {
                    Change::Insert { new } if new.pk == "refused" => Err(SinkError::poison("refused")),
                    Change::Insert { new } => Ok(_ = sum.fetch_add(new.total, Ordering::Relaxed)),
                    Change::Modify { .. } | Change::Remove { .. } => Ok(()),
                }
            }
        }
    });
    let function = Function::new(orders.with_redelivery(Redelivery::Any));

    let response = function.handle(keys(&["a", "b", "refused"]), None).await?;

    assert_eq!((response.to_json(), sum.load(Ordering::Relaxed)), (answer(Some(2)), 10));
    Ok(())
}

#[tokio::test]
async fn without_the_word_of_its_author_a_closure_is_refused() -> Fallible {
    let orders = typed::<Order>("orders").on_insert(|_, _| async { Ok::<_, SinkError>(()) });

    let response = Function::new(orders).handle(keys(&["a"]), None).await?;

    assert_eq!(response.to_json(), answer(Some(0)));
    Ok(())
}

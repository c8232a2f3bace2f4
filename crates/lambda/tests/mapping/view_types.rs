//! What a sink that needs the new image makes of the four view types.

use crate::{TIMEOUT, Tested, deliver, numbers};
use dynacdc_lambda::Function;
use dynacdc_record::{StreamViewType, item};
use dynacdc_sink::{Redelivery, SinkError, sink_fn};
use dynacdc_testkit::{EventSourceMapping, StreamSimulator};

#[tokio::test(start_paused = true)]
async fn a_sink_is_told_what_the_stream_lacks() -> Tested {
    for view_type in StreamViewType::ALL {
        let stream = StreamSimulator::builder("orders").view_type(view_type).build()?;
        stream.put(item! { "pk" => "a", "n" => 1 })?;
        stream.put(item! { "pk" => "a", "n" => 2 })?;
        let sink = sink_fn("needs new images", |record| async move {
            let image = record.require_new_image().map_err(|error| SinkError::poison("no image").with_source(error))?;
            image.get("n").map(|_| ()).ok_or_else(|| SinkError::poison("no n"))
        })
        .with_redelivery(Redelivery::Any);
        let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(0);

        let run = deliver(&mut mapping, &Function::new(sink), TIMEOUT).await;

        let all = numbers(&stream);
        let settled = if view_type.has_new_image() { &all[..] } else { &[] };
        assert_eq!(run.settled(), settled, "{view_type}");
        assert_eq!(run.discarded().is_empty(), view_type.has_new_image(), "{view_type}");
    }
    Ok(())
}

/// Whatever a stream carries, keys and numbers are there, so what needs no image runs on each.
#[tokio::test(start_paused = true)]
async fn a_sink_that_needs_only_keys_runs_on_each() -> Tested {
    for view_type in StreamViewType::ALL {
        let stream = StreamSimulator::builder("orders").view_type(view_type).build()?;
        stream.put(item! { "pk" => "a", "n" => 1 })?;
        stream.expire(item! { "pk" => "a" })?;
        let sink = sink_fn("keys", move |record| async move {
            let images = (record.new_image().is_some(), record.old_image().is_some());
            let has = (view_type.has_new_image(), view_type.has_old_image());
            let is_insert = !record.is_ttl_delete();
            let expected = if is_insert { (has.0, false) } else { (false, has.1) };
            if images == expected { Ok(()) } else { Err(SinkError::poison("other images than the view type says")) }
        })
        .with_redelivery(Redelivery::Any);
        let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(0);

        let run = deliver(&mut mapping, &Function::new(sink), TIMEOUT).await;

        assert_eq!(run.settled(), numbers(&stream), "{view_type}");
    }
    Ok(())
}

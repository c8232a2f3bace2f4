//! A delete by time to live told apart from a user's.

use crate::{orders::Orders, stage::Stage};
use dynacdc_examples::{Check, Failure, Scene, Screen};
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE, Write as TableWrite};
use dynacdc_record::{Item, Number, item};
use serde::Serialize;
use std::{
    io::{self, Write},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Longer than any cart lives.
const LATER: Duration = Duration::from_secs(2 * 3_600);

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "time_to_live")]
struct TimeToLive {
    expired: Option<usize>,
    skipped: Option<&'static str>,
}

impl Scene for TimeToLive {
    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        match (self.expired, self.skipped) {
            (_, Some(reason)) => writeln!(out, "   Skipped: {reason}."),
            (expired, None) => writeln!(
                out,
                "\n   {} expired. Their records name the service dynamodb.amazonaws.com as the one who deleted.",
                match expired.unwrap_or_default() {
                    1 => "1 item".to_owned(),
                    items => format!("{items} items"),
                }
            ),
        }
    }
}

fn cart(customer: &str, expires_at: u64) -> Item {
    item! {
        PARTITION_KEY => customer,
        SORT_KEY => "cart",
        "kind" => "cart",
        "total" => 25,
        TTL_ATTRIBUTE => Number::from(expires_at),
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

pub(crate) async fn run(stage: &Stage, orders: &mut Orders, screen: &mut Screen) -> Result<Vec<Check>, Failure> {
    screen.section(
        "3  A delete by time to live, told apart from a user's",
        "Two carts are put; a user deletes one. Two hours later, time to live deletes the other, and every other cart \
         whose time is over.",
    )?;
    if !stage.db().is_embedded() {
        let reason = "the clock of another server cannot be moved, and its time to live takes its own time";
        screen.show(&TimeToLive { expired: None, skipped: Some(reason) })?;
        return Ok(Vec::new());
    }
    let (kept, deleted) = ("customer#0101", "customer#0102");
    let soon = seconds(stage.db().clock()?.now()) + 60;
    for customer in [kept, deleted] {
        orders.step(stage, screen, &TableWrite::Put(cart(customer, soon))).await?;
    }
    let key = item! { PARTITION_KEY => deleted, SORT_KEY => "cart" };
    orders.step(stage, screen, &TableWrite::Delete { key }).await?;

    let now = stage.db().advance(LATER)?;
    let expected = orders.expire(seconds(now));
    let swept = stage.db().sweep_ttl().await?;
    for _ in 0..swept {
        orders.arrive(screen, None).await?;
    }
    screen.show(&TimeToLive { expired: Some(swept), skipped: None })?;
    Ok(vec![Check::new("items that expired", expected, swept)])
}

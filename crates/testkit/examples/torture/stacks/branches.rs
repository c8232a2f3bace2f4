//! Fan-out: each branch with what is its own.

use super::{parked, parking, redrive, retries, tried};
use crate::{
    case::Case,
    target::{Items, Target},
};
use dynacdc_sink::{Each, SinkError, SinkExt, fan_out};
use dynacdc_testkit::{ContributedTotals, History, Replica, Running, Total};
use std::{collections::BTreeMap, sync::Arc};

type Both = (Items, BTreeMap<String, Total>);

fn both(target: &Target) -> Both {
    (target.backend.items("copy"), target.backend.totals())
}

fn both_live(history: &History) -> Both {
    (history.live(), history.totals())
}

/// A replica and totals, each with its own dead letters, or with those of the other.
fn two_desks(target: &Target, shared: bool) -> Result<Running, SinkError> {
    let replica = tried(Replica::fenced(&target.backend, "copy"))?;
    let totals = tried(Each::new(ContributedTotals::new(&target.backend)))?;
    let store = if shared { &target.letters } else { &target.other_letters };
    let one = parking(replica, target.letters.clone(), target)?;
    let other = parking(totals, store.clone(), target)?;
    let sink = fan_out([Arc::clone(&one).boxed(), Arc::clone(&other).boxed()]);
    Ok(Running::new(sink).with_redrive(move || {
        let (one, other) = (Arc::clone(&one), Arc::clone(&other));
        async move {
            redrive(one).await?;
            redrive(other).await
        }
    }))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("fan_out(2 x dead_letter(retry(timeout)))", both, both_live, |target, _| two_desks(target, false))
            .poison(),
        Case::new("fan_out(2 x dead_letter), one store", both, both_live, |target, _| two_desks(target, true))
            .poison()
            .wrong(),
        Case::new("dead_letter(fan_out(retry(replica), retry(totals)))", both, both_live, |target, _| {
            let replica = tried(Replica::fenced(&target.backend, "copy"))?;
            let totals = tried(Each::new(ContributedTotals::new(&target.backend)).with_concurrency(4))?;
            parked(fan_out([replica.boxed(), totals.boxed()]), target)
        })
        .poison(),
        Case::new("dead_letter(retry(fan_out(replica, totals)))", both, both_live, |target, _| {
            let replica = Replica::fenced(&target.backend, "copy");
            let totals = Each::new(ContributedTotals::new(&target.backend));
            parked(fan_out([replica.boxed(), totals.boxed()]).layer(retries()), target)
        })
        .poison(),
    ]
}

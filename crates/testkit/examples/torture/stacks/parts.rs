//! Filters, maps that move items, routes.

use super::{parked, parking, redriving, retries, tried};
use crate::{
    case::Case,
    controls::{FilterByNew, MapAtOnce, MapOneToOne, RouteAtOnce},
    target::{by_group, copy, listed, listed_places, live_by_group, live_moved, live_places, moved, places},
};
use dynacdc_record::{Image, KeyRef, Value};
use dynacdc_sink::{BoxSink, Mapped, RouteRule, Sink, SinkError, SinkExt, TimeoutLayer, TryLayer, route};
use dynacdc_testkit::{GROUP, GROUPS, Replica, Running};
use std::{sync::Arc, time::Duration};

/// Under a key with the group in it.
pub(super) fn by_moving(image: Image<'_>, _: KeyRef<'_>) -> Result<Mapped, SinkError> {
    Mapped::keyed_by(["pk", "sk"], moved(image.to_item())?)
}

fn group(image: Image<'_>) -> Option<&'static str> {
    match image.get(GROUP) {
        Some(Value::S(name)) => GROUPS.into_iter().find(|group| *group == name),
        _ => None,
    }
}

/// A branch for each group.
fn branches<S: Sink + 'static>(
    sink: impl Fn(&'static str) -> Result<S, SinkError>,
) -> Result<Vec<(&'static str, BoxSink)>, SinkError> {
    GROUPS.into_iter().map(|group| Ok((group, sink(group)?.boxed()))).collect()
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("filter(retry(timeout(replica)))", copy, listed, |target, _| {
            let sink = tried(Replica::fenced(&target.backend, "copy"))?;
            Ok(Running::new(sink.filter_items(super::letters::is_listed)))
        }),
        Case::new("filter by the new image only", copy, listed, |target, _| {
            Ok(Running::new(FilterByNew { inner: tried(Replica::fenced(&target.backend, "copy"))? }))
        })
        .wrong(),
        Case::new("dead_letter(map(retry(timeout(replica))))", places, live_places, |target, _| {
            parked(tried(Replica::fenced(&target.backend, "copy"))?.map(by_moving), target)
        })
        .poison(),
        Case::new("dead_letter(filter(map(retry(timeout(replica)))))", places, listed_places, |target, _| {
            let sink = tried(Replica::fenced(&target.backend, "copy"))?.map(by_moving);
            parked(sink.filter_items(super::letters::is_listed), target)
        })
        .poison(),
        Case::new("dead_letter(retry(map(timeout(replica))))", places, live_places, |target, _| {
            let timed =
                TimeoutLayer::new(Duration::from_secs(5)).try_layer(Replica::fenced(&target.backend, "copy"))?;
            parked(timed.map(by_moving).layer(retries()), target)
        })
        .poison(),
        // In two places for a while: a removal that is parked counts as settled.
        Case::new("map(dead_letter(retry(timeout(replica))))", copy, live_moved, |target, _| {
            let letters = parking(tried(Replica::fenced(&target.backend, "copy"))?, target.letters.clone(), target)?;
            Ok(redriving(Arc::clone(&letters).map(by_moving), &letters))
        })
        .poison(),
        Case::new("dead_letter(map(retry(unfenced)))", copy, live_moved, |target, _| {
            let sink = Replica::unfenced(&target.backend, "copy").layer(retries());
            parked(sink.map(by_moving), target)
        })
        .poison()
        .continued(),
        Case::new("map one to one, by the new image", places, live_places, |target, _| {
            Ok(Running::new(MapOneToOne { inner: tried(Replica::fenced(&target.backend, "copy"))? }))
        })
        .wrong(),
        Case::new("dead_letter(map at once(retry(replica)))", places, live_places, |target, _| {
            parked(MapAtOnce { inner: tried(Replica::fenced(&target.backend, "copy"))? }, target)
        })
        .poison()
        .wrong(),
        Case::new("dead_letter(route(3 x retry(timeout(replica))))", by_group, live_by_group, |target, _| {
            let branches = branches(|group| tried(Replica::fenced(&target.backend, group)))?;
            parked(route(branches, RouteRule::items(group)), target)
        })
        .poison(),
        Case::new("dead_letter(retry(route(3 x replica)))", by_group, live_by_group, |target, _| {
            let branches = branches(|group| Ok(Replica::fenced(&target.backend, group)))?;
            parked(route(branches, RouteRule::items(group)).layer(retries()), target)
        })
        .poison(),
        Case::new("dead_letter(route at once(3 x retry(replica)))", by_group, live_by_group, |target, _| {
            let branches = branches(|group| tried(Replica::fenced(&target.backend, group)))?;
            parked(RouteAtOnce { branches, rule: group }, target)
        })
        .poison()
        .wrong(),
    ]
}

//! The stacks, and beside them what is wrong on purpose.

use super::{
    Case, Fallible,
    replica::{Bulk, Fenced, Plain},
    target::{FIRST_WAIT, Items, LONGEST_WAIT, Target, retries},
    totals::{Contributions, Totals, totals},
};
use dynacdc_dynamodb::{BatchWriter, DynamoDbDeadLetters, FencedWriter};
use dynacdc_record::{AttributeValue, Image, Item, ItemKey, KeyRef, Value};
use dynacdc_sink::{
    Branch, DeadLetter, DeadLetterLayer, DedupeLayer, Each, Layer, Mapped, RedriveOptions, RetryLayer, Sink, SinkError,
    SinkExt, TimeoutLayer, Trunk,
};
use dynacdc_testkit::{FaultRates, GROUP, History, LISTED, Mail, Mailer, Running};
use futures_util::future::{BoxFuture, FutureExt};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// A little less than a delayed call takes, and far more than a batch without one.
const TIMEOUT: Duration = Duration::from_millis(90);
/// Shorter than the driver waits when nothing goes on.
const SHORT_LEASE: Duration = Duration::from_millis(250);
/// Longer than anything takes.
const LONG_LEASE: Duration = Duration::from_secs(5);

fn items<'a>(target: &'a Target<'_>) -> BoxFuture<'a, Result<Items, SinkError>> {
    target.items().boxed()
}

fn group_totals<'a>(target: &'a Target<'_>) -> BoxFuture<'a, Result<Totals, SinkError>> {
    totals(target).boxed()
}

fn fenced(target: &Target<'_>) -> Fenced {
    Fenced(FencedWriter::new(&target.client, &target.name).with_retries(retries()))
}

fn bulk(target: &Target<'_>) -> Bulk {
    Bulk(BatchWriter::new(&target.client, &target.name).with_retries(retries()))
}

fn retry() -> RetryLayer {
    RetryLayer::new().with_attempts(3).with_delays(FIRST_WAIT, LONGEST_WAIT)
}

fn letters(target: &Target<'_>) -> DeadLetterLayer<DynamoDbDeadLetters> {
    DeadLetterLayer::new(target.letters())
}

/// A process of this sink that redrives these letters.
fn redriving<S>(sink: impl Sink + 'static, letters: Arc<DeadLetter<S, DynamoDbDeadLetters>>) -> Running
where
    S: Sink + 'static,
{
    Running::new(sink).with_redrive(move || {
        let letters = Arc::clone(&letters);
        async move {
            let progress = letters.redrive(RedriveOptions::all()).await?;
            if progress.keys_left > 0 {
                return Err(SinkError::transient(format!("{} keys are left parked", progress.keys_left)));
            }
            Ok(())
        }
    })
}

fn is_listed(image: Image<'_>) -> bool {
    image.get(LISTED) == Some(Value::Bool(true))
}

fn listed(history: &History) -> Items {
    let is_listed = |item: &Item| item.get(LISTED).and_then(AttributeValue::as_bool) == Some(true);
    history.live().into_iter().filter(|(_, item)| is_listed(item)).collect()
}

/// Under a key with the group in it: a change of group moves the item.
fn by_moving(image: Image<'_>, _: KeyRef<'_>) -> Result<Mapped, SinkError> {
    Mapped::keyed_by(["pk", "sk"], moved(image.to_item())?)
}

fn moved(mut item: Item) -> Result<Item, SinkError> {
    let text = |name: &str| item.get(name).and_then(AttributeValue::as_str).map(str::to_owned);
    let (group, partition) = text(GROUP).zip(text("pk")).ok_or_else(|| SinkError::poison("no group or no key"))?;
    item.insert("pk", format!("{group}#{partition}"));
    Ok(item)
}

fn live_moved(history: &History) -> Items {
    let moved = history.live().into_values().filter_map(|item| {
        let item = moved(item).ok()?;
        let is_key = |(name, _): &(&String, _)| ["pk", "sk"].contains(&name.as_str());
        let key: Item = item.iter().filter(is_key).map(|(name, value)| (name.clone(), value.clone())).collect();
        Some((ItemKey::try_from(&key).ok()?, item))
    });
    moved.collect()
}

#[test]
fn fenced_replica() -> Fallible {
    let build = |target: &Target<'_>| Ok(Running::new(fenced(target)));
    Case::new("fenced_replica", build, items, History::live).stands()
}

#[test]
fn fenced_replica_unordered() -> Fallible {
    let build = |target: &Target<'_>| Ok(Running::new(fenced(target)));
    Case::new("fenced_replica_unordered", build, items, History::live).unordered().stands()
}

/// No fence, so an older change wins now and then.
#[test]
fn without_a_fence() -> Fallible {
    let build = |target: &Target<'_>| {
        let plain = Plain { client: target.client.clone(), table: target.name.clone() };
        Ok(Running::new(Each::new(plain).with_concurrency(4)))
    };
    Case::new("without_a_fence", build, items, History::live).late().falls_within(4)
}

#[test]
fn bulk_replica() -> Fallible {
    let build = |target: &Target<'_>| Ok(Running::new(bulk(target)));
    Case::new("bulk_replica", build, items, History::live).continued().stands()
}

/// What a bulk writer does not promise: calls that land after they were given up.
#[test]
fn bulk_replica_with_late_calls() -> Fallible {
    let build = |target: &Target<'_>| Ok(Running::new(bulk(target)));
    Case::new("bulk_replica_with_late_calls", build, items, History::live).continued().late().falls_within(3)
}

#[test]
fn bulk_replica_with_dead_letters() -> Fallible {
    let build = |target: &Target<'_>| {
        let branch = Branch::new(bulk(target)).retry(retry()).dead_letter(letters(target))?;
        let letters = branch.dead_letters();
        Ok(redriving(Trunk::from(branch).build(), letters))
    };
    Case::new("bulk_replica_with_dead_letters", build, items, History::live).continued().poison().stands()
}

#[test]
fn default_stack_with_a_filter() -> Fallible {
    let build = |target: &Target<'_>| {
        let branch = Branch::new(fenced(target)).timeout(TimeoutLayer::new(TIMEOUT))?.retry(retry()).isolate();
        let branch = branch.dead_letter(letters(target))?;
        let letters = branch.dead_letters();
        Ok(redriving(Trunk::from(branch).filter_items(is_listed).build(), letters))
    };
    Case::new("default_stack_with_a_filter", build, items, listed).poison().stands()
}

#[test]
fn default_stack_with_a_map() -> Fallible {
    let build = |target: &Target<'_>| {
        let branch = Branch::new(fenced(target)).timeout(TimeoutLayer::new(TIMEOUT))?.retry(retry()).isolate();
        let branch = branch.dead_letter(letters(target))?;
        let letters = branch.dead_letters();
        Ok(redriving(Trunk::from(branch).map(by_moving).build(), letters))
    };
    Case::new("default_stack_with_a_map", build, items, live_moved).poison().unordered().stands()
}

/// The same without a fence.
#[test]
fn default_stack_without_a_fence() -> Fallible {
    let build = |target: &Target<'_>| {
        let plain = Each::new(Plain { client: target.client.clone(), table: target.name.clone() });
        let branch = Branch::new(plain).timeout(TimeoutLayer::new(TIMEOUT))?.retry(retry()).isolate();
        let branch = branch.dead_letter(letters(target))?;
        let letters = branch.dead_letters();
        Ok(redriving(Trunk::from(branch).filter_items(is_listed).build(), letters))
    };
    Case::new("default_stack_without_a_fence", build, items, listed).poison().late().falls_within(5)
}

#[test]
fn contributions() -> Fallible {
    let build = |target: &Target<'_>| Ok(Running::new(Each::new(Contributions::new(target)).with_concurrency(4)));
    Case::new("contributions", build, group_totals, History::totals).stands()
}

/// What comes again is added again.
#[test]
fn totals_on_arrival() -> Fallible {
    let build = |target: &Target<'_>| Ok(Running::new(Each::new(Contributions::on_arrival(target))));
    Case::new("totals_on_arrival", build, group_totals, History::totals).falls_within(3)
}

type Mails = BTreeMap<Mail, u64>;

fn mailer(target: &Target<'_>, lease: Duration) -> impl Sink + 'static {
    let layer = DedupeLayer::new(target.claims(), target.name.clone()).with_lease(lease);
    layer.layer(Each::new(Mailer::new(&target.backend)).retry(retry()))
}

fn sent<'a>(target: &'a Target<'_>) -> BoxFuture<'a, Result<BTreeSet<Mail>, SinkError>> {
    async { Ok(target.backend.mails().into_keys().collect()) }.boxed()
}

fn to_send(history: &History) -> BTreeSet<Mail> {
    history.records().map(Mail::of).collect()
}

fn sent_once<'a>(target: &'a Target<'_>) -> BoxFuture<'a, Result<Mails, SinkError>> {
    async { Ok(target.backend.mails()) }.boxed()
}

fn to_send_once(history: &History) -> Mails {
    history.records().map(|record| (Mail::of(record), 1)).collect()
}

#[test]
fn mails_at_least_once() -> Fallible {
    let build = |target: &Target<'_>| Ok(Running::new(mailer(target, SHORT_LEASE)));
    Case::new("mails_at_least_once", build, sent, to_send).stands()
}

#[test]
fn mails_once() -> Fallible {
    let build = |target: &Target<'_>| Ok(Running::new(mailer(target, LONG_LEASE)));
    Case::new("mails_once", build, sent_once, to_send_once).rates(FaultRates::REJECT_ONLY).stands()
}

/// Without claims each delivery is a mail.
#[test]
fn mails_without_claims() -> Fallible {
    let build = |target: &Target<'_>| Ok(Running::new(Each::new(Mailer::new(&target.backend)).retry(retry())));
    Case::new("mails_without_claims", build, sent_once, to_send_once).rates(FaultRates::REJECT_ONLY).falls_within(3)
}

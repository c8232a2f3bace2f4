//! To one of several sinks.
//!
//! Place: outside of dead letters, deduplication and retries, which each branch has inside, as with a fan-out. One set of
//! them around the whole would park an item for a branch that it is not in, and send again what another branch has done.
//!
//! A route by items is over images, for the reason that a filter is: by the new image alone, an item that changes its
//! branch stays in the one that it left. Writing to all branches at once is wrong too: the item may be in two of them.

use super::{
    change::{before_and_after, halves},
    waves::{Branch, Step, Waves},
};
use crate::{Batch, BoxSink, Order, Outcome, Reason, Redelivery, Report, Sink, SinkError, Slots};
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, Image};
use std::{
    borrow::Cow,
    fmt::{self, Display},
};

type ByItem<K> = Box<dyn Fn(Image<'_>) -> Option<K> + Send + Sync>;
type ByRecord<K> = Box<dyn Fn(&ChangeRecord) -> Option<K> + Send + Sync>;

/// Which branch a change goes to.
#[must_use]
pub struct RouteRule<K> {
    by: By<K>,
}

enum By<K> {
    Item(ByItem<K>),
    Record(ByRecord<K>),
    Table,
}

impl<K> RouteRule<K> {
    /// Each item lives in the branch that its image names, or in none.
    ///
    /// A change with which an item goes from one branch to another is two: a `REMOVE` there, and once that is settled an
    /// `INSERT` here, with [part](ChangeRecord::part) 1. One with which it enters from nowhere, or leaves to nowhere, is
    /// an `INSERT` or a `REMOVE`. So each branch is at any time in the state that the items of its name would give, except
    /// for what it has parked: an item whose `REMOVE` is a dead letter of one branch is in both until that is redriven. The
    /// rule must depend on the image alone.
    ///
    /// The stream must have both images. A change without one of those that it needs is Fatal where the view type lacks it
    /// and Poison otherwise.
    pub fn items(choose: impl Fn(Image<'_>) -> Option<K> + Send + Sync + 'static) -> Self {
        Self { by: By::Item(Box::new(choose)) }
    }

    /// Each change goes to the branch that the record names, as it is, or to none.
    ///
    /// The rule sees the whole record, so it serves for what is about changes: their event name, their time, who made
    /// them. It knows of no transitions. Where it looks into images, an item that goes from one branch to another stays in
    /// the first for ever: use [`items`](Self::items) for branches that keep a state. No image is needed.
    pub fn records(choose: impl Fn(&ChangeRecord) -> Option<K> + Send + Sync + 'static) -> Self {
        Self { by: By::Record(Box::new(choose)) }
    }

    /// Each change goes to the branch that has the name of the table of its stream.
    ///
    /// A record of a table without a branch, or without a stream ARN, is Fatal: such a stream is connected by mistake.
    pub const fn table() -> Self {
        Self { by: By::Table }
    }
}

/// Writes each change to one of several named branches.
///
/// A name may be anything that compares: `&'static str`, `String`, an enum of your own. It stands before the errors of
/// its branch, so it must not hold values of items. What the rule sends nowhere is skipped, [filtered](Reason::Filtered).
///
/// All branches are written at once, except that the steps of an item that changes its branch wait for each other. The
/// order domain is the widest of the branches and the level of redelivery the least.
///
/// ```
/// use dynacdc_sink::{RouteRule, SinkExt, route, sink_fn};
///
/// let orders = sink_fn("orders", |_record| async { Ok(()) }).boxed();
/// let users = sink_fn("users", |_record| async { Ok(()) }).boxed();
/// let sink = route(
///     [("orders", orders), ("users", users)],
///     RouteRule::items(|image| {
///         let pk = image.get("pk")?.as_str()?;
///         if pk.starts_with("ORDER#") { Some("orders") } else { Some("users") }
///     }),
/// );
/// # let _ = sink;
/// ```
pub fn route<K>(branches: impl IntoIterator<Item = (K, BoxSink)>, rule: RouteRule<K>) -> Route<K>
where
    K: PartialEq + Display + Send + Sync,
{
    let named = |(key, sink): (K, BoxSink)| Target { name: key.to_string(), key, sink };
    Route { name: Cow::Borrowed("route"), rule, targets: branches.into_iter().map(named).collect() }
}

/// Several sinks, of which each change goes to one; made by [`route`].
#[must_use]
pub struct Route<K> {
    name: Cow<'static, str>,
    rule: RouteRule<K>,
    targets: Vec<Target<K>>,
}

struct Target<K> {
    key: K,
    name: String,
    sink: BoxSink,
}

impl<K> Route<K> {
    /// With another name than `route`.
    pub fn with_name(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The branches with their names.
    pub fn branches(&self) -> impl Iterator<Item = (&str, &dyn Sink)> {
        self.targets.iter().map(|target| (&*target.name, &*target.sink as &dyn Sink))
    }
}

impl<K: PartialEq> Route<K> {
    fn to(&self, key: &K) -> Result<usize, SinkError> {
        let found = self.targets.iter().position(|target| target.key == *key);
        // Without its name, which may have been made of an item.
        found.ok_or_else(|| SinkError::fatal("the rule names a branch that does not exist"))
    }

    fn to_table(&self, record: &ChangeRecord) -> Result<usize, SinkError> {
        let Some(arn) = record.stream_arn() else {
            return Err(SinkError::fatal("the record does not tell the stream that it is from"));
        };
        let found = self.targets.iter().position(|target| target.name == arn.table());
        found.ok_or_else(|| SinkError::fatal(format!("there is no branch for the table `{}`", arn.table())))
    }

    /// Where a record goes: to no branch, one, or two.
    fn steps<'a>(&self, at: usize, record: &'a ChangeRecord) -> Result<[Option<Step<'a>>; 2], SinkError> {
        let [first, second] = halves(record);
        let view = |to, record: ChangeRecord, part| Step { at, to, record: Cow::Owned(record.with_part(part)) };
        let whole = |to| match first == record.part() {
            true => Step { at, to, record: Cow::Borrowed(record) },
            false => view(to, record.clone(), first),
        };
        let choose = match &self.rule.by {
            By::Item(choose) => choose,
            By::Record(choose) => return Ok([choose(record).map(|key| self.to(&key)).transpose()?.map(whole), None]),
            By::Table => return Ok([Some(whole(self.to_table(record)?)), None]),
        };
        let (before, after) = before_and_after(record)?;
        let to = |image: Option<Image<'_>>| image.and_then(choose).map(|key| self.to(&key)).transpose();
        let is_modify = before.is_some() && after.is_some();
        Ok(match (to(before)?, to(after)?) {
            (Some(old), Some(new)) if old == new => [Some(whole(new)), None],
            (Some(old), Some(new)) => {
                [Some(view(old, record.leaving(), first)), Some(view(new, record.entering(), second))]
            }
            (Some(old), None) if is_modify => [Some(view(old, record.leaving(), first)), None],
            (None, Some(new)) if is_modify => [Some(view(new, record.entering(), first)), None],
            (old, new) => [old.or(new).map(whole), None],
        })
    }

    /// What is wrong with the branches themselves.
    fn check(&self) -> Result<(), SinkError> {
        if self.targets.is_empty() {
            return Err(SinkError::fatal("there are no branches to write to"));
        }
        for (at, target) in self.targets.iter().enumerate() {
            if self.targets[..at].iter().any(|before| before.key == target.key) {
                return Err(SinkError::fatal(format!("there are two branches `{}`", target.name)));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl<K> Sink for Route<K>
where
    K: PartialEq + Display + Send + Sync,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn order(&self) -> Order {
        self.branches().map(|(_, sink)| sink.order()).max().unwrap_or(Order::Key)
    }

    fn redelivery(&self) -> Redelivery {
        self.branches().map(|(_, sink)| sink.redelivery()).min().unwrap_or(Redelivery::Any)
    }

    /// # Errors
    /// Of class Fatal if there are no branches, or two of one name, or if one of them needs order and the lane has none. A
    /// branch that the rule names and that does not exist is a Fatal outcome of the record. Errors of branches are
    /// outcomes, with the name of the branch before them.
    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.check()?;
        // Before any is written, or one half of a change would be written and the other refused.
        for (name, branch) in self.branches() {
            branch.redelivery().admit(batch.lane()).map_err(|error| error.within(name))?;
        }
        if batch.is_empty() {
            return Ok(Report::all(batch, Outcome::Skipped(Reason::Filtered)));
        }
        let mut slots = Slots::new(self.order(), batch);
        let mut steps = Vec::with_capacity(batch.len());
        for (at, record) in batch.records().iter().enumerate() {
            match self.steps(at, record) {
                Ok([None, None]) => slots.put(at, Outcome::Skipped(Reason::Filtered)),
                Ok(places) => steps.extend(places.into_iter().flatten()),
                Err(error) => slots.put(at, error.into()),
            }
        }
        let branches: Vec<Branch<'_>> = self.branches().map(|(name, sink)| Branch { name: Some(name), sink }).collect();
        Waves::new(batch, self.order(), &branches, &steps).write(&mut slots).await;
        slots.finish()
    }
}

impl<K> fmt::Debug for RouteRule<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.by {
            By::Item(_) => "RouteRule::items",
            By::Record(_) => "RouteRule::records",
            By::Table => "RouteRule::table",
        })
    }
}

impl<K> fmt::Debug for Route<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.targets.iter().map(|target| &*target.name).collect();
        f.debug_struct("Route").field("name", &self.name).field("rule", &self.rule).field("branches", &names).finish()
    }
}

//! What goes wrong in a sink, and what is to be done about it.

mod record;

use std::{borrow::Cow, error::Error, fmt, sync::Arc};

/// What is to be done about an error. Greater is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Try again: throttled, timed out, not reachable.
    Transient,
    /// This record can never succeed: it cannot be read, or the target refuses what it holds.
    Poison,
    /// Stop: credentials, a missing table, a wrong configuration. No record is at fault, so none is parked.
    Fatal,
}

impl Class {
    /// `transient`, `poison` or `fatal`: for labels of metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Poison => "poison",
            Self::Fatal => "fatal",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a record, or a batch, was not written.
///
/// The class is decided where the error arises, since only there a status code is visible. `Display` gives the context,
/// `{:#}` the context and all sources behind it. No text of an error may hold values of an item: that is for who makes
/// one to see to.
#[derive(Clone)]
pub struct SinkError {
    class: Class,
    unattributed: bool,
    not_begun: bool,
    context: Cow<'static, str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl SinkError {
    /// To be tried again.
    pub fn transient(context: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Class::Transient, context)
    }

    /// Transient: the deadline of the batch was there before the record could be begun. Nothing is wrong with it, so it is
    /// never parked for its age.
    pub fn not_begun() -> Self {
        Self { not_begun: true, ..Self::transient("not begun before the deadline") }
    }

    /// This record can never succeed.
    pub fn poison(context: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Class::Poison, context)
    }

    /// Nothing can succeed until a person has done something.
    pub fn fatal(context: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Class::Fatal, context)
    }

    /// Of a class that was decided elsewhere. `context` says what was tried, without values of an item.
    pub fn new(class: Class, context: impl Into<Cow<'static, str>>) -> Self {
        Self { class, unattributed: false, not_begun: false, context: context.into(), source: None }
    }

    /// With the error behind it.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(Arc::from(source.into())), ..self }
    }

    /// With the name of a place before the context: `orders: throttled`.
    #[must_use]
    pub fn within(self, place: impl fmt::Display) -> Self {
        Self { context: Cow::Owned(format!("{place}: {}", self.context)), ..self }
    }

    /// Marks an error that was given for several records at once, of which perhaps one is at fault. Nothing is parked
    /// for it. `Err` from [`Sink::write`](crate::Sink::write) is marked by [`Report::settle`](crate::Report::settle);
    /// a sink marks the errors of its own bulk calls that fail as a whole.
    #[must_use]
    pub fn unattributed(self) -> Self {
        self.with_unattributed(true)
    }

    pub(crate) fn with_unattributed(self, unattributed: bool) -> Self {
        Self { unattributed, ..self }
    }

    /// What is to be done about it.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// What was tried, without the sources.
    pub fn context(&self) -> &str {
        &self.context
    }

    /// Whether the record was [not begun](Self::not_begun).
    pub const fn is_not_begun(&self) -> bool {
        self.not_begun
    }

    /// Whether nobody knows which record is at fault.
    pub const fn is_unattributed(&self) -> bool {
        self.unattributed
    }
}

impl Error for SinkError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.context)?;
        let mut source = self.source().filter(|_| f.alternate());
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for SinkError {
    /// The sources as they display: the `Debug` form of an error of a client may hold the request.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.unattributed { ", unattributed" } else { "" };
        write!(f, "SinkError({}{whole}: {self:#})", self.class)
    }
}

const _: () = {
    const fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<SinkError>();
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_class_source_and_place() {
        let error = SinkError::transient("throttled").with_source(std::io::Error::other("503")).within("orders");

        assert_eq!((error.class(), error.is_unattributed()), (Class::Transient, false));
        assert_eq!(error.to_string(), "orders: throttled");
        assert_eq!(format!("{error:#}"), "orders: throttled: 503");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("503"));
        assert_eq!(format!("{:?}", error.unattributed()), "SinkError(transient, unattributed: orders: throttled: 503)");
    }
}

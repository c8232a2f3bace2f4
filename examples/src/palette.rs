//! What has which colour. No meaning rests on colour alone: every word stands there without it too.

use anstyle::{AnsiColor, Style};
use dynacdc_record::EventName;

/// Headings.
pub const TITLE: Style = Style::new().bold();
/// What explains, and what is only there for completeness.
pub const DIM: Style = Style::new().dimmed();
/// What is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What is not as it should be.
pub const WRONG: Style = AnsiColor::Red.on_default().bold();
/// An item that is new.
pub const INSERT: Style = AnsiColor::Green.on_default();
/// An item that changed.
pub const MODIFY: Style = AnsiColor::Yellow.on_default();
/// An item that is gone.
pub const REMOVE: Style = AnsiColor::Magenta.on_default();

/// The text in this style. Where no colour is wanted the screen takes the escapes out again.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The colour of an event name.
pub const fn event(name: EventName) -> Style {
    match name {
        EventName::Insert => INSERT,
        EventName::Modify => MODIFY,
        EventName::Remove => REMOVE,
    }
}

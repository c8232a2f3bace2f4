//! The table on a terminal, drawn over itself.

use crate::frame::Frame;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Drawn below what is printed. It is one bar with the table as its message, so that each frame is drawn at once. It ends
/// with an empty line, where the prompt stands if the program is interrupted; the cursor is never hidden.
pub(crate) struct Live {
    bar: ProgressBar,
    has_colors: bool,
}

const TEMPLATE: &str = "{prefix}\n   {bar:62.green/dim} {percent:>3}% in effect\n{msg}\n";
const PLAIN: &str = "{prefix}\n   {bar:62} {percent:>3}% in effect\n{msg}\n";

impl Live {
    pub(crate) fn new(has_colors: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stdout_with_hz(30));
        let template = if has_colors { TEMPLATE } else { PLAIN };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━━─"));
        Self { bar, has_colors }
    }

    pub(crate) fn draw(&self, frame: &Frame) {
        let plain = |text: &str| match self.has_colors {
            true => text.to_owned(),
            false => anstream::adapter::strip_str(text).to_string(),
        };
        self.bar.update(|state| {
            state.set_len(frame.written().max(1));
            state.set_pos(frame.effects());
        });
        self.bar.set_prefix(plain(&frame.line()));
        self.bar.set_message(plain(&frame.table().join("\n")));
    }

    /// Prints above the table.
    pub(crate) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

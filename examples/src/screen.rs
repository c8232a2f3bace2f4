use crate::{Color, DIM, Form, TITLE, columns::wrap, paint};
use anstream::{AutoStream, ColorChoice};
use console::Term;
use serde::Serialize;
use std::{
    fmt,
    io::{self, IsTerminal, Stdout, Write},
};

/// Characters in a line. Fixed, so that one seed gives one output wherever it runs; only a terminal can have fewer.
pub const WIDTH: usize = 100;

/// Something to show, as text or as one JSON object.
pub trait Scene: Serialize {
    /// Writes it as lines of text. Escapes for colour are taken out again where they are not wanted.
    ///
    /// # Errors
    /// Those of `out`.
    fn draw(&self, out: &mut dyn Write) -> io::Result<()>;
}

/// Where an example shows what it does: text for people, or JSON lines for programs.
pub struct Screen {
    out: AutoStream<Stdout>,
    json: bool,
    width: usize,
}

impl Screen {
    /// Standard output, in the form that is asked for.
    pub fn new(form: &Form) -> Self {
        let choice = match form.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        // A terminal that is narrower would break lines within words.
        let terminal = Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        let width = terminal.filter(|_| io::stdout().is_terminal()).map_or(WIDTH, |columns| columns.clamp(40, WIDTH));
        Self { out: AutoStream::new(io::stdout(), choice), json: form.json, width }
    }

    /// Whether there is somebody who sees it change: text, and on a terminal.
    pub fn is_live(&self) -> bool {
        !self.json && io::stdout().is_terminal()
    }

    /// Whether colours reach the reader.
    pub fn has_colors(&self) -> bool {
        self.out.current_choice() != ColorChoice::Never
    }

    /// The first line of an example. Nothing in JSON.
    ///
    /// # Errors
    /// Those of standard output.
    pub fn title(&mut self, title: &str, about: &str) -> io::Result<()> {
        let gap = self.width.saturating_sub(title.chars().count() + about.chars().count());
        self.line(&format!("{}{:gap$}{}", paint(TITLE, title), "", paint(DIM, about)))?;
        self.line(&paint(DIM, &"─".repeat(self.width)))
    }

    /// The heading of a section, and what is to be seen there. Nothing in JSON.
    ///
    /// # Errors
    /// Those of standard output.
    pub fn section(&mut self, heading: &str, about: &str) -> io::Result<()> {
        self.line("")?;
        self.line(&paint(TITLE, heading))?;
        self.say(about)?;
        self.line("")
    }

    /// A paragraph that explains. Nothing in JSON.
    ///
    /// # Errors
    /// Those of standard output.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        for line in wrap(text, self.width - 3) {
            self.line(&format!("   {}", paint(DIM, &line)))?;
        }
        Ok(())
    }

    /// A line as it is. Nothing in JSON.
    ///
    /// # Errors
    /// Those of standard output.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        if self.json { Ok(()) } else { writeln!(self.out, "{text}") }
    }

    /// Shows it, as text or as a line of JSON.
    ///
    /// # Errors
    /// Those of standard output.
    pub fn show(&mut self, scene: &impl Scene) -> io::Result<()> {
        if !self.json {
            return scene.draw(&mut self.out);
        }
        serde_json::to_writer(&mut self.out, scene)?;
        writeln!(self.out)
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").field("json", &self.json).finish_non_exhaustive()
    }
}

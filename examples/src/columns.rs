//! Text of a fixed width.
//!
//! Widths are counted in characters: what the examples show has none that is wider or narrower than one column.

use crate::palette::{DIM, paint};
use anstyle::Style;

const INDENT: &str = "   ";

/// The text, padded or cut to so many characters; a cut text ends in an ellipsis.
pub fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return format!("{text:width$}");
    }
    let kept = text.chars().take(width.saturating_sub(1));
    kept.chain((width > 0).then_some('…')).collect()
}

/// The words of a text in lines of at most so many characters. A longer word has a line of its own.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text of a table, and its style.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
    right: bool,
}

impl Cell {
    /// A text in this style.
    pub fn styled(style: Style, text: impl Into<String>) -> Self {
        Self { text: text.into(), style, right: false }
    }

    /// A number, which stands at the right of its column.
    pub fn number(text: impl Into<String>) -> Self {
        Self { right: true, ..Self::from(text) }
    }

    fn fitted(&self, width: usize) -> String {
        if self.right { format!("{:>width$}", self.text) } else { format!("{:width$}", self.text) }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled(Style::new(), text)
    }
}

/// Rows whose columns are as wide as their widest text.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these headings.
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self { rows: vec![headings.map(|heading| Cell::styled(DIM, heading)).into()] }
    }

    /// One more row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The lines, aligned and indented.
    pub fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let cell_width = |row: &Vec<Cell>, column: usize| row.get(column).map_or(0, |cell| cell.text.chars().count());
        let widths: Vec<usize> = (0..columns)
            .map(|column| self.rows.iter().map(|row| cell_width(row, column)).max().unwrap_or_default())
            .collect();
        self.rows.iter().map(|row| line(row, &widths)).collect()
    }
}

fn line(row: &[Cell], widths: &[usize]) -> String {
    let mut line = String::new();
    // Nothing is padded at the end of a line.
    let end = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or_default();
    for (at, (cell, width)) in row.iter().zip(widths).enumerate().take(end + 1) {
        let gap = if at == 0 { INDENT } else { "  " };
        line.push_str(gap);
        let width = if at == end && !cell.right { 0 } else { *width };
        line.push_str(&paint(cell.style, &cell.fitted(width)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_padded_or_cut_by_characters() {
        assert_eq!(fit("café", 6), "café  ");
        assert_eq!(fit("café", 4), "café");
        assert_eq!(fit("cafés", 4), "caf…");
        assert_eq!(fit("x", 0), "");
    }

    #[test]
    fn lines_break_between_words_only() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("extraordinary x", 4), ["extraordinary", "x"]);
        assert!(wrap(" ", 4).is_empty());
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_text() {
        let mut table = Table::new(["a", "b", "no.", ""]);
        table.row(["long".into(), "x".into(), Cell::number("7")]);
        table.row(["é".into(), "y".into(), Cell::number("12"), "z".into()]);
        let lines: Vec<String> =
            table.lines().iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect();
        assert_eq!(lines, ["   a     b  no.", "   long  x    7", "   é     y   12  z"]);
    }
}

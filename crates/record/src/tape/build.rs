use super::{Node, Payload, Run, Span, Tag, Tape, fingerprint, names::Names};

/// More text than positions and lengths of 31 bits can point into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than 2 GiB of data in one event")]
pub(crate) struct TooLarge;

/// Items of some twenty attributes with lists and sets come to a node per 38 bytes of their JSON, plain ones to fewer.
/// What is reserved and not used stays untouched, and so costs no memory.
const BYTES_PER_NODE: usize = 36;

/// Where the children of an open map, list or set begin.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(crate) struct Mark(usize);

/// How far the buffers were filled, so that what a malformed record left behind can be taken back.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Level {
    text: usize,
    side: usize,
    bytes: usize,
    nodes: usize,
}

/// Fills a [`Tape`]. Children wait on a stack until their parent closes and then move to their place side by side.
#[derive(Debug, Default)]
pub(crate) struct TapeBuilder {
    text: String,
    side: String,
    bytes: Vec<u8>,
    nodes: Vec<Node>,
    open: Vec<Node>,
    names: Names,
    progress: Progress,
}

impl TapeBuilder {
    /// A builder for a tape over `input` bytes of text.
    pub(crate) fn over(input: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(input / BYTES_PER_NODE + 16),
            open: Vec::with_capacity((input / BYTES_PER_NODE).clamp(16, 256)),
            progress: Progress { read: 0, input },
            ..Self::default()
        }
    }

    /// Tells how many bytes of the input have been read.
    pub(crate) const fn read(&mut self, bytes: usize) {
        self.progress.read = bytes;
    }

    /// The finished tape over the input that the spans point into.
    pub(crate) fn finish_over(self, text: String) -> Tape {
        Tape { is_json: true, ..Self { text, ..self }.finish() }
    }

    /// The finished tape over the text that was put in by [`Self::text`].
    pub(crate) fn finish(self) -> Tape {
        Tape { text: self.text, side: self.side, bytes: self.bytes, nodes: self.nodes, is_json: false }
    }

    pub(crate) fn level(&self) -> Level {
        Level { text: self.text.len(), side: self.side.len(), bytes: self.bytes.len(), nodes: self.nodes.len() }
    }

    pub(crate) fn take_back(&mut self, level: Level) {
        self.text.truncate(level.text);
        self.side.truncate(level.side);
        self.bytes.truncate(level.bytes);
        self.nodes.truncate(level.nodes);
        self.open.clear();
    }

    /// The children of something that was closed.
    pub(crate) fn nodes(&self, run: Run) -> &[Node] {
        self.nodes.get(run.range()).unwrap_or_default()
    }

    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        self.bytes.get(span.range()).unwrap_or_default()
    }

    pub(crate) fn side_str(&self, span: Span) -> &str {
        self.side.get(span.range()).unwrap_or_default()
    }

    /// Copies a string in.
    pub(crate) fn text(&mut self, text: &str) -> Result<Span, TooLarge> {
        let span = span(self.text.len(), text.len(), false)?;
        self.text.push_str(text);
        Ok(span)
    }

    /// Lets `write` append at most `most` bytes to the side buffer and gives the span of what it wrote.
    pub(crate) fn side<E: From<TooLarge>>(
        &mut self,
        most: usize,
        write: impl FnOnce(&mut String) -> Result<(), E>,
    ) -> Result<Span, E> {
        let start = self.side.len();
        self.side.reserve_exact(self.progress.room(start, self.side.capacity(), most, 1));
        write(&mut self.side)?;
        Ok(span(start, self.side.len() - start, true)?)
    }

    /// Lets `write` append at most `most` bytes to the binary buffer and gives the span of what it wrote.
    pub(crate) fn binary<E: From<TooLarge>>(
        &mut self,
        most: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Span, E> {
        let start = self.bytes.len();
        self.bytes.reserve_exact(self.progress.room(start, self.bytes.capacity(), most, 1));
        write(&mut self.bytes)?;
        Ok(span(start, self.bytes.len() - start, false)?)
    }

    pub(crate) fn open(&self) -> Mark {
        Mark(self.open.len())
    }

    pub(crate) fn push(&mut self, node: Node) {
        self.open.push(node);
    }

    /// Takes the last child back.
    pub(crate) fn pop(&mut self) {
        self.open.pop();
    }

    /// Copies a name in and puts an attribute under it. Names longer than [`Node::MAX_NAME`] are too large.
    pub(crate) fn push_named(&mut self, name: &str, payload: Payload) -> Result<(), TooLarge> {
        if name.len() > Node::MAX_NAME {
            return Err(TooLarge);
        }
        let print = fingerprint(name.as_bytes());
        let span = self.text(name)?;
        self.push(Node::named(span, print, payload));
        Ok(())
    }

    /// Number of children since `mark`.
    pub(crate) fn len_since(&self, mark: Mark) -> usize {
        self.open.len() - mark.0
    }

    pub(crate) fn close(&mut self, mark: Mark) -> Result<Run, TooLarge> {
        let start = u32::try_from(self.nodes.len()).map_err(|_| TooLarge)?;
        let len = u32::try_from(self.open.len() - mark.0).map_err(|_| TooLarge)?;
        let (have, more) = (self.nodes.len(), self.open.len() - mark.0);
        self.nodes.reserve_exact(self.progress.room(have, self.nodes.capacity(), more, BYTES_PER_NODE));
        self.nodes.extend_from_slice(self.open.get(mark.0..).unwrap_or_default());
        self.open.truncate(mark.0);
        Ok(Run { start, len })
    }

    /// Closes a map whose names point into `text`: of several attributes of one name the last stays.
    pub(crate) fn close_map_over(&mut self, mark: Mark, text: &str) -> Result<Run, TooLarge> {
        let side = self.side.as_str();
        let name = |span: Span| if span.in_side() { side } else { text }.get(span.range()).unwrap_or_default();
        self.names.keep_last(&mut self.open, mark.0, name);
        self.close(mark)
    }

    pub(crate) fn set(&mut self, tag: Tag, mark: Mark) -> Result<Payload, TooLarge> {
        Ok(Payload::run(tag, self.close(mark)?))
    }
}

/// How far the input has been read, by which the buffers grow: to the size that they will probably have at its end.
///
/// Doubling instead takes a dozen allocations per buffer, and up to twice the memory.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    read: usize,
    input: usize,
}

impl Progress {
    /// By how much to grow a buffer of `len` of `capacity` that must take in `more`; 0 if it has room. `each` is how
    /// many bytes of the input an element of the buffer mostly stands for.
    #[inline]
    fn room(self, len: usize, capacity: usize, more: usize, each: usize) -> usize {
        if capacity - len >= more { 0 } else { self.growth(len, more, each) }
    }

    #[cold]
    fn growth(self, len: usize, more: usize, each: usize) -> usize {
        let left = self.input.saturating_sub(self.read);
        let expected = match self.read {
            // Nothing to go by: a fifth of the input, or twice the buffer where there is no input.
            0 => (self.input / 5).max(len),
            read => (len + more).saturating_mul(left) / read,
        };
        // A small record before a large one says nothing about the rest: the guess stays below what the rest mostly
        // comes to, or twice the buffer. And it may not be so low that the buffer moves for every element at the end.
        let expected = expected.clamp(len / 16, (left / each).max(len + more));
        more + expected + expected / 16
    }
}

/// Spans keep their length in 31 bits.
fn span(start: usize, len: usize, in_side: bool) -> Result<Span, TooLarge> {
    let start = u32::try_from(start).map_err(|_| TooLarge)?;
    let len = u32::try_from(len).ok().filter(|len| *len <= u32::MAX >> 1).ok_or(TooLarge)?;
    Ok(Span::new(start, len, in_side))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_record_behind_a_small_one_reserves_no_more_than_the_input() {
        let input = 6_000_000;
        let mut tape = TapeBuilder::over(input);
        tape.read(90);

        let text = "x".repeat(300_000);
        tape.side(text.len(), |side| {
            side.push_str(&text);
            Ok::<_, TooLarge>(())
        })
        .unwrap();
        tape.binary(text.len(), |bytes| {
            bytes.extend_from_slice(text.as_bytes());
            Ok::<_, TooLarge>(())
        })
        .unwrap();
        let mark = tape.open();
        (0..text.len()).for_each(|_| tape.push(Node::element(Payload::plain(Tag::Null))));
        tape.close(mark).unwrap();

        let nodes = tape.nodes.capacity() * size_of::<Node>();
        let reserved = [tape.side.capacity(), tape.bytes.capacity(), nodes];
        assert!(reserved.into_iter().all(|bytes| bytes <= 2 * input), "{reserved:?}");
    }

    #[test]
    fn a_buffer_that_fills_at_the_end_moves_seldom() {
        let (len, mut capacity, mut moves) = (100_000, 0, 0);
        let progress = Progress { read: 6_000_000, input: 6_000_000 + len };

        for len in 0..len {
            let room = progress.room(len, capacity, 1, 1);
            moves += usize::from(room > 0);
            capacity = if room > 0 { len + room } else { capacity };
        }

        assert!(moves < 250, "{moves}");
    }
}

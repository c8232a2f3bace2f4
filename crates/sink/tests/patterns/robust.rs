use crate::{Fallible, answers::Group};
use dynacdc_record::{ChangeRecord, decode_record};
use dynacdc_sink::RecordPattern;
use proptest::prelude::*;
use std::sync::LazyLock;

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    include_str!("answers.jsonl").lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
});

static RECORDS: LazyLock<Vec<ChangeRecord>> = LazyLock::new(|| {
    GROUPS.iter().flat_map(|group| &group.events).filter_map(|event| decode_record(event.as_str()).ok()).collect()
});

fn patterns() -> impl Strategy<Value = &'static str> {
    let all: Vec<&str> = GROUPS.iter().flat_map(|group| &group.patterns).map(String::as_str).collect();
    prop::sample::select(all)
}

proptest! {
    #[test]
    fn any_text_is_a_pattern_or_an_error(text in ".*") {
        let _ = RecordPattern::parse(&text);
    }

    #[test]
    fn text_like_json_is_a_pattern_or_an_error(text in r#"[{}\[\]",:\\a$or0-9.eE+\n é-]*"#) {
        let _ = RecordPattern::parse(&text);
    }

    #[test]
    fn a_pattern_with_a_piece_cut_out_never_panics(
        pattern in patterns(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(),
        record in any::<prop::sample::Index>(),
    ) {
        let mut chars: Vec<char> = pattern.chars().collect();
        let (from, to) = (from.index(chars.len()), to.index(chars.len()));
        chars.drain(from.min(to)..from.max(to).min(from.min(to) + 4));
        if let Ok(pattern) = RecordPattern::parse(&chars.into_iter().collect::<String>()) {
            pattern.matches(record.get(&RECORDS));
        }
    }

    #[test]
    fn a_pattern_of_another_record_never_panics(pattern in patterns(), record in any::<prop::sample::Index>()) {
        if let Ok(pattern) = RecordPattern::parse(pattern) {
            pattern.matches(record.get(&RECORDS));
        }
    }
}

#[test]
fn the_deepest_pattern_that_fits_is_read() -> Fallible {
    let deepest = 818;
    let pattern = format!("{}[1]{}", "{\"\":".repeat(deepest), "}".repeat(deepest));

    assert!(!RecordPattern::parse(&pattern)?.matches(&RECORDS[0]));
    Ok(())
}

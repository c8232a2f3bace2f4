//! Texts that CloudWatch takes. It drops a metric whose name or dimension it does not take, without a word to the function.

/// The most characters of the name of a metric, and of a namespace.
const MOST_OF_NAME: usize = 255;
/// The most characters of the name of a dimension: 250 by one page of AWS, 255 by another.
const MOST_OF_DIMENSION: usize = 250;
/// The most characters of the value of a dimension.
const MOST_OF_VALUE: usize = 1024;
/// The member of a line that says what the others are.
pub(super) const RESERVED: &str = "_aws";

pub(super) fn namespace(text: &str) -> String {
    replace(text, MOST_OF_NAME, |c| c.is_ascii_alphanumeric() || ".-_/#: ".contains(c))
}

/// The name of a metric that is no other member of its line.
pub(super) fn metric(text: &str, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    let mut name = printable(text, MOST_OF_NAME)?;
    // A dimension is shorter, so this ends.
    while name == RESERVED || is_taken(&name) {
        name.push_str("_value");
        name.truncate(MOST_OF_NAME);
    }
    Some(name)
}

pub(super) fn dimension(text: &str) -> Option<String> {
    let name = printable(text, MOST_OF_DIMENSION)?;
    let name = name.strip_prefix(':').map_or_else(|| name.clone(), |rest| format!("_{rest}"));
    (name != RESERVED).then_some(name)
}

pub(super) fn value(text: &str) -> Option<String> {
    printable(text, MOST_OF_VALUE)
}

/// None where nothing can be seen of it.
fn printable(text: &str, most: usize) -> Option<String> {
    let text = replace(text, most, |c| matches!(c, ' '..='~'));
    (!text.trim().is_empty()).then_some(text)
}

fn replace(text: &str, most: usize, is_taken: impl Fn(char) -> bool) -> String {
    text.chars().take(most).map(|c| if is_taken(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cloudwatch_does_not_take_is_replaced_or_left_out() {
        assert_eq!(namespace("shop/größe?"), "shop/gr__e_");
        assert_eq!(dimension(":stage\n").as_deref(), Some("_stage_"));
        assert_eq!(value("größe\u{7f}~").as_deref(), Some("gr__e_~"));
        for nothing in ["", "  "] {
            assert_eq!((dimension(nothing), value(nothing), metric(nothing, |_| false)), (None, None, None));
        }
        assert_eq!(dimension("_aws"), None);
        let long = "ä".repeat(2_000);
        let length = |text: Option<String>| text.map(|text| text.len());
        assert_eq!(length(dimension(&long)), Some(250));
        assert_eq!(length(value(&long)), Some(1_024));
        assert_eq!(length(metric(&long, |_| false)), Some(255));
        assert_eq!(namespace(&long).len(), 255);
    }

    #[test]
    fn a_metric_is_no_other_member_of_its_line() {
        let long = "s".repeat(250);
        let taken = ["stage", "stage_value", &long];
        let is_taken = |name: &str| taken.contains(&name);

        assert_eq!(metric("seen", is_taken).as_deref(), Some("seen"));
        assert_eq!(metric("stage", is_taken).as_deref(), Some("stage_value_value"));
        assert_eq!(metric("_aws", is_taken).as_deref(), Some("_aws_value"));
        assert_eq!(metric(&long, is_taken).map(|name| name.len()), Some(255));
    }
}

//! Filter patterns against the answers of Amazon's own engine, as `tests/services/ruler.sh` has recorded them.

mod answers;

use std::error::Error;

#[test]
fn amazons_engine_gives_the_same_answers() -> Result<(), Box<dyn Error>> {
    let counts = answers::compare(include_str!("answers.jsonl"))?;

    // A fixture in which hardly anything matches would prove little.
    let pairs = counts.matched + counts.unmatched;
    assert!(pairs >= 3000 && counts.matched * 4 > pairs && counts.unmatched * 4 > pairs, "{counts}");
    assert!(counts.invalid >= 50 && counts.deviations >= 15, "{counts}");
    Ok(())
}

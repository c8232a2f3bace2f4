//! The journal: what survives a crash, what is refused, and what compaction leaves.

use crate::scene::{Fallible, behind, failed, key, number, numbers, put, same};
use dynacdc_sink::{Class, DeadLetterStore, FileDeadLetters, Letter, SinkError};
use std::fs;
use std::path::Path;

/// Everything that a store holds.
async fn contents(store: &FileDeadLetters) -> Fallible<(Vec<Letter>, Vec<String>, u64)> {
    let mut letters = Vec::new();
    let keys = store.keys(None, 999).await?;
    for key in &keys {
        letters.extend(store.letters(key, None, 999).await?);
    }
    let gone = store.discarded(999).await?;
    let mut told: Vec<String> = keys.iter().map(ToString::to_string).collect();
    told.extend(gone.iter().map(|gone| format!("{} {} {}", number(&gone.letter.record), gone.reason, gone.at)));
    Ok((letters, told, store.generation().await?.0))
}

async fn assert_same(one: &FileDeadLetters, other: &FileDeadLetters, told: &str) -> Fallible {
    let (one, other) = (contents(one).await?, contents(other).await?);
    assert_eq!((&one.1, one.2), (&other.1, other.2), "{told}");
    assert_eq!(numbers(&one.0), numbers(&other.0), "{told}");
    assert!(one.0.iter().zip(&other.0).all(|(one, other)| same(one, other)), "{told}");
    Ok(())
}

/// One of each kind of line, in a file of its own after each of them.
async fn history(folder: &Path) -> Fallible<Vec<Vec<u8>>> {
    let path = folder.join("history");
    let store = FileDeadLetters::open(&path).await?;
    let mut states = vec![fs::read(&path)?];
    for step in 0..8 {
        match step {
            0 => store.park(failed(put("a", 1), 1, "refused \"1\"\n")).await?,
            1 => assert!(store.park_behind(behind(put("a", 2), 2)).await?),
            2 => store.park(failed(put("ä|b:%\n", 3), 3, "refused")).await?,
            3 => store.park(failed(put("a", 1), 4, "again")).await?,
            4 => assert!(store.remove(&store.letters(&key("a"), None, 1).await?[0]).await?),
            5 => assert!(store.discard(&store.letters(&key("a"), None, 1).await?[0], "obsolete").await?),
            6 => assert!(store.unpark(&key("a")).await?),
            _ => assert!(store.remove(&store.letters(&key("ä|b:%\n"), None, 1).await?[0]).await?),
        }
        let state = fs::read(&path)?;
        assert!(state.starts_with(states.last().ok_or("no state")?), "step {step} changed what was written");
        states.push(state);
    }
    Ok(states)
}

async fn open(path: &Path, bytes: &[u8]) -> Fallible<FileDeadLetters> {
    fs::write(path, bytes)?;
    Ok(FileDeadLetters::open(path).await?)
}

fn error(result: Result<FileDeadLetters, SinkError>) -> Fallible<SinkError> {
    Ok(result.err().ok_or("it was opened")?)
}

#[tokio::test]
async fn a_crash_at_every_byte_leaves_the_state_before_or_after() -> Fallible {
    let folder = tempfile::tempdir()?;
    let states = history(folder.path()).await?;
    for (step, pair) in states.windows(2).enumerate() {
        let (before, after) = (&pair[0], &pair[1]);
        let expected = open(&folder.path().join("expected"), before).await?;
        for cut in before.len()..after.len() {
            let path = folder.path().join("cut");
            let store = open(&path, &after[..cut]).await?;
            assert_same(&store, &expected, &format!("step {step}, {cut} of {} bytes", after.len())).await?;
            drop(store);
            assert_eq!(&fs::read(&path)?, before, "what was torn is cut off");
        }
    }
    Ok(())
}

#[tokio::test]
async fn it_goes_on_after_a_crash_as_if_the_call_had_never_been() -> Fallible {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("letters");
    let states = history(folder.path()).await?;
    let torn = &states[2][..states[2].len() - 3];
    let store = open(&path, torn).await?;
    let revision = store.letters(&key("a"), None, 1).await?[0].revision;

    assert!(store.park_behind(behind(put("a", 9), 2)).await?);
    let new = store.letters(&key("a"), None, 9).await?;
    assert!(new[1].revision > revision);
    drop(store);

    assert_eq!(numbers(&FileDeadLetters::open(&path).await?.letters(&key("a"), None, 9).await?), [1, 9]);
    Ok(())
}

#[tokio::test]
async fn any_other_bad_line_is_named_and_nothing_is_changed() -> Fallible {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("letters");
    let good = String::from_utf8(history(folder.path()).await?.pop().ok_or("no state")?)?;
    let lines: Vec<&str> = good.lines().collect();
    let put = |at: usize, line: &str| {
        let mut lines = lines.clone();
        lines[at] = line;
        lines.join("\n") + "\n"
    };
    let cases = [
        (put(0, "{}"), "line 1: it is not the first line"),
        (put(3, "{}"), "line 4: `op` is missing"),
        (put(3, "{\"op\":\"SECRET\"}"), "line 4: `op` does not read"),
        (put(3, "{\"op\":\"unpark\",\"key\":\"SECRET\"}"), "line 4: `key` does not read"),
        (put(4, "SECRET"), "line 5: it is no JSON object"),
        (put(2, ""), "line 3: it is no JSON object"),
        ("SECRET without an end".to_owned(), "line 1: it is not the first line"),
    ];
    for (text, expected) in cases {
        fs::write(&path, &text)?;
        let error = error(FileDeadLetters::open(&path).await)?;
        assert_eq!(error.class(), Class::Fatal, "{error:#}");
        assert!(format!("{error:#}").contains(expected), "{error:#} is not {expected}");
        assert!(!format!("{error:#} {error:?}").contains("SECRET"), "{error:#}");
        assert_eq!(fs::read_to_string(&path)?, text);
    }
    Ok(())
}

#[tokio::test]
async fn only_one_has_it_open() -> Fallible {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("letters");
    let store = FileDeadLetters::open(&path).await?;

    let error = error(FileDeadLetters::open(&path).await)?;
    assert_eq!(error.class(), Class::Fatal);
    assert!(format!("{error:#}").contains("another process has it open"), "{error:#}");

    drop(store);
    assert!(FileDeadLetters::open(&path).await.is_ok());
    assert!(FileDeadLetters::open(folder.path().join("absent").join("letters")).await.is_err());
    Ok(())
}

/// Far more changes than letters: the journal stays short and says the same.
#[tokio::test]
async fn compaction_keeps_state_revisions_and_generation() -> Fallible {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("letters");
    let store = FileDeadLetters::open(&path).await?;
    store.park(failed(put("gone", 1), 1, "refused")).await?;
    let gone = store.letters(&key("gone"), None, 1).await?;
    assert!(store.discard(&gone[0], "obsolete").await?);
    store.park(failed(put("b", 2), 1, "refused")).await?;
    let mut longest = 0;
    for round in 0..30 {
        let parked = (0..40).map(|_| store.park(failed(put("a", 3), round, "refused")));
        for result in futures_util::future::join_all(parked).await {
            result?;
        }
        longest = longest.max(fs::read_to_string(&path)?.lines().count());
    }
    assert!((900..1_100).contains(&longest), "{longest} lines");
    assert!(fs::read_to_string(&path)?.lines().count() < 400);
    assert!(!folder.path().join("letters.new").exists());
    store.park_behind(behind(put("a", 4), 9)).await?;

    let copy = folder.path().join("copy");
    let reopened = open(&copy, &fs::read(&path)?).await?;
    assert_same(&reopened, &store, "after compaction").await?;
    let letters = reopened.letters(&key("a"), None, 9).await?;
    assert_eq!((numbers(&letters), letters[0].attempts), (vec![3, 4], 1_200));
    assert!(reopened.park_behind(behind(put("gone", 5), 1)).await?, "parked though its queue is empty");
    let revision = reopened.letters(&key("gone"), None, 1).await?[0].revision;
    assert!(revision > letters[1].revision);
    Ok(())
}

#[tokio::test]
async fn every_line_is_an_object_that_names_what_happened() -> Fallible {
    let folder = tempfile::tempdir()?;
    let text = String::from_utf8(history(folder.path()).await?.pop().ok_or("no state")?)?;

    let ops =
        text.lines().map(|line| Ok(serde_json::from_str::<serde_json::Value>(line)?["op"].as_str().map(str::to_owned)));
    let ops: Vec<Option<String>> = ops.collect::<Fallible<_>>()?;

    let ops: Vec<&str> = ops.iter().flatten().map(String::as_str).collect();
    assert_eq!(ops, ["journal", "count", "park", "park", "park", "park", "remove", "discard", "unpark", "remove"]);
    Ok(())
}

#[tokio::test]
async fn a_dropped_call_has_happened_or_has_not() -> Fallible {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("letters");
    let store = FileDeadLetters::open(&path).await?;
    for number in 1..=20 {
        let parked = store.park(failed(put("a", number), 1, "refused"));
        tokio::select! {
            biased;
            result = parked => result?,
            () = tokio::task::yield_now() => {}
        }
    }
    store.park(failed(put("a", 99), 1, "refused")).await?;
    let held = numbers(&store.letters(&key("a"), None, 99).await?);
    assert_eq!(held.last(), Some(&99));
    let on_disk = open(&folder.path().join("copy"), &fs::read(&path)?).await?;
    assert_eq!(numbers(&on_disk.letters(&key("a"), None, 99).await?), held);
    Ok(())
}

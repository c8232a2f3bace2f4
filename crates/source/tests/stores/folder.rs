//! `FileCheckpoints`.

use crate::scene::{ARN, Fallible, after, beginning, kind, numbers, shard, stream};
use async_trait::async_trait;
use dynacdc_source::{CheckpointErrorKind, CheckpointStore, FileCheckpoints};
use dynacdc_testkit::conformance::{NotConforming, Opened, StoreFixture, checkpoint_store};
use futures_util::FutureExt;
use std::{error::Error, ffi::OsStr, fs, path::PathBuf};
use tempfile::TempDir;

struct Folder(TempDir);

#[async_trait]
impl StoreFixture for Folder {
    type Store = FileCheckpoints;

    async fn open(&self) -> Opened<FileCheckpoints> {
        Ok(FileCheckpoints::new(self.0.path()))
    }
}

fn beside(store: &FileCheckpoints, extension: &str) -> PathBuf {
    let mut path = store.path(&stream()).into_os_string();
    path.push(extension);
    path.into()
}

#[tokio::test]
async fn a_folder_conforms() -> Result<(), NotConforming> {
    checkpoint_store(|| Folder(TempDir::new().unwrap())).await.into_result()
}

#[tokio::test]
async fn a_file_is_as_it_is_described() -> Fallible {
    let folder = TempDir::new()?;
    let store = FileCheckpoints::new(folder.path());
    let tenure = store.take_over(&stream(), "host-1", beginning()).await?.tenure;
    store.save(&stream(), &shard(1), &after(100), tenure.stamp(17)).await?;

    let path = store.path(&stream());
    let name = path.file_name().and_then(OsStr::to_str).ok_or("no name")?;
    assert!(name.starts_with("orders.2026-05-01T12-00-00.000.") && name.ends_with(".json"), "{name}");
    let found: serde_json::Value = serde_json::from_slice(&fs::read(path)?)?;
    let expected = serde_json::json!({
        "format": "dynacdc checkpoints",
        "version": 1,
        "stream": ARN,
        "owner": "host-1",
        "term": 1,
        "beginning": { "start": "trim_horizon", "at": "2026-05-01T12:00:05.250Z" },
        "shards": {
            "shardId-1": {
                "term": 1,
                "count": 17,
                "position": { "after": "100" },
                "as_of": "2026-05-01T14:10:00.123456789Z",
                "sub_lanes": 1,
            },
        },
        "forgotten": {},
    });
    assert_eq!(found, expected);
    Ok(())
}

#[tokio::test]
async fn a_folder_that_is_missing_is_created_with_those_around_it() -> Fallible {
    let folder = TempDir::new()?;
    let store = FileCheckpoints::new(folder.path().join("a/b"));
    assert_eq!(store.load(&stream()).await?, None);
    assert!(!folder.path().join("a").exists(), "looking creates nothing");

    store.take_over(&stream(), "host-1", beginning()).await?;

    assert!(store.path(&stream()).starts_with(folder.path().join("a/b")) && store.path(&stream()).exists());
    Ok(())
}

/// The process died after it had written a part, or all, of the file that was to be in the place of the one before.
#[tokio::test]
async fn what_a_crash_left_is_never_read() -> Fallible {
    for cut in [0, 40, usize::MAX] {
        let folder = TempDir::new()?;
        let store = FileCheckpoints::new(folder.path());
        let tenure = store.take_over(&stream(), "host-1", beginning()).await?.tenure;
        store.save(&stream(), &shard(1), &after(100), tenure.stamp(1)).await?;
        let text = fs::read_to_string(store.path(&stream()))?.replace("100", "999");
        fs::write(beside(&store, ".tmp"), &text[..cut.min(text.len())])?;

        let again = FileCheckpoints::new(folder.path());
        assert_eq!(numbers(&again).await?["shardId-1"], 100, "cut at {cut}");
        let tenure = again.take_over(&stream(), "host-1", beginning()).await?.tenure;
        again.save(&stream(), &shard(2), &after(200), tenure.stamp(1)).await?;

        assert_eq!(numbers(&again).await?, [("shardId-1".into(), 100), ("shardId-2".into(), 200)].into());
        assert!(!beside(&again, ".tmp").exists());
    }
    Ok(())
}

/// A line and column are where the mistake is, and the file stays as it is for a person to look at.
#[tokio::test]
async fn a_file_that_cannot_be_read_is_corrupt_and_stays() -> Fallible {
    let folder = TempDir::new()?;
    let store = FileCheckpoints::new(folder.path());
    let tenure = store.take_over(&stream(), "host-1", beginning()).await?.tenure;
    store.save(&stream(), &shard(1), &after(100), tenure.stamp(1)).await?;
    let path = store.path(&stream());
    let good = fs::read_to_string(&path)?;
    let wrong = [
        (String::new(), ":1:0"),
        (good[..good.len() / 2].to_owned(), ":"),
        (format!("{good}{good}"), ":"),
        ("{\"Records\": []}".into(), ":1:10"),
        (good.replace("dynacdc checkpoints", "another program"), ":2:"),
        (good.replace("\"version\": 1", "\"version\": 2,\n  \"new\": 1"), ":3:14"),
        (good.replace("\"owner\"", "\"note\": 1,\n  \"owner\""), ":5:8"),
        (good.replace("\"count\"", "\"note\": 1,\n  \"count\""), ":14:12"),
        (good.replace("\"100\"", "\"1x0\""), ":16:"),
        (good.replace("123456789Z", ""), ":18:"),
        (good.replace("\"sub_lanes\": 1", "\"sub_lanes\": 0"), ":19:"),
        (good.replace("/orders/", "/others/"), ": the file is of another stream"),
    ];
    for (text, place) in wrong {
        assert_ne!(text, good, "{place}");
        fs::write(&path, &text)?;
        let calls = [
            store.load(&stream()).await.err(),
            store.take_over(&stream(), "host-1", beginning()).await.err(),
            store.save(&stream(), &shard(1), &after(200), tenure.stamp(2)).await.err(),
            store.forget(&stream(), &shard(1), tenure.stamp(2)).await.err(),
        ];
        for error in calls {
            let error = error.ok_or("it was read")?;
            assert_eq!(error.kind(), CheckpointErrorKind::Corrupt, "{text}");
            let told = format!("{}{place}", path.display());
            assert!(error.to_string().contains(&told), "{error} ({:?}), and not {told}", error.source());
        }
        assert_eq!(fs::read_to_string(&path)?, text, "it is not overwritten");
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_refused_and_positions_stay() -> Fallible {
    let folder = TempDir::new()?;
    let store = FileCheckpoints::new(folder.path());
    let tenure = store.take_over(&stream(), "host-1", beginning()).await?.tenure;
    store.save(&stream(), &shard(1), &after(100), tenure.stamp(1)).await?;

    // Something is in the way of the temporary file: so it is refused to the superuser too.
    fs::create_dir(beside(&store, ".tmp"))?;
    let saved = store.save(&stream(), &shard(1), &after(200), tenure.stamp(2)).await;
    assert_eq!(kind(saved), Some(CheckpointErrorKind::Refused));
    assert_eq!(kind(store.take_over(&stream(), "b", beginning()).await), Some(CheckpointErrorKind::Refused));
    assert_eq!(numbers(&store).await?["shardId-1"], 100);
    fs::remove_dir(beside(&store, ".tmp"))?;
    store.save(&stream(), &shard(1), &after(200), tenure.stamp(2)).await?;
    assert_eq!(numbers(&store).await?["shardId-1"], 200, "when it is out of the way");

    let no_folder = FileCheckpoints::new(store.path(&stream()));
    assert_eq!(kind(no_folder.take_over(&stream(), "b", beginning()).await), Some(CheckpointErrorKind::Refused));
    Ok(())
}

/// As far as the user that runs the tests is bound by permissions at all.
#[cfg(unix)]
#[tokio::test]
async fn a_folder_without_permission_is_refused_and_can_be_read() -> Fallible {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new()?;
    let store = FileCheckpoints::new(folder.path());
    let tenure = store.take_over(&stream(), "host-1", beginning()).await?.tenure;
    store.save(&stream(), &shard(1), &after(100), tenure.stamp(1)).await?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555))?;
    let is_bound = fs::write(folder.path().join("probe"), "").is_err();

    let saved = store.save(&stream(), &shard(1), &after(200), tenure.stamp(2)).await;
    let found = numbers(&FileCheckpoints::new(folder.path())).await;

    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let (expected, number) = if is_bound { (Some(CheckpointErrorKind::Refused), 100) } else { (None, 200) };
    assert_eq!((kind(saved), found?["shardId-1"]), (expected, number));
    Ok(())
}

/// A disk flush for each of them is what would hold up a poller of many shards.
#[tokio::test]
async fn positions_that_come_at_once_are_written_together() -> Fallible {
    let folder = TempDir::new()?;
    let store = FileCheckpoints::new(folder.path());
    let tenure = store.take_over(&stream(), "host-1", beginning()).await?.tenure;
    let before = store.writes();

    let shards: Vec<_> = (0..50).map(shard).collect();
    let saved = after(100);
    let clones: Vec<_> = shards.iter().map(|_| store.clone()).collect();
    let arn = stream();
    let saves = clones.iter().zip(&shards).map(|(store, shard)| store.save(&arn, shard, &saved, tenure.stamp(1)));
    for result in futures_util::future::join_all(saves).await {
        result?;
    }

    assert_eq!(numbers(&FileCheckpoints::new(folder.path())).await?.len(), 50);
    assert!((1..=5).contains(&(store.writes() - before)), "{} files for 50 shards", store.writes() - before);
    let before = store.writes();
    store.save(&arn, &shards[0], &saved, tenure.stamp(1)).await?;
    assert_eq!(store.writes(), before, "a repetition changes nothing");
    Ok(())
}

/// A caller that goes away takes none of the others along.
#[tokio::test]
async fn a_save_that_is_dropped_holds_nobody_up() -> Fallible {
    let folder = TempDir::new()?;
    let store = FileCheckpoints::new(folder.path());
    let tenure = store.take_over(&stream(), "host-1", beginning()).await?.tenure;
    let arn = stream();
    for round in 1..=20 {
        let (first, second, third) = (after(round), after(round), after(round));
        let (one, two, three) = (shard(1), shard(2), shard(3));
        let mut first = store.save(&arn, &one, &first, tenure.stamp(round));
        let mut second = store.save(&arn, &two, &second, tenure.stamp(round));
        // Each is polled once: one has the turn by then, the other one waits for it.
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        if round % 2 == 0 {
            drop((first, second));
        } else {
            drop((second, first));
        }
        store.save(&arn, &three, &third, tenure.stamp(round)).await?;
        assert_eq!(numbers(&store).await?["shardId-3"], round);
    }
    Ok(())
}

/// Two handles as two processes have them, each with its own lock.
#[tokio::test]
async fn handles_at_once_lose_nothing() -> Fallible {
    let folder = TempDir::new()?;
    let stores = [FileCheckpoints::new(folder.path()), FileCheckpoints::new(folder.path())];
    let tenure = stores[0].take_over(&stream(), "host-1", beginning()).await?.tenure;
    let arn = stream();
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let (store, arn) = (stores[number % 2].clone(), arn.clone());
            tokio::spawn(async move {
                for count in 1..=3 {
                    store.save(&arn, &shard(number), &after(count), tenure_stamp(1, count)).await?;
                }
                Ok::<_, dynacdc_source::CheckpointError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    assert_eq!(tenure.term, 1);
    let found = numbers(&stores[1]).await?;
    assert!(found.len() == 40 && found.values().all(|number| *number == 3), "{found:?}");

    let next = stores[1].take_over(&arn, "host-2", beginning()).await?;
    assert_eq!(next.checkpoints.len(), 40);
    let late = stores[0].save(&arn, &shard(1), &after(9), tenure.stamp(9)).await;
    assert_eq!(kind(late), Some(CheckpointErrorKind::Superseded));
    Ok(())
}

const fn tenure_stamp(term: u64, count: u64) -> dynacdc_source::Stamp {
    dynacdc_source::Stamp { term, count }
}

use super::*;
use dynacdc_record::{ChangeRecord, EventName, ItemKey};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    error::Error,
};

type Fallible = Result<(), Box<dyn Error + Send + Sync>>;

fn histories(scenario: &Scenario) -> Result<Vec<History>, Box<dyn Error + Send + Sync>> {
    (0..300).map(|seed| History::new(seed, scenario)).collect()
}

#[test]
fn the_same_seed_makes_the_same_history() -> Fallible {
    let scenario = Scenario::new().with_poison(80);
    let records = |history: History| history.records().map(ChangeRecord::to_json).collect::<Vec<_>>();

    assert_eq!(records(History::new(7, &scenario)?), records(History::new(7, &scenario)?));
    assert_ne!(records(History::new(7, &scenario)?), records(History::new(8, &scenario)?));
    Ok(())
}

#[test]
fn images_follow_on_one_another_and_numbers_of_an_item_rise() -> Fallible {
    for history in histories(&Scenario::new())? {
        let mut items: HashMap<ItemKey, (Option<Item>, dynacdc_record::SequenceNumber)> = HashMap::new();
        for record in history.records() {
            let before = items.get(&record.item_key());
            let old = record.old_image().map(|image| image.to_item());
            assert_eq!(old, before.and_then(|(item, _)| item.clone()), "seed {}", history.seed());
            assert!(before.is_none_or(|(_, number)| *number < record.sequence_number()), "seed {}", history.seed());
            let new = record.new_image().map(|image| image.to_item());
            assert_ne!(old, new, "seed {}: a change that changes nothing", history.seed());
            items.insert(record.item_key(), (new, record.sequence_number()));
        }
        let live: BTreeMap<ItemKey, Item> =
            items.into_iter().filter_map(|(key, (item, _))| Some((key, item?))).collect();
        assert_eq!(history.live(), live, "seed {}", history.seed());
    }
    Ok(())
}

#[test]
fn what_makes_trouble_in_production_is_there() -> Fallible {
    let histories = histories(&Scenario::new().with_poison(80))?;
    let any = |found: &dyn Fn(&History) -> bool| histories.iter().filter(|history| found(history)).count();
    let pair = |test: &dyn Fn(&ChangeRecord, &ChangeRecord) -> bool, history: &History| {
        history.shards().iter().any(|shard| shard.records().windows(2).any(|pair| test(&pair[0], &pair[1])))
    };
    let number = |record: &ChangeRecord| record.sequence_number();
    let longer = any(&|history| pair(&|a, b| number(a).as_str() > number(b).as_str(), history));
    let tied = any(&|history| pair(&|a, b| number(a).packed_version() == number(b).packed_version(), history));
    let moved = any(&|history| {
        history.records().any(|record| {
            let group = |image: Option<dynacdc_record::Image<'_>>| {
                image.map(|image| image.get(GROUP).map(|g| format!("{g:?}")))
            };
            record.event_name() == EventName::Modify && group(record.old_image()) != group(record.new_image())
        })
    });
    let expired = any(&|history| history.records().any(ChangeRecord::is_ttl_delete));
    let split =
        any(&|history| history.shards().iter().any(|shard| shard.parent().is_some() && !shard.records().is_empty()));
    let same = any(&|history| {
        let numbers: HashSet<_> = history.records().map(number).collect();
        numbers.len() < history.len()
    });
    let poison = any(&|history| history.records().any(|r| r.new_image().is_some_and(|image| image.contains(POISON))));
    for (what, found, least) in [
        ("longer numbers", longer, 60),
        ("tied packed versions", tied, 150),
        ("moves between groups", moved, 250),
        ("deletes by time to live", expired, 100),
        ("shard splits", split, 40),
        ("one number on two shards", same, 20),
        ("poison", poison, 200),
    ] {
        assert!(found >= least, "{what}: in {found} of 300 histories");
    }
    Ok(())
}

#[test]
fn a_history_is_cut_short_without_changing_what_is_left() -> Fallible {
    let history = History::new(3, &Scenario::new())?;
    let text = |history: &History| history.records().map(ChangeRecord::to_json).collect::<Vec<_>>();

    let short = history.clone().first_records(5);
    assert_eq!(text(&short), text(&history)[..5]);
    let narrow = history.clone().first_keys(1);
    assert_eq!(narrow.keys(), 1);
    assert!(text(&narrow).iter().all(|record| text(&history).contains(record)));
    Ok(())
}

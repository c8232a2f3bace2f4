//! Taking a batch apart and putting the answers together again, against a model of plain lists.

use crate::scene::{all_told, keys, lane, number, outcomes, records, told, words};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Class, Cost, Order, Outcome, Part, Reason, Report, SinkError, Slots};
use proptest::prelude::*;

/// A batch, and parts of it: which records, what became of them.
#[derive(Debug, Clone)]
struct Case {
    records: Vec<ChangeRecord>,
    parts: Vec<(Vec<bool>, Vec<Outcome>)>,
}

fn case() -> impl Strategy<Value = Case> {
    keys().prop_flat_map(|keys| {
        let n = keys.len();
        let part = (proptest::collection::vec(any::<bool>(), n), outcomes(n));
        let parts = proptest::collection::vec(part, 1..4);
        (Just(records(&keys)), parts).prop_map(|(records, parts)| Case { records, parts })
    })
}

proptest! {
    #[test]
    fn the_parts_of_a_batch_come_back_to_their_places(case in case()) {
        let lane = lane();
        let batch = Batch::new(&lane, &case.records);
        let mut slots = Slots::new(Order::Key, batch);
        let mut model: Vec<Vec<Outcome>> = vec![Vec::new(); batch.len()];
        for (keep, given) in &case.parts {
            let part = batch.select(|at, _| keep[at]);
            let chosen: Vec<usize> = (0..batch.len()).filter(|at| keep[*at]).collect();
            let numbers: Vec<u64> = part.batch().records().iter().map(number).collect();
            prop_assert_eq!(numbers, chosen.iter().map(|at| *at as u64 + 1).collect::<Vec<_>>());

            let given = given[..chosen.len()].to_vec();
            let cost = Cost { calls: 1, ops_in: chosen.len() as u64, ..Cost::default() };
            let report = Report::new(Order::Key, part.batch(), given, cost).unwrap();
            for (at, outcome) in chosen.iter().zip(report.outcomes()) {
                model[*at].push(match outcome {
                    Outcome::Blocked { by } => Outcome::Blocked { by: chosen[*by] },
                    outcome => outcome.clone(),
                });
            }
            slots.place(&part, Ok(report));
        }
        let worst: Vec<Option<Outcome>> = model.into_iter().map(|all| all.into_iter().reduce(Outcome::worst)).collect();

        for (at, worst) in worst.iter().enumerate() {
            prop_assert_eq!(slots.get(at).map(told), worst.as_ref().map(told));
        }
        let chosen = case.parts.iter().map(|(keep, _)| keep.iter().filter(|keep| **keep).count() as u64).sum();
        prop_assert_eq!(slots.cost(), Cost { calls: case.parts.len() as u64, ops_in: chosen, ..Cost::default() });
        match worst.into_iter().collect::<Option<Vec<_>>>() {
            Some(outcomes) => {
                let expected = Report::new(Order::Key, batch, outcomes, slots.cost()).unwrap();
                let made = slots.finish().unwrap();
                prop_assert_eq!(all_told(made.outcomes()), all_told(expected.outcomes()));
                prop_assert_eq!(made.cost(), expected.cost());
            }
            None => prop_assert_eq!(slots.finish().err().map(|error| error.class()), Some(Class::Fatal)),
        }
    }

    #[test]
    fn a_slice_has_the_neighbours_that_there_are(keys in keys(), start in 0..14usize, length in 0..14usize) {
        let (lane, records) = (lane(), records(&keys));
        let batch = Batch::new(&lane, &records);

        let part = batch.slice(start..start + length);

        let expected: Vec<usize> = (start..start + length).filter(|at| *at < records.len()).collect();
        prop_assert_eq!(part.positions(), &expected[..]);
        prop_assert_eq!(part.batch().len(), part.len());
        for (record, at) in part.batch().records().iter().zip(expected) {
            prop_assert!(std::ptr::eq(record, &raw const records[at]), "a slice does not copy");
        }
    }
}

#[test]
fn neighbours_are_selected_without_copying() {
    let (lane, records) = (lane(), records(["a", "b", "c", "d"]));
    let batch = Batch::new(&lane, &records);
    let borrowed = |part: &Part<'_>| std::ptr::eq(&raw const part.batch().records()[0], &raw const records[1]);

    assert!(borrowed(&batch.select(|at, _| at == 1 || at == 2)));
    assert!(!borrowed(&batch.select(|at, _| at == 1 || at == 3)));
    assert!(batch.select(|_, _| false).is_empty());
}

#[test]
fn a_part_keeps_lane_and_deadline() {
    let (lane, records) = (lane(), records(["a", "b"]));
    let deadline = tokio::time::Instant::now();
    let batch = Batch::new(&lane, &records).with_deadline(deadline);
    let mut derived = Part::new(batch);
    derived.push(1, records[1].leaving());

    for part in [batch.whole(), batch.select(|at, _| at == 0), derived] {
        assert_eq!((part.batch().lane(), part.batch().deadline()), (&lane, Some(deadline)));
        assert!(part.batch().is_past_deadline());
    }
    assert_eq!(Batch::new(&lane, &records).time_left(), None);
}

#[test]
fn a_record_sent_in_two_pieces_is_settled_when_both_are() {
    let (lane, records) = (lane(), records(["a", "b"]));
    let batch = Batch::new(&lane, &records);
    let mut part = Part::new(batch);
    part.push(0, records[0].leaving());
    part.push(0, records[0].entering().with_part(1));
    part.push(1, records[1].clone());
    let mut slots = Slots::new(Order::Key, batch);

    let given = vec![Outcome::Applied, Outcome::Failed(SinkError::poison("x")), Outcome::Applied];
    slots.place(&part, Report::new(Order::Key, part.batch(), given, Cost::default()));

    assert_eq!(words(slots.finish().unwrap().outcomes()), ["poison", "applied"]);
}

#[test]
fn an_error_for_the_pieces_of_one_record_is_that_records() {
    let (lane, records) = (lane(), records(["a", "b"]));
    let batch = Batch::new(&lane, &records);
    let unattributed = |positions: &[usize]| {
        let mut part = Part::new(batch);
        positions.iter().for_each(|at| part.push(*at, records[*at].clone()));
        let mut slots = Slots::new(Order::Key, batch);
        slots.place(&part, Err(SinkError::poison("x")));
        slots.get(0).and_then(|outcome| outcome.error().map(SinkError::is_unattributed))
    };

    assert_eq!(unattributed(&[0, 0]), Some(false));
    assert_eq!(unattributed(&[0]), Some(false));
    assert_eq!(unattributed(&[0, 1]), Some(true));
}

#[test]
fn slots_are_filled_cleared_and_filled_anew() {
    let (lane, records) = (lane(), records(["a", "b"]));
    let batch = Batch::new(&lane, &records);
    let mut slots = Slots::new(Order::Key, batch);

    slots.put(0, Outcome::Failed(SinkError::poison("x")));
    slots.put(0, Outcome::Applied);
    assert_eq!(slots.get(0).map(Outcome::is_settled), Some(false), "the worse one stays");
    slots.reset(0, Outcome::Parked);
    assert_eq!(slots.get(0).map(told).as_deref(), Some("Parked"));
    slots.clear(&batch.slice(0..1));
    assert!(slots.get(0).is_none());
    slots.put(0, Outcome::Applied);
    slots.put(1, Outcome::Skipped(Reason::Filtered));

    assert_eq!(words(slots.finish().unwrap().outcomes()), ["applied", "filtered"]);
}

#[test]
fn a_layer_that_forgets_a_record_or_invents_one_is_told() {
    let (lane, records) = (lane(), records(["a", "b"]));
    let finished = |positions: &[usize]| {
        let mut slots = Slots::new(Order::Key, Batch::new(&lane, &records));
        positions.iter().for_each(|at| slots.put(*at, Outcome::Applied));
        slots.finish().map(|_| ()).map_err(|error| error.to_string())
    };

    assert_eq!(finished(&[0]), Err("a layer does not report on record 1".into()));
    assert_eq!(finished(&[0, 1, 2]), Err("a layer reports on position 2 of a batch of 2".into()));
    assert_eq!(finished(&[1, 0]), Ok(()));
}

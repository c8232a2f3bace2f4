//! The state machine of the poller under random schedules, and the wrong pollers of the example `schedules`.

#[path = "../examples/schedules/admission.rs"]
mod admission;
#[path = "../examples/schedules/control.rs"]
mod control;
#[path = "../examples/schedules/course.rs"]
mod course;
#[path = "../examples/schedules/effects.rs"]
mod effects;
#[path = "../examples/schedules/finale.rs"]
mod finale;
#[path = "../examples/schedules/history.rs"]
mod history;
#[path = "../examples/schedules/life.rs"]
mod life;
#[path = "../examples/schedules/lives.rs"]
mod lives;
#[path = "../examples/schedules/play.rs"]
mod play;
#[path = "../examples/schedules/tally.rs"]
mod tally;
#[path = "../examples/schedules/world.rs"]
mod world;

use control::Control;
use dynacdc_testkit::Hardship;
use play::Schedule;
use std::ops::Range;
use tally::Tally;

/// So many schedules show each wrong poller.
const CONTROLS: u64 = 150;

fn play(seeds: Range<u64>) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let schedule = Schedule::whole(seed);
        let played = schedule.play(false);
        if let Some(reason) = played.failure {
            panic!("{}", schedule.shrunk(reason));
        }
        tally.add(&played.tally);
    }
    println!("{tally}");
    tally
}

#[test]
fn nothing_is_lost_skipped_or_out_of_order_1() {
    let tally = play(1..201);

    for hardship in Hardship::ALL {
        assert!(tally.fired.of(hardship) > 0, "{hardship:?} never struck");
    }
    let happened = [
        ("splits", tally.splits),
        ("kills", tally.kills),
        ("stops", tally.stops),
        ("old owners that are told", tally.superseded),
        ("lost answers", tally.lost_answers),
        ("late calls", tally.late),
        ("duplicates", tally.duplicates),
        ("writes in part", tally.partial),
        ("parked records", tally.parked),
        ("poison", tally.poisoned),
        ("stops at malformed records", tally.stopped_at_malformed),
        ("panics", tally.panics),
        ("gaps", tally.gaps),
        ("idle days", tally.idle_days),
    ];
    for (what, count) in happened {
        assert!(count > 0, "no {what} in 200 schedules");
    }
}

#[test]
fn nothing_is_lost_skipped_or_out_of_order_2() {
    play(201..401);
}

#[test]
fn nothing_is_lost_whichever_step_it_is_killed_before() {
    let mut tally = Tally::default();
    for seed in 1..4 {
        if let Some(failure) = play::every_step(seed, &mut tally) {
            panic!("{failure}");
        }
    }
    assert!(tally.kills > 50, "{tally}");
}

fn wrong(part: usize) {
    let controls = Control::ALL.into_iter().skip(part).step_by(2);
    let missed: Vec<&str> = controls
        .filter(|control| {
            let seen = |seed| Schedule::wrong(seed, *control).play(false).failure.is_some();
            !(1..=CONTROLS).any(seen)
        })
        .map(Control::name)
        .collect();
    assert!(missed.is_empty(), "not caught in {CONTROLS} schedules: {missed:?}");
}

#[test]
fn wrong_pollers_are_caught_1() {
    wrong(0);
}

#[test]
fn wrong_pollers_are_caught_2() {
    wrong(1);
}

#[test]
fn a_schedule_is_played_the_same_each_time() {
    for seed in [7, 8, 9] {
        let (one, other) = (Schedule::whole(seed).play(true), Schedule::whole(seed).play(true));
        assert_eq!(one.timeline, other.timeline);
        assert!(one.timeline.len() > 50);
    }
}

//! The state machine of the poller under random schedules, and the wrong pollers of the example `schedules`.

#[path = "../examples/schedules/admission.rs"]
mod admission;
#[path = "../examples/schedules/changes.rs"]
mod changes;
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

/// So many schedules show each wrong poller; the first that does is enough, and most are caught by one of the first ten.
const CONTROLS: u64 = 1_000;

type Tested = Result<(), Box<dyn std::error::Error>>;

fn play(seeds: Range<u64>) -> Result<Tally, Box<dyn std::error::Error>> {
    let mut tally = Tally::default();
    for seed in seeds {
        let schedule = Schedule::whole(seed);
        let played = schedule.play(false);
        if let Some(reason) = played.failure {
            return Err(schedule.shrunk(reason).into());
        }
        tally.add(&played.tally);
    }
    Ok(tally)
}

#[test]
fn nothing_is_lost_skipped_or_out_of_order_1() -> Tested {
    let tally = play(1..151)?;

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
        assert!(count > 0, "no {what} in 150 schedules: {tally}");
    }
    Ok(())
}

#[test]
fn nothing_is_lost_skipped_or_out_of_order_2() -> Tested {
    play(151..251).map(drop)
}

#[test]
fn nothing_is_lost_whichever_step_it_is_killed_before() -> Tested {
    let mut tally = Tally::default();
    for seed in 1..3 {
        if let Some(failure) = play::every_step(seed, &mut tally) {
            return Err(failure.into());
        }
    }
    assert!(tally.kills > 50, "{tally}");
    Ok(())
}

fn wrong(part: usize) {
    let controls = Control::ALL.into_iter().skip(part).step_by(2);
    let missed: Vec<&str> =
        controls.filter(|control| play::catch(*control, 1..CONTROLS + 1).is_none()).map(Control::name).collect();
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
        assert_eq!((one.timeline == other.timeline, one.steps), (true, other.steps), "schedule {seed}");
        assert!(one.timeline.len() > 50);
    }
}

use super::*;
use std::sync::atomic::AtomicU32;

/// A call whose effect is counted.
async fn call(faults: &Faults, effects: &Arc<AtomicU32>) -> Result<(), SinkError> {
    let effects = Arc::clone(effects);
    let effect = move || async move {
        effects.fetch_add(1, Ordering::SeqCst);
    };
    faults.call("put", effect).await
}

/// Plays one fault: whether the caller got an answer, and the effects at once and after all landed.
async fn played(fault: Fault) -> (Option<bool>, u32, u32) {
    let faults = Faults::scripted(FaultScript::new().at("put", 1, fault));
    let effects = Arc::<AtomicU32>::default();
    let answer = tokio::select! {
        biased;
        result = call(&faults, &effects) => Some(result.is_ok()),
        () = faults.crashed() => None,
    };
    let at_once = effects.load(Ordering::SeqCst);
    faults.land_all().await;
    assert_eq!(faults.counts().of(fault), 1);
    (answer, at_once, effects.load(Ordering::SeqCst))
}

#[tokio::test(start_paused = true)]
async fn each_fault_has_its_answer_and_its_effect() {
    for (fault, answer, at_once, at_last) in [
        (Fault::Reject, Some(false), 0, 0),
        (Fault::LoseAnswer, Some(false), 1, 1),
        (Fault::Hold, Some(false), 0, 1),
        (Fault::Delay, Some(false), 0, 1),
        (Fault::CrashBefore, None, 0, 0),
        (Fault::CrashAfter, None, 1, 1),
    ] {
        assert_eq!(played(fault).await, (answer, at_once, at_last), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delayed_call_may_land_while_its_caller_waits() {
    let faults = Faults::scripted(FaultScript::new().at("put", 1, Fault::Delay));
    let effects = Arc::<AtomicU32>::default();
    let begin = tokio::time::Instant::now();
    let land = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(faults.land_one().await);
        assert_eq!(effects.load(Ordering::SeqCst), 1);
    };
    let (result, ()) = tokio::join!(call(&faults, &effects), land);
    assert!(result.is_err() && begin.elapsed() >= Duration::from_secs(30));
    assert!(!faults.land_one().await);
}

#[tokio::test(start_paused = true)]
async fn a_seed_is_repeatable_and_muting_a_fault_leaves_the_others() {
    let play = async |muted: Option<Fault>| {
        let faults = Faults::new(5, FaultRates::ALL.with(Fault::CrashBefore, 0).with(Fault::CrashAfter, 0));
        if let Some(fault) = muted {
            faults.mute(fault);
        }
        let effects = Arc::<AtomicU32>::default();
        let mut answers = Vec::new();
        for _ in 0..500 {
            let before = faults.counts().of(Fault::Reject);
            let result = call(&faults, &effects).await;
            answers.push((result.is_ok(), faults.counts().of(Fault::Reject) > before));
        }
        answers
    };
    let all = play(None).await;
    assert_eq!(all, play(None).await);
    let muted = play(Some(Fault::Reject)).await;
    for (with, without) in all.iter().zip(&muted) {
        assert_eq!(*without, if with.1 { (true, false) } else { *with });
    }
    assert!(all.iter().any(|(_, rejected)| *rejected));
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_wrong_once_it_is_calm() {
    let faults = Faults::new(1, FaultRates::OUTAGE);
    let effects = Arc::<AtomicU32>::default();
    faults.calm();
    for _ in 0..200 {
        assert!(call(&faults, &effects).await.is_ok());
    }
    assert_eq!(effects.load(Ordering::SeqCst), 200);
}

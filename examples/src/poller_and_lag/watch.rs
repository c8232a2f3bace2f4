//! Time that passes, and somebody who looks at it.
//!
//! The story runs on tokio's paused clock: its time passes as fast as it can be worked off, and one seed gives one story.
//! For somebody who watches, the only thread sleeps for a while after each frame, and the story with it.

use crate::{frame::Frame, ledger::Ledger, lineage::Lineage, live::Live, shop::Shop};
use dynacdc_examples::{Failure, Scene, Screen};
use dynacdc_source::Health;
use dynacdc_testkit::StreamSimulator;
use std::{
    thread,
    time::{Duration, Instant as RealInstant},
};
use tokio::time::{Instant, sleep_until};

/// Between two frames, in real time.
const FRAME: Duration = Duration::from_millis(50);

pub(crate) struct Watch {
    screen: Screen,
    live: Option<Live>,
    speed: Option<u32>,
    lineage: Lineage<StreamSimulator>,
    /// When the last frame was over.
    last: RealInstant,
}

impl Watch {
    pub(crate) fn new(screen: Screen, speed: Option<u32>, lineage: Lineage<StreamSimulator>) -> Self {
        let live = screen.is_live().then(|| Live::new(screen.has_colors()));
        Self { screen, live, speed, lineage, last: RealInstant::now() }
    }

    /// Lets the story go on until `event`.
    pub(crate) async fn until<T>(
        &mut self,
        event: impl Future<Output = T>,
        shop: &Shop,
        ledger: &Ledger,
        poller: Option<&Health>,
    ) -> T {
        let mut event = std::pin::pin!(event);
        let Some(speed) = self.speed else { return event.await };
        self.last = RealInstant::now();
        let mut next = Instant::now();
        loop {
            next += FRAME * speed;
            tokio::select! {
                biased;
                happened = &mut event => return happened,
                () = sleep_until(next) => {}
            }
            if let Some(live) = &self.live {
                live.draw(&Frame::of(shop, ledger, poller, &self.lineage));
            }
            // Everything waits, which is the point.
            thread::sleep(FRAME.saturating_sub(self.last.elapsed()));
            self.last = RealInstant::now();
        }
    }

    /// Shows how it stands; in one line where a live table tells the rest.
    pub(crate) fn show_frame(&mut self, shop: &Shop, ledger: &Ledger, poller: Option<&Health>) -> Result<(), Failure> {
        let frame = Frame::of(shop, ledger, poller, &self.lineage);
        match self.live {
            Some(_) => self.print(|screen| Ok(screen.line(&frame.line())?)),
            None => self.show(&frame),
        }
    }

    /// An empty line between two frames.
    pub(crate) fn gap(&mut self) -> Result<(), Failure> {
        if self.live.is_none() {
            self.screen.line("")?;
        }
        Ok(())
    }

    pub(crate) fn show(&mut self, scene: &impl Scene) -> Result<(), Failure> {
        self.print(|screen| Ok(screen.show(scene)?))
    }

    /// Prints above the live table.
    pub(crate) fn print(&mut self, print: impl FnOnce(&mut Screen) -> Result<(), Failure>) -> Result<(), Failure> {
        match &self.live {
            Some(live) => live.beside(|| print(&mut self.screen)),
            None => print(&mut self.screen),
        }
    }

    /// No live table from here on.
    pub(crate) fn end(&mut self) {
        if let Some(live) = self.live.take() {
            live.clear();
        }
    }
}

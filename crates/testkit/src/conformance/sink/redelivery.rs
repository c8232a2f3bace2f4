//! Lines 3 and 4: what is delivered more than once.

use super::{Scene, dealt_with, ordered, settled, write};
use crate::conformance::{
    SinkFixture,
    verdict::{Stopped, Tried, same},
};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Class, Lane, Redelivery, Report, Sink};

impl<M, F> Scene<'_, M, F>
where
    M: Fn() -> F,
    F: SinkFixture,
{
    /// Writes batch after batch on an ordered lane, and compares.
    async fn ordered_batches(&self, what: &str, batches: &[&[ChangeRecord]]) -> Tried {
        let (fixture, sink) = self.given().await?;
        for batch in batches {
            settled(what, &write(&sink, &ordered(), batch).await)?;
        }
        self.ends_right(what, &fixture).await
    }

    pub(super) async fn again(&self) -> Tried {
        let records = &self.records;
        self.ordered_batches("the whole history twice", &[records, records]).await?;
        for at in 0..records.len() {
            let (before, rest) = records.split_at(at);
            let one = &rest[..1];
            self.ordered_batches(&format!("record {at} twice"), &[before, one, one, &rest[1..]]).await?;
        }
        Ok(())
    }

    /// Back to each place, from each later one.
    pub(super) async fn rewind(&self) -> Tried {
        for reached in 1..=self.records.len() {
            for back in 0..reached {
                let what = format!("from {reached} back to {back}");
                self.ordered_batches(&what, &[&self.records[..reached], &self.records[back..]]).await?;
            }
        }
        Ok(())
    }

    /// One rewind after the other, each cut otherwise.
    pub(super) async fn cuts(&self) -> Tried {
        let records = &self.records;
        let (end, half) = (records.len(), records.len() / 2);
        for length in 1..=3 {
            let mut batches: Vec<&[ChangeRecord]> = vec![&records[..half]];
            batches.extend(records[half / 2..].chunks(length));
            batches.extend(records[half..].chunks(length + 1));
            batches.push(&records[end - 1..]);
            self.ordered_batches(&format!("cut by {length} and {}", length + 1), &batches).await?;
        }
        Ok(())
    }

    pub(super) async fn twins(&self) -> Tried {
        let side_by_side: Vec<ChangeRecord> =
            self.records.iter().flat_map(|record| [record.clone(), record.clone()]).collect();
        self.ordered_batches("each record twice, side by side", &[&side_by_side]).await?;
        let apart: Vec<ChangeRecord> = self.records.iter().chain(&self.records).cloned().collect();
        self.ordered_batches("the history twice in one batch", &[&apart]).await
    }

    pub(super) async fn restart(&self) -> Tried {
        for at in 0..=self.records.len() {
            let (fixture, sink) = self.given().await?;
            settled("before the restart", &write(&sink, &ordered(), &self.records[..at]).await)?;
            drop(sink);
            let sink = fixture.sink().await?;
            settled("after the restart", &write(&sink, &ordered(), &self.records[at / 2..]).await)?;
            self.ends_right(&format!("restarted at {at}"), &fixture).await?;
        }
        Ok(())
    }

    /// The later records of an item come long after those of the others, and twice.
    pub(super) async fn redrive(&self) -> Tried {
        let parked = self.records[0].key();
        let (queue, others): (Vec<ChangeRecord>, Vec<ChangeRecord>) =
            self.records.iter().cloned().partition(|record| record.key() == parked);
        let (fixture, sink) = self.given().await?;
        if sink.order() == dynacdc_sink::Order::Lane {
            return Err(Stopped::idle("nothing of a sink in the order of its lane is parked"));
        }
        settled("without the parked item", &write(&sink, &ordered(), &others).await)?;
        let lane = Lane::redrive(ordered());
        for _ in 0..2 {
            settled("the redrive", &write(&sink, &lane, &queue).await)?;
        }
        self.ends_right("after a redrive", &fixture).await
    }

    pub(super) async fn unordered(&self) -> Tried {
        let (fixture, sink) = self.given().await?;
        let before = fixture.state().await?;
        for lane in [Lane::unordered(None), Lane::redrive(Lane::unordered(None))] {
            let batch = Batch::new(&lane, &self.records);
            let report = Report::settle(batch, sink.write(batch).await);
            if self.level == Redelivery::Any {
                settled("an unordered lane", &report)?;
                self.ends_right("an unordered lane", &fixture).await?;
            } else {
                let class = report.first_unsettled().map(|(_, error)| error.class());
                same("the answer to an unordered lane", class, Some(Class::Fatal))?;
                same("settled of an unordered lane", dealt_with(&report), 0)?;
            }
        }
        if self.level == Redelivery::Continued {
            same("the target after an unordered lane", fixture.state().await?, before)?;
        }
        Ok(())
    }

    fn stands_any(&self) -> Tried {
        if self.level == Redelivery::Any { Ok(()) } else { Err(Stopped::idle("the sink declares the level continued")) }
    }

    /// Each old record once more, alone, when all is done: to the same sink, and to one that remembers nothing.
    pub(super) async fn old_record(&self) -> Tried {
        self.stands_any()?;
        let (fixture, mut sink) = self.given().await?;
        settled("the history", &write(&sink, &ordered(), &self.records).await)?;
        for _ in 0..2 {
            for (at, old) in self.records.iter().enumerate() {
                settled("an old record", &write(&sink, &Lane::unordered(None), std::slice::from_ref(old)).await)?;
                self.ends_right(&format!("after record {at} came once more"), &fixture).await?;
            }
            sink = fixture.sink().await?;
        }
        Ok(())
    }

    /// Record by record backwards, and the later half before the earlier one.
    pub(super) async fn disorder(&self) -> Tried {
        self.stands_any()?;
        let lane = Lane::unordered(None);
        let (fixture, sink) = self.given().await?;
        for record in self.records.iter().rev() {
            settled("backwards", &write(&sink, &lane, std::slice::from_ref(record)).await)?;
        }
        self.ends_right("backwards", &fixture).await?;
        for at in 1..self.records.len() {
            let (fixture, sink) = self.given().await?;
            let (earlier, later) = self.records.split_at(at);
            settled("the later part first", &write(&sink, &lane, later).await)?;
            settled("then the earlier part", &write(&sink, &lane, earlier).await)?;
            self.ends_right(&format!("from {at} on before what comes before it"), &fixture).await?;
        }
        Ok(())
    }
}

//! Journeys as a kind of customer state: of two runs of one journey the older stays.

use super::super::contacts::name;
use super::super::runs::{Outgoing, Past, Run, Runs};
use super::bytes::{Reader, put_bytes, put_number, put_signed};
use super::{Damage, Exported, ExportedRun, Kind, Names};
use crate::mutant::mutant;
use crate::value::Timestamp;

fn put_word(out: &mut Vec<u8>, word: u64) {
    out.extend(word.to_le_bytes());
}

fn small(number: u64) -> Result<u32, Damage> {
    u32::try_from(number).map_err(|_| Damage::Wrong)
}

impl Kind for Runs {
    const TAG: u8 = 7;
    const VERSION: u8 = 1;

    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    /// Of one journey and key the older run stays, the other ends as `moved`; "never again" is a union. Both have the
    /// later clock.
    fn merge(&mut self, loser: &Self, _: usize) {
        if self.id.is_empty() {
            self.id.clone_from(&loser.id);
        }
        self.clock = self.clock.max(loser.clock);
        for past in &loser.past {
            self.remember(past.journey, past.key, past.ended);
        }
        self.last = match (self.last, loser.last) {
            (Some(own), Some(theirs)) => Some(if theirs.2 > own.2 { theirs } else { own }),
            (own, theirs) => own.or(theirs),
        };
        for theirs in &loser.live {
            let mut run = theirs.clone();
            self.count += 1;
            run.number = self.count;
            let same = |own: &Run| (own.journey, own.key) == (run.journey, run.key);
            match self.live.iter().position(same) {
                Some(at) if !mutant!("merge_keeps_two_runs_of_one_journey") => {
                    let own = self.live.get(at).map_or(i64::MIN, |own| own.entered);
                    let ended = (run.journey, name("moved"), self.clock);
                    self.last = Some(ended);
                    if run.entered < own {
                        self.live.remove(at);
                        self.live.push(run);
                    }
                }
                _ => self.live.push(run),
            }
        }
        self.outbox.extend(loser.outbox.iter().cloned());
        self.outbox.sort_by_key(|one| one.at);
    }

    fn before(&self, _: &Self) -> Self {
        Self::default()
    }

    /// Where somebody stands stays with the survivor, so that nothing is sent twice; what ended stays with both.
    fn unmerge(&mut self, _: &Self, _: &Self) {}

    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.id.as_bytes());
        put_signed(out, self.clock);
        put_number(out, u64::from(self.count));
        put_number(out, self.live.len() as u64);
        for run in &self.live {
            [run.journey, run.key, run.version, run.step]
                .into_iter()
                .for_each(|w| put_word(out, w));
            put_number(out, u64::from(run.number));
            put_number(out, u64::from(run.sent));
            for time in [run.entered, run.ends, run.arrived, run.due, run.tried] {
                put_signed(out, time);
            }
            put_number(out, run.entry.len() as u64);
            run.entry.iter().for_each(|word| put_word(out, *word));
        }
        put_number(out, self.past.len() as u64);
        for past in &self.past {
            put_word(out, past.journey);
            put_word(out, past.key);
            put_signed(out, past.ended);
        }
        put_number(out, u64::from(self.last.is_some()));
        if let Some((journey, ending, at)) = self.last {
            put_word(out, journey);
            put_word(out, ending);
            put_signed(out, at);
        }
        put_number(out, self.outbox.len() as u64);
        for one in &self.outbox {
            for text in [&one.id, &one.journey, &one.step, &one.action, &one.channel, &one.language]
            {
                put_bytes(out, text.as_bytes());
            }
            put_signed(out, one.at);
        }
    }

    fn decode(_: u8, bytes: &mut Reader<'_>) -> Result<Self, Damage> {
        let mut read = Self {
            id: bytes.text()?.into(),
            clock: bytes.signed()?,
            count: small(bytes.number()?)?,
            ..Self::default()
        };
        for _ in 0..bytes.count()? {
            let [journey, key, version, step] =
                [bytes.word()?, bytes.word()?, bytes.word()?, bytes.word()?];
            let (number, sent) = (small(bytes.number()?)?, small(bytes.number()?)?);
            let (entered, ends, arrived) = (bytes.signed()?, bytes.signed()?, bytes.signed()?);
            let (due, tried) = (bytes.signed()?, bytes.signed()?);
            let mut entry = Vec::new();
            for _ in 0..bytes.count()? {
                entry.push(bytes.word()?);
            }
            let entry = entry.into();
            read.live.push(Run {
                journey,
                key,
                number,
                sent,
                version,
                entered,
                ends,
                step,
                arrived,
                due,
                tried,
                entry,
            });
        }
        for _ in 0..bytes.count()? {
            let past = Past { journey: bytes.word()?, key: bytes.word()?, ended: bytes.signed()? };
            if read.past.last().is_some_and(|last| *last >= past) {
                return Err(Damage::Wrong);
            }
            read.past.push(past);
        }
        read.last = match bytes.number()? {
            0 => None,
            1 => Some((bytes.word()?, bytes.word()?, bytes.signed()?)),
            _ => return Err(Damage::Wrong),
        };
        for _ in 0..bytes.count()? {
            let mut text = || bytes.text().map(Box::from);
            let (id, journey, step) = (text()?, text()?, text()?);
            let (action, channel, language) = (text()?, text()?, text()?);
            let at = bytes.signed()?;
            read.outbox.push(Outgoing { id, journey, step, action, channel, language, at });
        }
        Ok(read)
    }

    fn export(&self, names: &Names<'_>, into: &mut Exported) {
        into.journeys.extend(self.live.iter().map(|run| ExportedRun {
            journey: names.word(run.journey),
            step: Some(names.word(run.step)),
            entered: Some(Timestamp::from_micros(run.entered)),
            ended: None,
        }));
        into.journeys.extend(self.past.iter().map(|past| ExportedRun {
            journey: names.word(past.journey),
            step: None,
            entered: None,
            ended: Some(Timestamp::from_micros(past.ended)),
        }));
    }

    fn erase(&mut self) {
        *self = Self::default();
    }
}

//! Promises as a kind of customer state: they go to the survivor of a merge, and stay there.

use std::sync::Arc;

use zeroize::Zeroize;

use super::super::dictionary::Dictionary;
use super::super::reservations::{Given, Reservation, Reservations, Slot, State};
use super::super::spent::Spent;
use super::bytes::{Reader, put_bytes, put_number, put_signed};
use super::contacts::key;
use super::{Damage, Exported, ExportedPromise, Kind, Names};
use crate::check::rules::Fingerprint;
use crate::decision::{Decision, Stage, Summary, Treatment};
use crate::mutant::mutant;
use crate::value::Timestamp;

/// No consent has this id: what is read back needs one that the rules of now may not know.
const NEVER_GRANTED: u32 = u32::MAX;

const STATES: [State; 3] = [State::Live, State::Committed, State::Over];

impl Kind for Reservations {
    const TAG: u8 = 6;
    const VERSION: u8 = 1;

    fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Union, in the order in which they were taken: who reserved under either id may commit.
    fn merge(&mut self, loser: &Self, _: usize) {
        if mutant!("merge_drops_the_losers_reservations") {
            return;
        }
        self.all.extend(loser.all.iter().cloned());
        self.all.sort_by_key(|one| one.given.taken);
        self.derive();
    }

    fn before(&self, _: &Self) -> Self {
        Self::default()
    }

    /// What was promised stays with the survivor, to whom the permits lead: a unit of a budget is held once.
    fn unmerge(&mut self, _: &Self, _: &Self) {}

    fn encode(&self, out: &mut Vec<u8>) {
        put_number(out, self.all.len() as u64);
        for one in &self.all {
            out.extend(one.decision.to_le_bytes());
            let state = STATES.iter().position(|state| *state == one.state);
            put_number(out, state.unwrap_or_default() as u64);
            let given = &one.given;
            put_signed(out, given.taken);
            put_signed(out, given.expires);
            put_number(out, given.slots.len() as u64);
            for slot in &given.slots {
                let words = [slot.key.action, slot.key.channel, slot.key.purpose];
                words.iter().for_each(|word| out.extend(word.to_le_bytes()));
                out.push(u8::from(slot.consent.is_some()) | u8::from(slot.spent.is_some()) << 1);
                if let Some((_, day)) = &slot.spent {
                    put_signed(out, i64::from(*day));
                }
            }
            put_decision(out, &given.decision);
        }
    }

    fn decode(_: u8, bytes: &mut Reader<'_>) -> Result<Self, Damage> {
        let mut read = Self::default();
        for _ in 0..bytes.count()? {
            let decision = bytes.word()?;
            let state = usize::try_from(bytes.number()?).ok();
            let state = *state.and_then(|at| STATES.get(at)).ok_or(Damage::Wrong)?;
            let (taken, expires) = (bytes.signed()?, bytes.signed()?);
            let mut slots = Vec::new();
            for _ in 0..bytes.count()? {
                let key = key(bytes)?;
                let needs = bytes.byte()?;
                if needs > 3 {
                    return Err(Damage::Wrong);
                }
                let spent = match needs & 2 {
                    0 => None,
                    _ => {
                        let day = i32::try_from(bytes.signed()?).map_err(|_| Damage::Wrong)?;
                        Some((Arc::<Spent>::default(), day))
                    }
                };
                slots.push(Slot { key, consent: (needs & 1 == 1).then_some(NEVER_GRANTED), spent });
            }
            let made = self::decision(bytes)?;
            let given = Given { decision: made, slots: slots.into(), taken, expires };
            read.all.push(Reservation { decision, state, given: Arc::new(given) });
        }
        read.derive();
        Ok(read)
    }

    fn export(&self, names: &Names<'_>, into: &mut Exported) {
        into.promises.extend(self.all.iter().map(|one| {
            ExportedPromise {
                decision_id: one.given.decision.decision_id.clone(),
                taken: Timestamp::from_micros(one.given.taken),
                expires: Timestamp::from_micros(one.given.expires),
                state: match one.state {
                    State::Live => "promised",
                    State::Committed => "sent",
                    State::Over => "over",
                },
                treatments: one
                    .given
                    .slots
                    .iter()
                    .map(|slot| (names.word(slot.key.action), names.word(slot.key.channel)))
                    .collect(),
            }
        }));
    }

    fn erase(&mut self) {
        for one in &mut self.all {
            if let Some(given) = Arc::get_mut(&mut one.given) {
                given.decision.decision_id.zeroize();
            }
        }
        *self = Self::default();
    }
}

impl Reservations {
    /// Finds the consents and budgets that were read back, in the ids of this engine.
    pub(super) fn resolve(&mut self, dictionary: &Dictionary) {
        for one in &mut self.all {
            // Nobody else holds it yet.
            let Some(given) = Arc::get_mut(&mut one.given) else { continue };
            for slot in &mut given.slots {
                if slot.consent.is_some() {
                    let known = dictionary.consents().find(slot.key.channel, slot.key.purpose);
                    slot.consent = Some(known.unwrap_or(NEVER_GRANTED));
                }
                if let Some((spent, _)) = &mut slot.spent
                    && let Some(known) = dictionary.spent_on(slot.key.action)
                {
                    *spent = known;
                }
            }
        }
    }
}

fn put_decision(out: &mut Vec<u8>, decision: &Decision) {
    let Decision { treatments, summary, generation, fingerprint, view_version, decision_id, at } =
        decision;
    put_number(out, treatments.len() as u64);
    for one in treatments {
        let Treatment { action, channel, language, score, fallback, probability } = one;
        [action, channel, language].iter().for_each(|text| put_bytes(out, text.as_bytes()));
        out.push(u8::from(score.is_some()) | u8::from(*fallback) << 1);
        out.extend(score.unwrap_or_default().to_bits().to_le_bytes());
        out.extend(probability.to_bits().to_le_bytes());
    }
    put_number(out, u64::from(summary.candidates));
    put_number(out, summary.refused.len() as u64);
    for (stage, count) in &summary.refused {
        put_bytes(out, stage.word().as_bytes());
        put_number(out, u64::from(*count));
    }
    put_number(out, *generation);
    out.extend(fingerprint.0.to_le_bytes());
    put_number(out, *view_version);
    put_bytes(out, decision_id.as_deref().unwrap_or_default().as_bytes());
    put_signed(out, at.micros());
}

fn decision(bytes: &mut Reader<'_>) -> Result<Decision, Damage> {
    let small = |number: u64| u32::try_from(number).map_err(|_| Damage::Wrong);
    let mut treatments = Vec::new();
    for _ in 0..bytes.count()? {
        let mut text = || bytes.text().map(str::to_owned);
        let (action, channel, language) = (text()?, text()?, text()?);
        let flags = bytes.byte()?;
        let score = f64::from_bits(bytes.word()?);
        treatments.push(Treatment {
            action,
            channel,
            language,
            score: (flags & 1 == 1).then_some(score),
            fallback: flags & 2 == 2,
            probability: f64::from_bits(bytes.word()?),
        });
    }
    let mut summary = Summary { candidates: small(bytes.number()?)?, ..Summary::default() };
    for _ in 0..bytes.count()? {
        let stage = Stage::named(bytes.text()?).ok_or(Damage::Newer)?;
        summary.refused.push((stage, small(bytes.number()?)?));
    }
    let generation = bytes.number()?;
    let print = bytes.take(16)?.try_into().map_err(|_| Damage::Short)?;
    let fingerprint = Fingerprint(u128::from_le_bytes(print));
    let view_version = bytes.number()?;
    // A decision that is remembered has an id.
    let decision_id = Some(bytes.text()?.to_owned());
    let at = Timestamp::from_micros(bytes.signed()?);
    Ok(Decision { treatments, summary, generation, fingerprint, view_version, decision_id, at })
}

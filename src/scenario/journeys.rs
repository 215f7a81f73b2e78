//! What scenarios expect of journeys: what they sent by themselves, where the customer stands, how it ended.

use super::Run;
use crate::check::rules::ScenarioExpect;
use crate::value::Timestamp;

impl Run<'_> {
    /// Lets time pass until a line: what is due before it, or at it too where the line only looks.
    pub(super) fn time_passes(&self, at: Timestamp, looks: bool) -> Option<String> {
        let (last, since) = self.last.get();
        if last.is_none_or(|last| at > last) {
            self.last.set((Some(at), last.unwrap_or(since)));
        }
        if self.rules.journeys.is_empty() {
            return None;
        }
        let to = if looks { at } else { at.plus_micros(-1) };
        self.engine.advance(to).err().map(|why| why.to_string())
    }

    /// What journeys sent since the last line of an earlier time, as expectations say it.
    fn since(&self) -> Vec<(String, String)> {
        let (_, since) = self.last.get();
        let all = self.engine.activations().into_iter();
        let new = all.filter(|one| one.customer == self.customer && one.at > since);
        new.map(|one| (one.action, one.channel)).collect()
    }

    /// What came instead of what a line expects of journeys; `None` where it came.
    pub(super) fn otherwise(&self, expect: &ScenarioExpect) -> Option<String> {
        let travels = self.engine.travels(&self.customer);
        let name = |at: usize| self.rules.journeys.get(at).map_or("", |one| one.name.as_str());
        let sent = self.since();
        let holds = match expect {
            ScenarioExpect::Activated { action, channel } => sent.iter().any(|(what, by)| {
                what == self.action(*action)
                    && channel.is_none_or(|channel| by == self.channel(channel))
            }),
            ScenarioExpect::Nothing => sent.is_empty(),
            ScenarioExpect::AtStep { steps, .. } => travels.runs.iter().any(|run| {
                steps.iter().any(|(journey, step)| {
                    let of = self.rules.journeys.get(*journey);
                    let at = of.and_then(|of| of.steps.get(*step));
                    run.journey == name(*journey) && at.is_some_and(|at| at.name == run.step)
                })
            }),
            ScenarioExpect::InJourney(journey) => {
                travels.runs.iter().any(|run| run.journey == name(*journey))
            }
            ScenarioExpect::FinishedAs(outcome) => {
                travels.ended.as_ref().is_some_and(|ended| ended.outcome == *outcome)
            }
            _ => false,
        };
        if holds {
            return None;
        }
        Some(match expect {
            ScenarioExpect::Activated { .. } | ScenarioExpect::Nothing if sent.is_empty() => {
                "nothing sent".to_owned()
            }
            ScenarioExpect::Activated { .. } | ScenarioExpect::Nothing => {
                let all: Vec<String> =
                    sent.iter().map(|(what, by)| format!("{what} by {by}")).collect();
                format!("sent {}", all.join(", "))
            }
            _ => {
                let mut all: Vec<String> = travels
                    .runs
                    .iter()
                    .map(|run| format!("at step {} of {}", run.step, run.journey))
                    .collect();
                all.extend(
                    travels
                        .ended
                        .map(|ended| format!("finished {} as {}", ended.journey, ended.outcome)),
                );
                if all.is_empty() { "in no journey".to_owned() } else { all.join(", ") }
            }
        })
    }
}

//! `onward customer`: what a store keeps of one customer, and forgetting it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Subcommand;
use onward::engine::Exported;
use onward::store::Store;
use onward::value::Timestamp;
use onward::{Context, Engine, Source, check};

use crate::kept::{store, told};
use crate::out::{self, Outcome, Run, tame, usage};
use crate::table::Sheet;

/// Show, export or erase what a store keeps of one customer.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// What is kept of the customer, for people.
    Show(Whose),
    /// All that is kept of the customer, as JSON: ids, attributes, consent, what was shown, events, merges.
    Export(Whose),
    /// Forget the customer for good, every id included: no readable byte is left in any file of the store.
    /// Exit code 1 where nobody has the id.
    Erase(Whose),
}

#[derive(clap::Args)]
struct Whose {
    /// The folder of the store.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// An id of the customer.
    id: String,
}

/// Rules of nothing: what is kept needs none to be shown.
const NONE: &str = "workspace none { currency: EUR, timezone: \"UTC\", languages: [en] }\n";

pub(crate) fn run(args: &Args) -> Run {
    let (What::Show(whose) | What::Export(whose) | What::Erase(whose)) = &args.what;
    let checked = check(&[Source::new("none.journey", NONE)], &Context::default());
    let Some(rules) = checked.rules else { return usage("rules of nothing are refused") };
    let store: Arc<dyn Store> = store(&whose.store, false)?;
    let engine = Engine::open(&rules, store).map_err(|error| told(&error))?;
    if let What::Erase(_) = &args.what {
        let found = engine.erase(&whose.id).map_err(|error| told(&error))?;
        return if found {
            out::tell("erased");
            Ok(Outcome::Good)
        } else {
            Ok(nobody(&whose.id))
        };
    }
    engine.load([&whose.id]).map_err(|error| told(&error))?;
    let Some(kept) = engine.export(&whose.id) else { return Ok(nobody(&whose.id)) };
    match &args.what {
        What::Export(_) => {
            let text = serde_json::to_string_pretty(&kept).unwrap_or_default();
            out::print(&(text + "\n"))?;
        }
        _ => show(&kept)?,
    }
    Ok(Outcome::Good)
}

fn nobody(id: &str) -> Outcome {
    out::complain("error", &format!("the store keeps nobody called `{}`", tame(id)));
    Outcome::Wrong
}

fn show(kept: &Exported) -> Run<()> {
    let mut sheet = Sheet::new(&["what", "value", "when"]);
    sheet.row(["ids".to_owned(), tame(&kept.ids.join(", ")), String::new()]);
    for (name, one) in &kept.attributes {
        let value = serde_json::to_value(&one.value).unwrap_or_default();
        let value = match &value {
            serde_json::Value::Object(of) => of.values().next().cloned().unwrap_or_default(),
            other => other.clone(),
        };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        sheet.row([tame(name), tame(&text), one.updated.to_string()]);
    }
    for word in &kept.consent {
        let purpose = word.purpose.as_deref().unwrap_or("all purposes");
        let said = if word.granted { "granted" } else { "withdrawn" };
        let name = format!("consent {} {purpose}", word.channel);
        sheet.row([tame(&name), said.to_owned(), word.at.to_string()]);
    }
    let mut reached: BTreeMap<(&str, &str), (u64, Timestamp)> = BTreeMap::new();
    let single = kept.contacts.iter().map(|one| (&one.action, &one.channel, 1, one.at));
    let gone = &kept.earlier_contacts;
    let gone = gone.iter().map(|one| (&one.action, &one.channel, one.times, one.newest));
    for (action, channel, times, at) in gone.chain(single) {
        let (count, newest) = reached.entry((action, channel)).or_insert((0, at));
        (*count, *newest) = (*count + times, at.max(*newest));
    }
    for ((action, channel), (times, newest)) in reached {
        let times = format!("reached {} times by {channel}", out::grouped(times));
        sheet.row([tame(action), tame(&times), newest.to_string()]);
    }
    for one in &kept.outcomes {
        let said = format!("{} on {}", one.outcome.word(), one.channel);
        sheet.row([tame(&one.action), tame(&said), one.at.to_string()]);
    }
    for one in kept.promises.iter().filter(|one| one.state == "promised") {
        for (action, channel) in &one.treatments {
            let until = format!("promised by {channel} until {}", one.expires);
            sheet.row([tame(action), tame(&until), one.taken.to_string()]);
        }
    }
    for (name, events) in &kept.events {
        let times = format!(
            "{} times, {} kept",
            out::grouped(events.times),
            out::grouped(events.rows.len() as u64)
        );
        let last = events.last.map_or_else(String::new, |last| last.to_string());
        sheet.row([tame(name), times, last]);
    }
    for merge in &kept.merges {
        sheet.row(["merged".to_owned(), tame(&merge.ids.join(", ")), merge.at.to_string()]);
    }
    out::print(&sheet.show())
}

//! `onward demo`: the engine at work on a built-in workspace and made-up members.
//!
//! In: nothing; the rules are built in, the members drawn from a fixed seed. Out: decisions, one explanation
//! and a swap on standard output; each number printed was measured or counted in this run. Knows nothing of
//! files or mappings.

mod members;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use onward::check::Context;
use onward::value::{Timestamp, Zone};
use onward::{Checked, Engine, Request, Rules, Source, check};

use crate::decide::{Total, per_second, time};
use crate::out::{self, Outcome, Run, usage};
use crate::render::{self, Format};
use crate::story;

/// See the engine at work: built-in rules, 10,000 made-up members, no files needed.
#[derive(clap::Args)]
pub(crate) struct Args {}

macro_rules! coffee {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../../../rules/coffee/", $name)))),*]
    };
}

/// The workspace `rules/coffee` of the source tree, as it was when the command was built.
const RULES: [(&str, &str); 15] = coffee![
    "customer.journey" "data_team.journey" "drinks/two_for_one.journey" "governance.journey"
    "limits.journey" "loyalty/discounts.journey" "loyalty/mail/big_basket.en.html" "loyalty/mail/big_basket.id.html"
    "loyalty/mail/big_basket.it.html" "loyalty/mail/big_basket.th.html" "loyalty/news.journey"
    "placements.journey" "scenarios.journey" "segments.journey" "workspace.journey"
];

const MEMBERS: u64 = 10_000;
const AT: &str = "2018-08-01T16:00:00Z";
const PLACEMENT: &str = "home_screen";
/// How long queries run before and after the swap.
const RUNNING: Duration = Duration::from_millis(400);

/// What the marketer changes while queries run, in which file.
const CHANGED: (&str, &str, &str) = (
    "loyalty/discounts.journey",
    "  value: USD 5.00, propensity: 25%\n",
    "  value: USD 5.00, propensity: 65%\n",
);
/// What the marketer gets wrong.
const MISTAKE: (&str, &str, &str) =
    ("loyalty/discounts.journey", "who { age >= 30 }", "who { agee >= 30 }");

pub(crate) fn run(_args: &Args) -> Run {
    out::print(
        "\u{1b}[1mOnward\u{1b}[0m: the next best thing to do for this customer, here and now, and why.\n",
    )?;
    let sources = sources(None);
    let started = Instant::now();
    let rules = checked(&sources)?;
    heading(1, "The rules: text files that marketers write")?;
    out::print(&quoted(&sources, "action ten_day_treat {", 7))?;
    out::print(&format!(
        "{}, {} of rules, checked in {}\n",
        out::count(rules.actions.len(), "action"),
        out::count(sources.iter().filter(|s| s.name().ends_with(".journey")).count(), "file"),
        time(started.elapsed()),
    ))?;

    let at = Timestamp::parse(AT).or_else(|error| usage(error.to_string()))?;
    let zone = Zone::named("UTC").or_else(|error| usage(error.to_string()))?;
    let engine = Engine::new(&rules);
    let mut ids = Vec::new();
    for n in 0..MEMBERS {
        let member = members::member(n, at.on_clock(&zone).date, at);
        engine.put_whole(&member).or_else(|error| usage(format!("{}: {error}", member.id())))?;
        ids.push(member.id().to_owned());
    }
    let ask = |id: &str| Request::new(id, PLACEMENT).at(at);
    heading(
        2,
        &format!("The best three cards on the home screen, for {} members", out::grouped(MEMBERS)),
    )?;
    let mut decisions = Vec::new();
    let started = Instant::now();
    engine.decide_each(&ids, 1, |id| ask(id), &mut decisions);
    let took = started.elapsed();
    let mut total = Total::default();
    for decision in &decisions {
        match decision {
            Ok(decision) => total.count(decision),
            Err(error) => return usage(error.to_string()),
        }
    }
    out::print(&total.table(rules.workspace.currency))?;
    out::print(&format!(
        "{} decisions in {} on one thread: {} a second\n",
        out::grouped(MEMBERS),
        time(took),
        out::grouped(per_second(MEMBERS, took)),
    ))?;

    heading(3, "Why? Every answer says so, and why not the others")?;
    let told = engine.explain(&ask("member-00007")).or_else(|error| usage(error.to_string()))?;
    out::print(&story::tell(&told, &rules))?;

    heading(4, "The rules change while queries run")?;
    swap(&engine, &ids, &ask)?;

    heading(5, "Try next")?;
    out::print(
        "Make a folder with a .journey file of your own, or copy rules/coffee of the source tree, then:\n\
         \n  onward check FOLDER                 all problems in one run, each with its fix\
         \n  onward test FOLDER                  the scenarios that marketers write\
         \n  onward decide FOLDER --customers FILE.jsonl --placement home_screen --at 2018-08-01T16:00:00Z\
         \n  onward explain FOLDER --customers FILE.jsonl --placement home_screen --at ... --customer ID\
         \n  onward --help                       everything else\n",
    )?;
    Ok(Outcome::Good)
}

fn heading(number: u32, text: &str) -> Run<()> {
    out::print(&format!("\n\u{1b}[1;36m{number}. {text}\u{1b}[0m\n\n"))
}

/// The workspace, with one passage of one file changed.
fn sources(change: Option<(&str, &str, &str)>) -> Vec<Source> {
    RULES
        .iter()
        .map(|(name, text)| match change {
            Some((file, from, to)) if file == *name => Source::new(*name, text.replace(from, to)),
            _ => Source::new(*name, *text),
        })
        .collect()
}

fn checked(sources: &[Source]) -> Run<Rules> {
    let Checked { rules, diagnostics } = check(sources, &Context::default());
    match rules {
        Some(rules) => Ok(rules),
        None => {
            render::complain(&diagnostics, sources, Format::Human);
            usage("the built-in rules do not load")
        }
    }
}

/// Some lines of the rules, from the one that begins with `start`.
fn quoted(sources: &[Source], start: &str, lines: usize) -> String {
    let found = sources.iter().find(|source| source.text().contains(start));
    let text = found.and_then(|source| source.text().split_once(start));
    let Some((_, rest)) = text else { return String::new() };
    let mut out = format!("  \u{1b}[2m{start}");
    for line in rest.lines().take(lines) {
        out.push_str(line);
        out.push_str("\n  ");
    }
    out.push_str("...\u{1b}[0m\n\n");
    out
}

/// What a query thread saw.
#[derive(Default)]
struct Seen {
    generations: BTreeMap<u64, u64>,
    failed: u64,
    backwards: u64,
}

fn swap(engine: &Engine, ids: &[String], ask: &(dyn Fn(&str) -> Request + Sync)) -> Run<()> {
    let stop = AtomicBool::new(false);
    let query = || {
        let (mut seen, mut last) = (Seen::default(), 0);
        for id in ids.iter().cycle() {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            match engine.decide(&ask(id)) {
                Ok(decision) => {
                    *seen.generations.entry(decision.generation).or_default() += 1;
                    seen.backwards += u64::from(decision.generation < last);
                    last = decision.generation;
                }
                Err(_) => seen.failed += 1,
            }
        }
        seen
    };
    let (told, seen) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(query)).collect();
        let told = changes(engine);
        stop.store(true, Ordering::Relaxed);
        let seen: Vec<Seen> = threads.into_iter().filter_map(|thread| thread.join().ok()).collect();
        (told, seen)
    });
    told?;
    let mut generations: BTreeMap<u64, u64> = BTreeMap::new();
    for (generation, number) in seen.iter().flat_map(|seen| &seen.generations) {
        *generations.entry(*generation).or_default() += number;
    }
    for (generation, number) in &generations {
        let number = out::grouped(*number);
        out::print(&format!("{number} decisions by generation {generation} of the rules\n"))?;
    }
    let failed: u64 = seen.iter().map(|seen| seen.failed).sum();
    let backwards: u64 = seen.iter().map(|seen| seen.backwards).sum();
    out::print(&format!(
        "{failed} failed, {backwards} by older rules after newer ones, on {}\n",
        out::count(seen.len(), "query thread")
    ))
}

/// A good change goes live; a bad one does not.
fn changes(engine: &Engine) -> Run<()> {
    std::thread::sleep(RUNNING);
    let better = sources(Some(CHANGED));
    let rules = checked(&better)?;
    let started = Instant::now();
    let program = engine.compile(&rules);
    let generation = engine.swap(program).or_else(|error| usage(error.to_string()))?;
    out::print(&format!(
        "`breakfast_week` is likelier now (25% became 65%): generation {generation} is live after {}\n",
        time(started.elapsed())
    ))?;
    std::thread::sleep(RUNNING);
    let broken = sources(Some(MISTAKE));
    let Checked { rules, diagnostics } = check(&broken, &Context::default());
    if rules.is_none() {
        out::print("A file with a mistake never goes live; its author reads instead:\n\n")?;
        out::print(&render::render(&diagnostics, &broken, Format::Human))?;
    }
    std::thread::sleep(RUNNING / 4);
    Ok(())
}

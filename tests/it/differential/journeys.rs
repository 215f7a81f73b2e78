//! Random journeys in a fixed shop, and random days of its customers: after every step engine and reference must know
//! the same runs, endings and messages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use onward::engine::{Activation, Entered};
use onward::syntax::ast::File;
use onward::value::Timestamp;
use onward::{Context, Customer, Engine, Event, Rules as Checked, Source, check};

use super::tree::Dice;
use crate::reference::{Came, Crowd, Rules};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const SHOP: &str = r#"
workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en], stages: [grow] }
team crm { folder: ".", central: yes, email: "crm@shop.example" }
purpose marketing { consent_needed: [email, push], consent_free: [web] }
purpose service { consent_free: [email, push], send_hours: ignore }
send_hours daytime { monday to friday: 09:00 to 20:00, saturday: [10:00 to 12:00, 14:00 to 18:00], sunday: never }
channel email { }
channel push { send_hours: daytime }
channel web { }
customer {
  vip: yes_no default no
  complaints: number 0 to 100 default 0
  renewal: required date
  back: required time
}
event cart_abandoned kept 400 days { value: required money, order_id: required code, due: required date }
event cart_opened kept 400 days { order_id: optional code }
event purchase kept 400 days { amount: required money, order_id: optional code }
event app_opened kept 400 days { }
action reminder {
  owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 50%, use: only in journeys
  message push { en { title: "Your cart", body: "It waits" } }
  message email { en { subject: "Your cart", body: "It waits" } }
}
action voucher {
  owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 50%, use: only in journeys
  dates: DATES
  repeat: at most 1 per 36 hours
  message email { en { subject: "5 euro", body: "For you" } }
  message web { en { banner: "5 euro" } }
}
action call_back {
  owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 50%, use: only in journeys
  who {
    any {
      vip is yes
      count of purchase in the last 1 days >= 1
    }
  }
  message web { en { banner: "We call" } }
}
action receipt {
  owner: crm, purpose: service, stage: grow, value: EUR 10, propensity: 50%, use: only in journeys
  message push { en { title: "Thanks", body: "It comes" } }
}
limits pressure {
  purpose: marketing
  at most MOST per 24 hours on [email, push] together
  at most 2 per calendar day on web
}
"#;

const WHO: [&str; 3] = ["lea", "tim", "ada"];
const ORDERS: [&str; 3] = ["a", "b", "c"];
const ACTIONS: [(&str, &[&str]); 4] = [
    ("reminder", &["push", "email"]),
    ("voucher", &["email", "web"]),
    ("call_back", &["web"]),
    ("receipt", &["push"]),
];

/// One step of a customer's life, or of everybody's; times are Unix microseconds.
#[derive(Clone, Debug)]
enum Step {
    Event(Event),
    News(Customer),
    Ask(&'static str, String, i64),
    ByHand(&'static str, &'static str, &'static str, i64),
    Advance(i64),
    Taken(usize),
    Swap(usize),
}

/// Two workspaces and what happens.
#[derive(Clone, Debug)]
struct World {
    texts: [String; 2],
    steps: Vec<Step>,
}

/// A journey while it is written.
struct Writer<'d> {
    dice: &'d mut Dice,
    /// Journeys that one may be handed to.
    others: Vec<String>,
    by_cart: bool,
    per: bool,
    labels: usize,
    must_label: bool,
    paths: usize,
}

impl Writer<'_> {
    fn label(&mut self) -> String {
        if !self.must_label && self.dice.percent(25) {
            return String::new();
        }
        self.labels += 1;
        format!("w{}: ", self.labels)
    }

    fn condition(&mut self) -> String {
        let mut all = vec![
            "vip is yes",
            "complaints >= 3",
            "complaints < 2",
            "count of purchase in the last 1 days >= 1",
            "renewal in the next 5 days",
        ];
        if self.by_cart {
            all.extend(["entry.value >= EUR 90", "entry.value < EUR 60", "entry.order_id is a"]);
        }
        self.dice.word(&all)
    }

    /// Where a line leads that stands on a path, `last` being one behind which nothing comes.
    fn way(&mut self, path: usize, last: bool) -> String {
        match self.dice.below(10) {
            0..=3 if !last => "continue".to_owned(),
            4..=5 if path < self.paths => {
                format!("go to p{}", self.dice.between(path + 1, self.paths))
            }
            6 if !self.others.is_empty() => {
                let hows: &[&str] =
                    if last { &["stay", "restart"] } else { &["stay", "restart", "refuse"] };
                let (to, how) = (self.dice.pick(&self.others).clone(), self.dice.word(hows));
                format!("transfer to {to} {{ if_already_in: {how} }}")
            }
            7 => "finish spared".to_owned(),
            _ => "finish done".to_owned(),
        }
    }

    fn event(&mut self) -> String {
        let event = self.dice.word(&["cart_opened", "purchase", "app_opened"]);
        let same = "order_id is entry.order_id";
        match event.as_str() {
            "app_opened" => event,
            _ if self.per || self.by_cart && self.dice.percent(30) => {
                format!("{event} where {{ {same} }}")
            }
            "purchase" if self.dice.percent(40) => format!("{event} where {{ amount >= EUR 50 }}"),
            _ => event,
        }
    }

    fn line(&mut self, path: usize) -> String {
        let label = self.label();
        match self.dice.below(12) {
            0..=1 => {
                format!("wait {label}{}", self.dice.word(&["30 minutes", "2 hours", "11 hours"]))
            }
            2 => {
                let mut all = vec![
                    "09:00",
                    "02:30",
                    "monday 10:00",
                    "2026-10-24 08:00",
                    "2026-10-25",
                    "renewal",
                    "back",
                ];
                if self.by_cart {
                    all.extend(["entry.due", "entry.due"]);
                }
                format!("wait {label}until {}", self.dice.word(&all))
            }
            3..=4 => {
                let (span, event) = (self.dice.word(&["3 hours", "20 hours"]), self.event());
                let (seen, not) = (self.way(path, false), self.way(path, false));
                format!("wait {label}up to {span} for {event} {{ if_seen: {seen}, if_not: {not} }}")
            }
            5..=8 => {
                let (action, channels) = *self.dice.pick(&ACTIONS);
                let by = if channels.len() > 1 && self.dice.percent(70) {
                    let how = self.dice.word(&["first", "preferred"]);
                    format!("{how} of [{}]", channels.join(", "))
                } else {
                    self.dice.word(channels)
                };
                let then = self.way(path, false);
                let then = if self.dice.percent(60) {
                    let span = self.dice.word(&["1 minutes", "90 minutes", "5 hours", "30 hours"]);
                    format!("retry for {span} then {then}")
                } else {
                    then
                };
                format!("send {action} by {by} {{ if_blocked: {then} }}")
            }
            9..=10 => {
                let mut text = "branch {".to_owned();
                for _ in 0..self.dice.between(1, 2) {
                    let (when, way) = (self.condition(), self.way(path, false));
                    let when = if self.dice.percent(20) {
                        format!("{{ {when}, complaints < 9 }}")
                    } else {
                        when
                    };
                    write!(text, " when {when}: {way},").unwrap();
                }
                format!("{text} otherwise: {} }}", self.way(path, false))
            }
            _ => {
                let label = label.trim_end_matches(": ");
                let (one, two) = (self.way(path, false), self.way(path, false));
                let shares = *self.dice.pick(&[("50%", "50%"), ("12.5%", "87.5%")]);
                format!("split {label} {{ {}: {one}, {}: {two} }}", shares.0, shares.1)
            }
        }
    }

    fn lines(&mut self, path: usize) -> String {
        let mut text = String::new();
        for _ in 0..self.dice.between(1, 4) {
            writeln!(text, "    {}", self.line(path)).unwrap();
        }
        if path > 0 && self.dice.percent(30) {
            // Round once more, after a while.
            self.labels += 1;
            let label = self.labels;
            writeln!(text, "    wait w{label}: 3 hours").unwrap();
            let when = self.condition();
            writeln!(text, "    branch {{ when {when}: finish done, otherwise: go to p{path} }}")
                .unwrap();
        } else {
            writeln!(text, "    {}", self.way(path, true)).unwrap();
        }
        text
    }
}

/// A journey and what it is changed to.
fn journey(dice: &mut Dice, number: usize, all: usize) -> ([String; 2], bool) {
    let enter =
        dice.word(&["cart_abandoned", "cart_abandoned", "cart_abandoned", "app_opened", "request"]);
    let by_cart = enter == "cart_abandoned";
    let per = by_cart && dice.percent(45);
    let moves = dice.percent(50);
    let paths = dice.below(3);
    let others = (0..all).filter(|it| *it != number).map(|it| format!("j{it}")).collect();
    let mut writer = Writer { dice, others, by_cart, per, labels: 0, must_label: moves, paths };
    let mut steps = format!("  steps {{\n{}  }}\n", writer.lines(0));
    for path in 1..=paths {
        write!(steps, "  path p{path} {{\n{}  }}\n", writer.lines(path)).unwrap();
    }
    let goal_event = writer.event();
    let dice = writer.dice;
    let entered = match enter.as_str() {
        "cart_abandoned" if dice.percent(40) => {
            "cart_abandoned where { value >= EUR 40 }".to_owned()
        }
        "app_opened" if dice.percent(40) => "first app_opened".to_owned(),
        _ => enter.clone(),
    };
    let again =
        dice.word(&["never", "2 days after leaving", "always", "restart", "3 hours after leaving"]);
    let (again, at_once) = match per {
        true => (format!("{again} per order_id"), format!(", at_once: {}", dice.between(1, 3))),
        false => (again, String::new()),
    };
    let longest = dice.word(&["4 days", "6 days", "9 days"]);
    let mut head = format!("  owner: crm, purpose: marketing, longest: {longest}\n");
    writeln!(head, "  enter: {entered}, again: {again}{at_once}").unwrap();
    match dice.below(6) {
        0 => writeln!(head, "  goal: {goal_event}").unwrap(),
        1 | 2 => writeln!(
            head,
            "  goal: {goal_event} within {} of entering",
            dice.word(&["6 hours", "1 days"])
        )
        .unwrap(),
        3 => head.push_str("  goal { complaints >= 4 }\n"),
        4 if by_cart => head.push_str("  goal { vip is yes, entry.value >= EUR 100 }\n"),
        _ => {}
    }
    if dice.percent(40) {
        let most = dice.between(2, 6);
        writeln!(head, "  who {{ complaints < {most} }}").unwrap();
    }
    match dice.below(5) {
        0 | 1 => head.push_str("  exit { complaints >= 5 }\n"),
        2 => {
            head.push_str("  exit { count of purchase in the last 2 days >= 3, complaints >= 7 }\n")
        }
        3 if by_cart => head.push_str("  exit { entry.value >= EUR 170 }\n"),
        _ => {}
    }
    let (mut one, mut two) = (head.clone(), head);
    let mut changed = steps.clone();
    if dice.percent(60) {
        changed = changed.replace(": 2 hours", ": 7 hours").replace("5 hours then", "9 hours then");
    }
    if dice.percent(60) {
        // Before everything, where only newcomers are, or before the last line, where some come who moved.
        let ends = changed.find("\n  }\n").filter(|_| dice.percent(50));
        let last = ends.and_then(|end| changed[..end].rfind('\n')).map(|at| at + 1);
        let place = last.unwrap_or("  steps {\n".len());
        changed.insert_str(place, "    wait new: 1 hours\n");
    }
    if by_cart && dice.percent(30) {
        two = two.replace("exit { complaints >= 5 }", "exit { entry.value >= EUR 160 }");
        two = two.replace("goal { complaints >= 4 }", "goal { entry.due in the last 90 days }");
    }
    if steps.contains("w1: ") && dice.percent(40) {
        changed = changed.replace("wait w1: ", "wait other: ");
        if moves && changed.contains("wait other: ") && dice.percent(70) {
            two.push_str("  moved: w1 to other\n");
            one.push_str("  moved: other to w1\n");
        }
    }
    let change = if moves { "  on_change: move\n" } else { "" };
    let texts = [(one, steps), (two, changed)]
        .map(|(head, steps)| format!("journey j{number} {{\n{head}{change}{steps}}}\n"));
    (texts, enter == "request")
}

fn world(seed: u64) -> World {
    let dice = &mut Dice::new(seed);
    let all = dice.between(1, 3);
    let (from, upto) = *dice.pick(&[
        ("2026-10-01", "2026-12-31"),
        ("2026-10-23", "2026-12-31"),
        ("2026-10-01", "2026-10-23"),
    ]);
    let shop = SHOP.replace("DATES", &format!("{from} to {upto}"));
    let limits = [dice.between(1, 3), dice.between(1, 3)];
    let mut texts = limits.map(|most| shop.replace("MOST", &most.to_string()));
    let mut asked = Vec::new();
    for number in 0..all {
        let (journey, by_request) = journey(dice, number, all);
        for (text, journey) in texts.iter_mut().zip(journey) {
            text.push_str(&journey);
        }
        if by_request {
            asked.push(format!("j{number}"));
        }
    }
    let steps = steps(dice, &asked);
    World { texts, steps }
}

/// What happens, from some Tuesday on; the clocks change on the Sunday.
fn steps(dice: &mut Dice, asked: &[String]) -> Vec<Step> {
    let mut now = Timestamp::parse("2026-10-20T07:00:00Z").unwrap().micros();
    let mut steps = Vec::new();
    for who in WHO {
        let zone = *dice.pick(&["Europe/Paris", "Asia/Bangkok", "America/New_York", ""]);
        let mut news = Customer::new(who).updated(Timestamp::from_micros(now));
        if !zone.is_empty() {
            news = news.set("timezone", zone);
        }
        for channel in ["email", "push"].into_iter().filter(|_| dice.percent(75)) {
            news = news.grant(channel, "marketing");
        }
        if dice.percent(70) {
            news = news.set("renewal", "2026-10-24").set("back", "2026-10-22T06:30:00Z");
        }
        steps.push(Step::News(news));
    }
    for _ in 0..dice.between(50, 110) {
        now += *dice.pick(&[
            0,
            0,
            1,
            20_000_000,
            MINUTE,
            5 * MINUTE,
            17 * MINUTE,
            30 * MINUTE,
            40 * MINUTE,
            HOUR,
            90 * MINUTE,
            2 * HOUR,
            3 * HOUR,
            9 * HOUR,
            DAY,
        ]);
        let late = if dice.percent(6) { dice.pick(&[1, MINUTE, 5 * HOUR]) } else { &0 };
        steps.push(step(dice, asked, now, now - late));
    }
    steps.push(Step::Advance(now + 30 * DAY));
    steps
}

fn step(dice: &mut Dice, asked: &[String], now: i64, late: i64) -> Step {
    let who = *dice.pick(&WHO);
    let at = Timestamp::from_micros(now);
    match dice.below(100) {
        0..=47 => {
            let time = Timestamp::from_micros(late);
            let euros = *dice.pick(&[5, 39, 40, 55, 89, 90, 120, 165, 200]);
            let event = match dice.below(10) {
                0..=4 => Event::new(who, "cart_abandoned", time)
                    .set("value", format!("EUR {euros}"))
                    .set("order_id", *dice.pick(&ORDERS))
                    .set("due", *dice.pick(&["2026-10-19", "2026-10-23", "2026-10-26"])),
                5 => Event::new(who, "app_opened", time),
                6 | 7 => Event::new(who, "cart_opened", time),
                _ => Event::new(who, "purchase", time).set("amount", format!("EUR {euros}")),
            };
            let orders = matches!(event.name(), "cart_opened" | "purchase") && dice.percent(75);
            Step::Event(if orders { event.set("order_id", *dice.pick(&ORDERS)) } else { event })
        }
        48..=65 => {
            let news = Customer::new(who).updated(at);
            let channel = *dice.pick(&["email", "push"]);
            Step::News(match dice.below(9) {
                0 | 1 => news.set("complaints", i64::try_from(dice.below(8)).unwrap()),
                2 => news.set("vip", dice.percent(50)),
                3 => news.set("preferred_channel", *dice.pick(&["email", "push", "web"])),
                4 => news.set("timezone", *dice.pick(&["Europe/Paris", "Asia/Bangkok"])),
                5 => news.set("renewal", *dice.pick(&["2026-10-21", "2026-10-27"])),
                6 => news.withdraw_all(channel),
                7 => news.withdraw_all("email").withdraw_all("push"),
                _ => news.grant(channel, "marketing"),
            })
        }
        66..=73 if !asked.is_empty() => Step::Ask(who, dice.pick(asked).clone(), now),
        74..=78 => {
            let (action, channels) = *dice.pick(&ACTIONS);
            let channel: &'static str = channels[dice.below(channels.len())];
            Step::ByHand(who, action, channel, now)
        }
        79..=83 => Step::Taken(dice.below(6)),
        84..=93 => Step::Swap(dice.below(2)),
        _ => Step::Advance(now),
    }
}

fn checked(text: &str) -> Result<Checked, String> {
    let found = check(&[Source::new("shop.journey", text)], &Context::default());
    match found.rules.filter(|_| !found.diagnostics.has_errors()) {
        Some(rules) => Ok(rules),
        None => Err(format!("{}", found.diagnostics)),
    }
}

fn tree(text: &str) -> Vec<File> {
    let source = Source::new("shop.journey", text);
    vec![onward::syntax::parse(&source, &onward::syntax::Limits::default()).0]
}

/// What a run met.
#[derive(Debug, Default)]
struct Seen {
    worlds: usize,
    refused: usize,
    steps: usize,
    met: BTreeMap<String, usize>,
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.refused += other.refused;
        self.steps += other.steps;
        for (word, times) in other.met {
            *self.met.entry(word).or_default() += times;
        }
    }
}

/// A message without its id.
fn told(one: &Activation) -> String {
    let (at, to) = (one.at, &one.customer);
    format!("{at} {to} {} {} {} {}", one.journey, one.step, one.action, one.channel)
}

/// What differs, in words; the checked rules are handed in, as they cost most.
fn compared(world: &World, rules: &[Checked], seen: &mut Seen) -> Result<(), String> {
    let engine = Engine::new(&rules[0]);
    let trees: Vec<Vec<File>> = world.texts.iter().map(|text| tree(text)).collect();
    let mut crowd = Crowd::new(trees.iter().map(|files| Rules::new(files)).collect());
    let (mut ids, mut hand) = (BTreeMap::new(), 0);
    for (number, step) in world.steps.iter().enumerate() {
        seen.steps += 1;
        let (mut fast, mut slow) = (String::new(), String::new());
        match step {
            Step::Event(event) => {
                engine.track(event, event.time()).map_err(|why| why.to_string())?;
                crowd.event(event);
            }
            Step::News(news) => {
                engine.put(news).map_err(|why| why.to_string())?;
                crowd.news(news);
            }
            Step::Ask(who, journey, at) => {
                let came = engine.enter(who, journey, Timestamp::from_micros(*at));
                fast = match came.map_err(|why| why.to_string())? {
                    Entered::In => "In",
                    Entered::NotFor => "NotFor",
                    Entered::NotAgain => "NotAgain",
                    Entered::Many => "Many",
                    _ => "another",
                }
                .to_owned();
                let came: Came = crowd.ask(who, journey, *at);
                slow = format!("{came:?}");
                *crowd.met.entry(format!("asked {slow}")).or_default() += 1;
            }
            Step::ByHand(who, action, channel, at) => {
                hand += 1;
                let (id, at_time) = (format!("by hand {hand}"), Timestamp::from_micros(*at));
                let permit = engine.reserve_send(who, action, channel, at_time, &id, MINUTE);
                let goes = permit.is_ok_and(|permit| engine.commit(&permit, at_time).is_go());
                (fast, slow) =
                    (goes.to_string(), crowd.by_hand(who, action, channel, *at).to_string());
                *crowd.met.entry(format!("by hand {slow}")).or_default() += 1;
            }
            Step::Advance(to) => {
                engine.advance(Timestamp::from_micros(*to)).map_err(|why| why.to_string())?;
                crowd.advance(*to);
            }
            Step::Taken(which) => {
                let all = engine.activations();
                if let Some(one) = all.get(*which) {
                    assert!(engine.taken(one) && !engine.taken(one));
                    // Of several that read alike, the same one.
                    let alike = all.iter().take(*which).filter(|other| told(other) == told(one));
                    let nth = alike.count();
                    let sent = crowd.sent.iter().enumerate();
                    let mut same = sent.filter(|(_, sent)| of(sent) == told(one));
                    let at = same.nth(nth).map(|(at, _)| at);
                    drop(at.map(|at| crowd.sent.remove(at)));
                    *crowd.met.entry("taken".to_owned()).or_default() += 1;
                }
            }
            Step::Swap(to) => {
                let program = engine.compile(&rules[*to]);
                (fast, slow) =
                    (engine.swap(program).is_ok().to_string(), crowd.swap(*to).to_string());
            }
        }
        let place = |why: String| format!("step {number}, {step:?}: {why}");
        if fast != slow {
            return Err(place(format!("{fast}\n  not {slow}")));
        }
        let all = engine.activations();
        for one in &all {
            let before = ids.insert(one.id.clone(), told(one));
            if before.is_some_and(|before| before != told(one)) {
                return Err(place(format!("two messages are called {}", one.id)));
            }
        }
        let mut wanted: Vec<_> = crowd.sent.iter().collect();
        wanted.sort_by(|a, b| (a.at, &a.customer).cmp(&(b.at, &b.customer)));
        let (fast, slow): (Vec<String>, Vec<String>) =
            (all.iter().map(told).collect(), wanted.into_iter().map(of).collect());
        if fast != slow {
            return Err(place(format!("sent {fast:#?}\n  not {slow:#?}")));
        }
        for who in WHO {
            let (fast, slow) = (stands(&engine, who), should_stand(&crowd, who));
            if fast != slow {
                return Err(place(format!("{who} is {fast}\n  not {slow}")));
            }
        }
    }
    for (word, times) in crowd.met {
        *seen.met.entry(word).or_default() += times;
    }
    Ok(())
}

fn of(one: &crate::reference::Sent) -> String {
    let at = Timestamp::from_micros(one.at);
    format!("{at} {} {} {} {} {}", one.customer, one.journey, one.step, one.action, one.channel)
}

fn stands(engine: &Engine, who: &str) -> String {
    let travels = engine.travels(who);
    let mut text = String::new();
    for run in &travels.runs {
        let due = run.due.map(Timestamp::micros);
        write!(text, "{} {} since {} due {due:?}; ", run.journey, run.step, run.entered).unwrap();
    }
    if let Some(last) = travels.ended {
        write!(text, "{} ended as {} at {}", last.journey, last.outcome, last.at).unwrap();
    }
    text
}

fn should_stand(crowd: &Crowd<'_>, who: &str) -> String {
    let Some(own) = crowd.people.get(who) else { return String::new() };
    let mut text = String::new();
    for run in &own.runs {
        let entered = Timestamp::from_micros(run.entered);
        write!(text, "{} {} since {entered} due {:?}; ", run.journey, run.step, run.due).unwrap();
    }
    if let Some((journey, _, how, at)) = own.ended.last() {
        write!(text, "{journey} ended as {how} at {}", Timestamp::from_micros(*at)).unwrap();
    }
    text
}

/// Drops steps as long as it still fails.
fn shrunk(mut world: World, rules: &[Checked], mut why: String) -> (World, String) {
    let mut size = world.steps.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < world.steps.len() {
            let steps = world.steps.clone();
            world.steps.drain(at..(at + size).min(steps.len()));
            match compared(&world, rules, &mut Seen::default()) {
                Err(other) => why = other,
                Ok(()) => {
                    world.steps = steps;
                    at += size;
                }
            }
        }
        size /= 2;
    }
    (world, why)
}

/// So many worlds of a seed from one thread's share on; the first that fails, made small.
fn some(seed: u64, worlds: impl Iterator<Item = u64>, stop: &AtomicBool) -> (Seen, Option<String>) {
    let mut seen = Seen::default();
    for number in worlds {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let world = world(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let both: Result<Vec<Checked>, String> =
            world.texts.iter().map(|text| checked(text)).collect();
        let rules = match both {
            Ok(rules) => rules,
            Err(why) => {
                seen.refused += 1;
                let code = why.find("E1").map_or("other", |at| why.get(at..at + 5).unwrap_or(""));
                *seen.met.entry(format!("refused {code}")).or_default() += 1;
                continue;
            }
        };
        seen.worlds += 1;
        if let Err(why) = compared(&world, &rules, &mut seen) {
            let (world, why) = shrunk(world, &rules, why);
            let steps: String = world.steps.iter().map(|step| format!("{step:?}\n")).collect();
            let journeys = world
                .texts
                .map(|text| text.get(text.find("limits ").unwrap()..).unwrap().to_owned());
            let [one, two] = journeys;
            stop.store(true, Ordering::Relaxed);
            return (
                seen,
                Some(format!("seed {seed}, world {number}: {why}\n{steps}{one}\n=== or\n{two}")),
            );
        }
    }
    (seen, None)
}

fn run(seed: u64, worlds: u64) -> Seen {
    let (stop, total) = (AtomicBool::new(false), Mutex::new(Seen::default()));
    let failed: Mutex<Option<String>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (stop, total, failed) = (&stop, &total, &failed);
            scope.spawn(move || {
                let (seen, why) = some(seed, (thread..worlds).step_by(2), stop);
                total.lock().unwrap().add(seen);
                if let Some(why) = why {
                    failed.lock().unwrap().get_or_insert(why);
                }
            });
        }
    });
    if let Some(why) = failed.into_inner().unwrap() {
        panic!("{why}");
    }
    total.into_inner().unwrap()
}

#[test]
fn journeys_run_as_the_reference_plays_them() {
    let seed = super::number("ONWARD_DIFF_SEED").unwrap_or(super::SEED + 600_000);
    let worlds = super::number("ONWARD_DIFF_WORLDS").unwrap_or(3_000);
    let seen = run(seed, worlds);
    println!("{seen:#?}");
    if worlds >= 300 {
        demand(&seen);
    }
}

/// What a run must have met to count.
fn demand(seen: &Seen) {
    let missing: BTreeSet<&str> = [
        "wait a while",
        "wait for",
        "wait until a weekday",
        "wait until an attribute",
        "wait until an entry",
        "wait until a clock",
        "wait until a day",
        "wait passed at once",
        "wait for seen",
        "wait for over",
        "branch when",
        "branch otherwise",
        "split",
        "sent",
        "taken",
        "does not fit",
        "ended as goal",
        "ended as exit",
        "ended as too_long",
        "ended as opted_out",
        "ended as moved",
        "ended as replaced",
        "ended as done",
        "ended as spared",
        "goal too late",
        "over before a send",
        "by event In",
        "by event NotFor",
        "by event NotAgain",
        "by event Many",
        "asked In",
        "asked NotFor",
        "asked NotAgain",
        "by hand true",
        "by hand false",
        "blocked by Who",
        "blocked by Consent",
        "blocked by Hours",
        "blocked by ContactPolicy",
        "blocked by Dates",
        "blocked for good",
        "sent late, by news",
        "sent late, by an event",
        "sent late, when it ends",
        "sent not, when it ends",
        "still blocked, by an event",
        "still blocked, by news",
        "still blocked, when it ends",
        "transfer stays",
        "transfer refused, in already",
        "transfer stay In",
        "transfer restart In",
        "transfer refuse In",
        "transfer refuse NotFor",
        "transfer refuse NotAgain",
        "transfer stay NotFor",
        "transfer stay NotAgain",
        "stays",
        "moves",
        "moves by name",
        "strands",
    ]
    .into_iter()
    .filter(|word| !seen.met.contains_key(*word))
    .collect();
    assert!(missing.is_empty(), "never met: {missing:?} in {seen:#?}");
    assert!(seen.refused * 2 < seen.worlds, "too many worlds are refused: {seen:#?}");
}

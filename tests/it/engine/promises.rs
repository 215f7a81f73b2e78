//! PROMISES 19, 20 and 23: caps and budgets under eight threads, batches, swaps and bad clocks, against a naive scan
//! of what was granted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Europe::Paris;
use onward::check::rules::{CalendarUnit, Cap, CapPer};
use onward::value::Timestamp;
use onward::{Commit, Engine, Permit, Request, Rules};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

use super::limits::{DAY, HOUR, budget, cap, four_rules, limits, rolling};
use super::noon;

const THREADS: usize = 8;
const CUSTOMERS: u64 = 50;
/// No hold is longer.
const HOLD: i64 = 6 * HOUR;

/// How many requests a run takes: `ONWARD_REQUESTS`, or so many.
pub(super) fn requests(usual: usize) -> usize {
    std::env::var("ONWARD_REQUESTS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Overlapping caps and two budgets; the first action under one of two names.
fn strict(name: &str) -> Rules {
    four_rules(2, |rules| {
        let index = |name: &str| rules.channels.iter().position(|one| one.name == name).unwrap();
        let (email, sms) = (index("email"), index("sms"));
        let mails = Cap { channels: Some([email].into()), ..cap(2, rolling(1)) };
        let week = cap(4, CapPer::Calendar(CalendarUnit::Week));
        let week = Cap { channels: Some([email, sms].into()), each: true, ..week };
        rules.limits = vec![
            limits("mails", vec![mails]),
            limits("reach", vec![week]),
            limits("week", vec![cap(5, rolling(7))]),
        ];
        rules.actions[0].repeat = Some(cap(2, rolling(3)));
        rules.actions[0].budget = Some(budget(20, Some(CalendarUnit::Day)));
        rules.actions[1].budget = Some(budget(1_500, None));
        rules.actions[0].name = name.into();
        rules.actions[0].was = vec![if name == "a" { "a_new" } else { "a" }.into()];
    })
}

/// One treatment that went out.
#[derive(Clone, Debug)]
struct Grant {
    customer: u64,
    decision: String,
    action: String,
    channel: String,
    at: i64,
    /// When it was reserved.
    taken: i64,
}

fn day(micros: i64) -> NaiveDate {
    DateTime::from_timestamp_micros(micros).unwrap().with_timezone(&Paris).date_naive()
}

fn week(micros: i64) -> (i32, u32) {
    let week = day(micros).iso_week();
    (week.year(), week.week())
}

/// What a customer has used of a cap at a moment, by hand.
fn used(grants: &[Grant], customer: u64, at: i64) -> [usize; 5] {
    let own = || grants.iter().filter(|grant| grant.customer == customer);
    let since = |span: i64| own().filter(move |grant| grant.at > at - span && grant.at <= at);
    let of_week = |channel: &'static str| {
        own().filter(move |g| g.channel == channel && g.at <= at && week(g.at) == week(at)).count()
    };
    [
        since(DAY).filter(|grant| grant.channel == "email").count(),
        of_week("email"),
        of_week("sms"),
        since(7 * DAY).count(),
        since(3 * DAY).filter(|grant| grant.action == "a").count(),
    ]
}

const MOST: [usize; 5] = [2, 4, 4, 5, 2];

/// Every window that ends with a grant holds at most what its cap says, and every budget; how many grants there are
/// and how many windows are full.
fn scan(grants: &[Grant]) -> (usize, usize) {
    let mut full = 0;
    let mut by_customer: BTreeMap<u64, Vec<Grant>> = BTreeMap::new();
    let mut days: BTreeMap<NaiveDate, usize> = BTreeMap::new();
    for grant in grants {
        by_customer.entry(grant.customer).or_default().push(grant.clone());
        if grant.action == "a" {
            *days.entry(day(grant.taken)).or_default() += 1;
        }
    }
    for (customer, mut own) in by_customer {
        own.sort_by_key(|grant| grant.at);
        for (index, grant) in own.iter().enumerate() {
            // Nothing older than a week counts, and no more than 80 went out in one.
            let near = &own[index.saturating_sub(80)..own.len().min(index + 81)];
            let used = used(near, customer, grant.at);
            for (used, most) in used.iter().zip(MOST) {
                assert!(*used <= most, "{used} of {most}: {grant:?}\n{near:#?}");
                full += usize::from(*used == most);
            }
        }
    }
    let most = days.values().max().copied().unwrap_or(0);
    assert!(most <= 20, "{most} of a day's 20");
    let total = grants.iter().filter(|grant| grant.action == "b").count();
    assert!(total <= 1_500, "{total} of 1500 in all");
    (grants.len(), full)
}

/// How clocks of a run misbehave.
#[derive(Clone, Copy, Debug)]
pub(super) enum Clock {
    /// Now and then an hour or a day back, or a day ahead.
    Jumps,
    /// So far off for a tenth of the calls.
    Off(i64),
    /// It stands still, but for a day now and then.
    Frozen,
}

struct World {
    engine: Engine,
    clock: Clock,
    ticks: AtomicI64,
}

impl World {
    fn now(&self, chance: &mut Pcg64Mcg) -> Timestamp {
        let tick = self.ticks.fetch_add(1, Ordering::Relaxed);
        let usual = tick * 5 * 60_000_000;
        let moved = match (self.clock, chance.next_u64() % 1000) {
            (Clock::Jumps, 0..10) => usual - HOUR,
            (Clock::Jumps, 10..15) => usual - DAY,
            (Clock::Jumps, 15..17) => usual + DAY,
            (Clock::Off(by), 0..100) => usual + by,
            (Clock::Frozen, _) => usual / (200 * DAY) * 200 * DAY + usual / (2 * DAY) * HOUR,
            _ => usual,
        };
        noon().plus_micros(moved)
    }

    /// One thread's part: what went out, without what came back.
    fn run(&self, seed: u64, thread: usize, requests: usize) -> Vec<Grant> {
        let mut chance = Pcg64Mcg::new(u128::from(seed) << 64 | (thread as u128) << 1 | 1);
        let mut grants: Vec<Grant> = Vec::new();
        let mut waiting: Vec<(u64, Permit)> = Vec::new();
        let mut back: Vec<Permit> = Vec::new();
        let mut done = 0;
        while done < requests {
            let hot = chance.next_u64().is_multiple_of(2);
            let customer = chance.next_u64() % if hot { 4 } else { CUSTOMERS };
            let now = self.now(&mut chance);
            let hold = 60_000_000 + (chance.next_u64() % (HOLD as u64 - 60_000_000)) as i64;
            let permits: Vec<(u64, Permit)> = if chance.next_u64().is_multiple_of(50) {
                let one = |n: u64| {
                    let who = (customer + n * n) % CUSTOMERS;
                    let id = format!("{seed} {thread} {done} {n}");
                    (who, (Request::new(format!("c{who}"), "mail").at(now), id))
                };
                let (who, asked): (Vec<_>, Vec<_>) = (0..8).map(one).unzip();
                done += 8;
                let permits = self.engine.reserve_many_on(&asked, hold, 1);
                who.into_iter().zip(permits.into_iter().map(|one| one.unwrap())).collect()
            } else {
                done += 1;
                let id = format!("{seed} {thread} {done}");
                let request = Request::new(format!("c{customer}"), "mail").at(now);
                vec![(customer, self.engine.reserve(&request, &id, hold).unwrap())]
            };
            for (customer, permit) in permits.into_iter().filter(|(_, one)| !one.is_empty()) {
                match chance.next_u64() % 20 {
                    0..11 => self.commit(customer, &permit, now, &mut grants),
                    11..14 => waiting.push((customer, permit)),
                    14..16 => {
                        assert!(self.engine.release(&permit, now).unwrap() || self.is_late(&permit))
                    }
                    16..18 => {
                        self.commit(customer, &permit, now, &mut grants);
                        back.push(permit);
                    }
                    // Nobody comes for it.
                    _ => {}
                }
            }
            if waiting.len() > 6 {
                for (customer, permit) in waiting.drain(..) {
                    let now = self.now(&mut chance);
                    self.commit(customer, &permit, now, &mut grants);
                    // And once more.
                    let _ = self.engine.commit(&permit, now);
                }
            }
            for permit in back.drain(..back.len() / 4) {
                let now = self.now(&mut chance);
                if self.engine.release(&permit, now).unwrap() {
                    let id = permit.decision().decision_id.as_deref().unwrap();
                    grants.retain(|grant| grant.decision != id);
                }
            }
        }
        grants
    }

    /// Somebody else's clock may have ended it.
    fn is_late(&self, permit: &Permit) -> bool {
        !self.engine.commit(permit, permit.taken_at()).is_go()
    }

    fn commit(&self, customer: u64, permit: &Permit, now: Timestamp, grants: &mut Vec<Grant>) {
        let Commit::Go(at) = self.engine.commit(permit, now) else { return };
        for treatment in &permit.decision().treatments {
            let action = if treatment.action == "a_new" { "a" } else { &treatment.action };
            grants.push(Grant {
                customer,
                decision: permit.decision().decision_id.clone().unwrap(),
                action: action.into(),
                channel: treatment.channel.clone(),
                at: at.micros(),
                taken: permit.taken_at().micros(),
            });
        }
    }

    /// Free and used are the cap, for every customer and budget, once all holds are over.
    fn nothing_leaked(&self, grants: &[Grant]) -> usize {
        let newest = |grant: &Grant| grant.at.max(grant.taken);
        let last = grants.iter().map(newest).max().unwrap_or(0).max(noon().micros());
        let usual = noon().micros() + self.ticks.load(Ordering::Relaxed) * 5 * 60_000_000;
        let ahead = match self.clock {
            Clock::Off(by) => by.max(0),
            _ => DAY,
        };
        let end = Timestamp::from_micros(last.max(usual + ahead) + HOLD);
        self.engine.expire(end);
        let send = |customer: &str, action: &str, channel: &str, n: usize| {
            let id = format!("end {action} {channel} {n}");
            let permit = self.engine.reserve_send(customer, action, channel, end, &id, HOLD);
            permit.is_ok_and(|permit| self.engine.commit(&permit, end).is_go())
        };
        let mut free = 0;
        for customer in 0..CUSTOMERS {
            let own = used(grants, customer, end.micros());
            let wanted = (MOST[0] - own[0]).min(MOST[1] - own[1]).min(MOST[3] - own[3]);
            let name = format!("c{customer}");
            let got = (0..10).take_while(|n| send(&name, "c", "email", *n)).count();
            assert_eq!(got, wanted, "{name} has used {own:?} of {MOST:?}");
            free += got;
        }
        let today = grants.iter().filter(|g| g.action == "a" && day(g.taken) == day(end.micros()));
        let a = if self.engine.program().rules().actions[0].name == "a" { "a" } else { "a_new" };
        let got = (0..99).take_while(|n| send(&format!("fresh {n}"), a, "email", 0)).count();
        assert_eq!(got, 20 - today.count(), "the day's budget");
        let ever = grants.iter().filter(|grant| grant.action == "b").count();
        let got = (0..2_000).take_while(|n| send(&format!("new {n}"), "b", "email", 0)).count();
        assert_eq!(got, 1_500 - ever, "the budget in all");
        free
    }
}

fn world(clock: Clock) -> World {
    World { engine: Engine::new(&strict("a")), clock, ticks: AtomicI64::new(0) }
}

/// A whole run: grants, full windows, what was free at the end.
fn run(seed: u64, requests: usize, threads: usize, clock: Clock) -> (usize, usize, usize, u64) {
    let world = world(clock);
    let over = AtomicBool::new(false);
    let grants = std::thread::scope(|scope| {
        scope.spawn(|| {
            for name in ["a_new", "a"].into_iter().cycle() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                world.engine.swap(world.engine.compile(&strict(name))).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        });
        let world = &world;
        let start = |thread| scope.spawn(move || world.run(seed, thread, requests / threads));
        let threads: Vec<_> = (0..threads).map(start).collect();
        let grants: Vec<Grant> =
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        over.store(true, Ordering::Relaxed);
        grants
    });
    let (sent, full) = scan(&grants);
    let free = world.nothing_leaked(&grants);
    (sent, full, free, world.engine.stats().clock_behind)
}

#[test]
fn no_cap_is_exceeded_and_none_leaks_under_eight_threads() {
    let requests = requests(100_000);
    for seed in 1..=5 {
        let (sent, full, free, behind) = run(seed, requests, THREADS, Clock::Jumps);
        println!("seed {seed}: {requests} requests, {sent} sent, {full} full windows, {free} free");
        assert!(sent > requests / 40 && full > sent / 4 && free > 0, "nothing was put to the test");
        assert!(behind > 0, "no clock went back");
    }
}

#[test]
fn caps_hold_whatever_the_clock_does() {
    let year = 365 * DAY;
    let clocks = [Clock::Off(-HOUR), Clock::Off(-DAY), Clock::Off(year), Clock::Frozen];
    for (number, clock) in clocks.into_iter().cycle().take(10).enumerate() {
        let (sent, _, _, behind) = run(number as u64 + 77, requests(100_000) / 20, 4, clock);
        assert!(sent > 0, "{clock:?}");
        // A thread that was held up is behind a frozen clock that has moved on meanwhile, too.
        assert!(behind > 0 || matches!(clock, Clock::Frozen), "{clock:?}: the alarm");
    }
}

//! Caps, pauses and budgets: what counts, on both sides of every edge, and what is told of it.

use onward::check::rules::{Budget, CalendarUnit, Cap, CapPer, Limits, Line, Outcome, Pause};
use onward::value::Timestamp;
use onward::{Commit, Customer, Engine, Feedback, Permit, Request, ReserveError, Rules};

use super::{HEAD, Shop, at, noon, offer, rules};

pub(super) const HOUR: i64 = 3_600_000_000;
pub(super) const DAY: i64 = 24 * HOUR;

/// A line that says `text`, at a place of its own.
pub(super) fn line(number: u32, text: &str) -> Line {
    Line { file: "shop.journey".into(), line: number, column: 3, text: text.into() }
}

/// A cap on everything.
pub(super) fn cap(most: u32, per: CapPer) -> Cap {
    let text = format!("at most {most}");
    Cap { most, shown: false, per, channels: None, each: false, line: line(40, &text) }
}

pub(super) fn rolling(days: i64) -> CapPer {
    CapPer::Rolling { micros: days * DAY }
}

/// Limits on everything.
pub(super) fn limits(name: &str, caps: Vec<Cap>) -> Limits {
    Limits {
        name: name.into(),
        description: String::new(),
        purposes: None,
        actions: None,
        caps,
        pauses: Vec::new(),
        line: line(39, &format!("limits {name}")),
    }
}

/// Three rejected in 30 days pause for 60.
pub(super) fn pause(count: u32) -> Pause {
    Pause {
        count,
        outcome: Outcome::Rejected,
        reach: 30 * DAY,
        pause: 60 * DAY,
        line: line(45, "after 3 rejected in the last 30 days pause 60 days"),
    }
}

pub(super) fn budget(most: u64, per: Option<CalendarUnit>) -> Budget {
    Budget { most, per, line: line(50, "budget: at most so many") }
}

/// A service action by email and SMS, which needs no consent and minds no hours.
pub(super) fn service(name: &str, propensity: u32) -> String {
    let text = |channel: &str, field: &str| {
        let field = |tag: &str| match field {
            "text" => format!("{tag} {{ text: \"{name}\" }}"),
            _ => format!("{tag} {{ subject: \"s\", body: \"{name}\" }}"),
        };
        format!("message {channel} {{ {}, {} }}", field("en"), field("fr"))
    };
    format!(
        "action {name} {{ owner: crm, purpose: service, stage: grow, value: EUR 10, \
         propensity: {propensity}%, approved_by: \"legal, 2026-08-14\"\n{}\n{}\n}}\n",
        text("email", "subject"),
        text("sms", "text"),
    )
}

/// A placement by email, then SMS.
pub(super) fn mail(show: u32) -> String {
    format!(
        "placement mail {{ channels: first of [email, sms], show: {show}, candidates: all, \
         ranking: plain, fallback: nothing }}\n"
    )
}

/// Actions `a` to `d` by email and SMS, best first, and what is done to the rules.
pub(super) fn four(show: u32, change: impl FnOnce(&mut Rules)) -> Shop {
    Shop { engine: Engine::new(&four_rules(show, change)) }
}

pub(super) fn four_rules(show: u32, change: impl FnOnce(&mut Rules)) -> Rules {
    let actions: String =
        ["a", "b", "c", "d"].iter().zip([40, 30, 20, 10]).map(|(n, p)| service(n, p)).collect();
    let text = format!("{HEAD}customer {{ x: optional number }}\n{actions}{}", mail(show));
    let mut rules = rules(&text);
    change(&mut rules);
    rules
}

impl Shop {
    /// Names of what a customer gets by mail, with the channel.
    pub(super) fn mail(&self, customer: &str, at: Timestamp) -> String {
        let decision = self.ask(&Request::new(customer, "mail").at(at));
        let one = |t: &onward::decision::Treatment| format!("{}:{}", t.action, t.channel);
        decision.treatments.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn reserve(&self, customer: &str, id: &str, at: Timestamp) -> Permit {
        let request = Request::new(customer, "mail").at(at);
        self.engine.reserve(&request, id, DAY).expect("a good question")
    }

    /// Reserved and committed at once: what went out.
    pub(super) fn send(&self, customer: &str, id: &str, at: Timestamp) -> String {
        let permit = self.reserve(customer, id, at);
        let actions = permit.decision().actions().collect::<Vec<_>>().join(" ");
        match permit.is_empty() || self.engine.commit(&permit, at).is_go() {
            true => actions,
            false => "expired".into(),
        }
    }

    pub(super) fn send_hand(
        &self,
        customer: &str,
        treatment: (&str, &str),
        at: Timestamp,
        id: &str,
    ) -> Result<Commit, Vec<String>> {
        let (action, channel) = treatment;
        match self.engine.reserve_send(customer, action, channel, at, id, DAY) {
            Ok(permit) => Ok(self.engine.commit(&permit, at)),
            Err(ReserveError::Refused { reasons, .. }) => Err(reasons
                .iter()
                .map(|reason| match &reason.name {
                    Some(name) => format!("{} {name}", reason.stage.word()),
                    None => reason.stage.word().to_owned(),
                })
                .collect()),
            Err(other) => panic!("{other}"),
        }
    }

    /// What refuses an action by email: stage and name, and when it ends.
    pub(super) fn refused(&self, customer: &str, action: &str, at: Timestamp) -> Vec<String> {
        let request = Request::new(customer, "mail").at(at);
        let told = self.engine.explain(&request).expect("a good question");
        let own = told.candidates.iter().find(|c| c.action == action && c.channel == "email");
        let onward::decision::Standing::Blocked { reasons } = &own.expect("a candidate").standing
        else {
            return Vec::new();
        };
        let word = |reason: &onward::decision::Reason| {
            let name = reason.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
            let until = reason.until.map(|until| format!(" until {until}")).unwrap_or_default();
            let line = reason.line.as_ref().map(|line| format!(" line {}", line.line));
            format!("{}{name}{until}{}", reason.stage.word(), line.unwrap_or_default())
        };
        reasons.iter().map(word).collect()
    }
}

pub(super) fn plus(time: Timestamp, micros: i64) -> Timestamp {
    time.plus_micros(micros)
}

#[test]
fn a_week_is_168_hours_and_not_169() {
    let shop = four(1, |rules| rules.limits = vec![limits("week", vec![cap(1, rolling(7))])]);
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.mail("c", plus(noon(), 168 * HOUR - 1)), "");
    assert_eq!(shop.mail("c", plus(noon(), 168 * HOUR)), "a:email");
    assert_eq!(shop.mail("other", plus(noon(), HOUR)), "a:email");
}

#[test]
fn the_older_end_is_excluded_and_now_is_included() {
    let shop = four(1, |rules| rules.limits = vec![limits("day", vec![cap(1, rolling(1))])]);
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.mail("c", noon()), "", "sent now counts now");
    assert_eq!(shop.mail("c", plus(noon(), DAY - 1)), "");
    assert_eq!(shop.mail("c", plus(noon(), DAY)), "a:email");
}

#[test]
fn a_cap_says_which_line_and_until_when() {
    let shop = four(1, |rules| {
        rules.limits = vec![limits("day", vec![cap(2, rolling(1)), cap(2, CapPer::Total)])];
    });
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.send("c", "2", plus(noon(), HOUR)), "a");
    let refused = shop.refused("c", "a", plus(noon(), 2 * HOUR));
    assert_eq!(
        refused,
        ["limits day until 2026-09-09T10:00:00Z line 40", "limits day line 40"],
        "a window ends with its oldest contact, a total never"
    );
    // What is reserved and not sent ends with its hold.
    let shop = four(1, |rules| rules.limits = vec![limits("day", vec![cap(1, rolling(3))])]);
    let permit = shop.reserve("c", "1", noon());
    assert_eq!(permit.expires_at(), plus(noon(), DAY));
    let refused = shop.refused("c", "a", plus(noon(), HOUR));
    assert_eq!(refused, ["limits day until 2026-09-09T10:00:00Z line 40"]);
}

#[test]
fn imported_shows_count_and_may_put_a_window_over_its_cap() {
    let shop = four(1, |rules| {
        rules.limits = vec![limits("week", vec![cap(2, rolling(7))])];
        let service = rules.purposes.iter().position(|one| one.name == "service");
        rules.limits[0].purposes = service.map(|one| [one].into());
    });
    // An action that the rules do not know has no purpose.
    shop.engine.put(&Customer::new("c").shown("z", "web", noon())).unwrap();
    shop.engine.put(&Customer::new("c").shown("a", "web", noon())).unwrap();
    assert_eq!(shop.mail("c", plus(noon(), HOUR)), "a:email");
    for hour in 1..4 {
        shop.engine.put(&Customer::new("c").shown("b", "web", plus(noon(), hour * HOUR))).unwrap();
    }
    assert_eq!(shop.mail("c", plus(noon(), 5 * HOUR)), "");
    let refused = shop.refused("c", "a", plus(noon(), 5 * HOUR));
    assert_eq!(refused, ["limits week until 2026-09-15T12:00:00Z line 40"]);
    // Shows of the future are not forgotten either, and imports do not move the clock.
    shop.engine.put(&Customer::new("d").shown("a", "web", plus(noon(), 9 * DAY))).unwrap();
    // Told again, it is the same.
    shop.engine.put(&Customer::new("d").shown("a", "web", plus(noon(), 9 * DAY))).unwrap();
    assert_eq!(shop.mail("d", noon()), "a:email");
    shop.engine.put(&Customer::new("d").shown("a", "sms", plus(noon(), 9 * DAY))).unwrap();
    assert_eq!(shop.mail("d", noon()), "");
}

#[test]
fn channels_together_or_each() {
    let index = |rules: &Rules, name: &str| {
        rules.channels.iter().position(|one| one.name == name).expect("a channel")
    };
    let of = |each: bool| {
        four(1, |rules| {
            let both = [index(rules, "email"), index(rules, "sms")].into();
            let own = Cap { channels: Some(both), each, ..cap(1, rolling(7)) };
            rules.limits = vec![limits("reach", vec![own])];
        })
    };
    let (together, each) = (of(false), of(true));
    for shop in [&together, &each] {
        assert_eq!(shop.mail("c", noon()), "a:email");
        assert_eq!(shop.send("c", "1", noon()), "a");
    }
    assert_eq!(together.mail("c", noon()), "");
    // By SMS there is one left, and then none.
    assert_eq!(each.mail("c", noon()), "a:sms");
    assert_eq!(each.send("c", "2", noon()), "a");
    assert_eq!(each.mail("c", noon()), "");
    // What comes by the web is not capped, and does not count.
    together.engine.put(&Customer::new("w").shown("a", "web", noon())).unwrap();
    assert_eq!(together.mail("w", noon()), "a:email");
}

#[test]
fn limits_on_some_actions_or_purposes_leave_the_others_alone() {
    let shop = four(1, |rules| {
        let a = rules.actions.iter().position(|one| one.name == "a").unwrap();
        let own = limits("own", vec![cap(1, rolling(7))]);
        rules.limits = vec![Limits { actions: Some([a].into()), ..own }];
    });
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.mail("c", noon()), "b:email");
    let shop = four(1, |rules| {
        let marketing = rules.purposes.iter().position(|one| one.name == "marketing").unwrap();
        let own = limits("own", vec![cap(1, rolling(7))]);
        rules.limits = vec![Limits { purposes: Some([marketing].into()), ..own }];
    });
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.mail("c", noon()), "a:email");
}

#[test]
fn repeat_counts_the_action_alone() {
    let shop = four(1, |rules| rules.actions[0].repeat = Some(cap(1, rolling(30))));
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.send("c", "2", noon()), "b");
    assert_eq!(shop.send("c", "3", noon()), "b");
    let refused = shop.refused("c", "a", noon());
    assert_eq!(refused, ["limits repeat until 2026-10-08T10:00:00Z line 40"]);
    assert_eq!(shop.mail("c", plus(noon(), 30 * DAY)), "a:email");
}

#[test]
fn a_cap_on_shows_counts_them_when_they_are_reported() {
    let shop = four(1, |rules| {
        let shown = Cap { shown: true, ..cap(1, rolling(1)) };
        rules.limits = vec![limits("shows", vec![shown])];
    });
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.mail("c", plus(noon(), DAY - 1)), "", "until then it counts as sent");
    let later = plus(noon(), 5 * HOUR);
    assert!(shop.engine.report_shown("c", "1", None, later).unwrap());
    assert!(!shop.engine.report_shown("c", "1", None, noon()).unwrap(), "the first report stands");
    assert_eq!(shop.mail("c", plus(later, DAY - 1)), "");
    assert_eq!(shop.mail("c", plus(later, DAY)), "a:email");
    assert!(!shop.engine.report_shown("nobody", "1", None, later).unwrap());
}

#[test]
fn outcomes_pause_from_the_one_with_which_there_are_enough() {
    let shop = four(1, |rules| rules.actions[0].pauses = vec![pause(3)]);
    let no = |at: Timestamp, id: &str| {
        let news = Feedback::new("c", "a", "email", Outcome::Rejected, at).decision(id);
        shop.engine.outcome(&news).unwrap()
    };
    assert!(no(noon(), "1"));
    assert!(no(plus(noon(), 10 * DAY), "2"));
    assert!(!no(plus(noon(), 11 * DAY), "2"), "the same outcome of the same decision counts once");
    assert_eq!(shop.mail("c", plus(noon(), 11 * DAY)), "a:email");
    // Thirty days to the microsecond: the first does not belong to them any more.
    assert!(no(plus(noon(), 30 * DAY), "3"));
    assert_eq!(shop.mail("c", plus(noon(), 30 * DAY)), "a:email");
    assert!(no(plus(noon(), 31 * DAY), "4"));
    assert_eq!(shop.mail("c", plus(noon(), 31 * DAY - 1)), "a:email", "it has not happened yet");
    assert_eq!(shop.mail("c", plus(noon(), 31 * DAY)), "b:email");
    assert_eq!(
        shop.refused("c", "a", plus(noon(), 40 * DAY)),
        ["limits pause until 2026-12-08T10:00:00Z line 45"]
    );
    assert_eq!(shop.mail("c", plus(noon(), 91 * DAY - 1)), "b:email");
    assert_eq!(shop.mail("c", plus(noon(), 91 * DAY)), "a:email");
}

#[test]
fn a_pause_in_limits_counts_and_shuts_its_scope() {
    let shop = four(1, |rules| {
        let own = limits("calm", Vec::new());
        let two: std::collections::BTreeSet<usize> = [0, 1].into();
        rules.limits = vec![Limits { actions: Some(two), pauses: vec![pause(2)], ..own }];
    });
    for (action, at) in [("a", noon()), ("c", noon()), ("b", plus(noon(), DAY))] {
        let news = Feedback::new("c", action, "sms", Outcome::Rejected, at);
        assert!(shop.engine.outcome(&news).unwrap());
    }
    assert_eq!(shop.mail("c", plus(noon(), DAY - 1)), "a:email");
    assert_eq!(shop.mail("c", plus(noon(), DAY)), "c:email");
    // Another outcome does not count.
    let news = Feedback::new("d", "a", "sms", Outcome::Clicked, noon());
    assert!(shop.engine.outcome(&news).unwrap() && shop.engine.outcome(&news).unwrap());
    assert_eq!(shop.mail("d", noon()), "a:email");
}

#[test]
fn a_budget_is_for_all_customers_together() {
    let shop = four(1, |rules| {
        rules.actions[0].budget = Some(budget(2, Some(CalendarUnit::Day)));
    });
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.send("c", "2", noon()), "a");
    assert_eq!(shop.send("d", "1", noon()), "b");
    // The day is Paris's: it begins at 22:00Z.
    assert_eq!(shop.refused("d", "a", noon()), ["budget until 2026-09-08T22:00:00Z line 50"]);
    assert_eq!(shop.mail("d", at("2026-09-08T21:59:59Z")), "b:email");
    assert_eq!(shop.mail("d", at("2026-09-08T22:00:00Z")), "a:email");
    let shop = four(1, |rules| rules.actions[0].budget = Some(budget(1, None)));
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.mail("d", plus(noon(), 900 * DAY)), "b:email");
    assert_eq!(shop.refused("d", "a", noon()), ["budget line 50"]);
}

/// `lost`: what is not kept any more may have been in the window.
#[test]
fn a_window_that_reaches_back_to_what_is_not_kept_refuses() {
    let shop = four(1, |rules| {
        rules.limits =
            vec![limits("much", vec![cap(20_000, rolling(1)), cap(10_003, CapPer::Total)])];
    });
    let mut news = Customer::new("c");
    for number in 0..10_002 {
        news = news.shown("a", "web", plus(noon(), number));
    }
    shop.engine.put(&news).unwrap();
    let last_lost = plus(noon(), 1);
    assert_eq!(shop.mail("c", plus(last_lost, DAY - 1)), "");
    assert_eq!(
        shop.refused("c", "a", plus(last_lost, DAY - 1)),
        ["limits much until 2026-09-09T10:00:00.000001Z line 40"]
    );
    assert_eq!(shop.mail("c", plus(last_lost, DAY)), "a:email");
    // A total stays exact.
    assert_eq!(shop.send("c", "1", plus(noon(), 2 * DAY)), "a");
    assert_eq!(shop.mail("c", plus(noon(), 2 * DAY)), "");
}

#[test]
fn every_gate_that_refuses_is_told() {
    let shop = four(1, |rules| {
        rules.limits = vec![limits("zz", vec![cap(1, rolling(7))])];
        rules.actions[0].repeat = Some(cap(1, rolling(30)));
        rules.actions[0].pauses = vec![pause(1)];
        rules.actions[0].budget = Some(budget(1, None));
    });
    assert_eq!(shop.send("c", "1", noon()), "a");
    let news = Feedback::new("c", "a", "email", Outcome::Rejected, noon());
    assert!(shop.engine.outcome(&news).unwrap());
    let blocked = shop.blocked(&Request::new("c", "mail").at(noon()), "a");
    assert_eq!(
        blocked,
        [
            "limits zz",
            "limits repeat",
            "limits pause",
            "budget",
            "limits zz",
            "limits repeat",
            "limits pause",
            "budget"
        ]
    );
    let hand = shop.send_hand("c", ("a", "sms"), noon(), "2");
    assert_eq!(
        hand,
        Err(["limits zz", "limits repeat", "limits pause", "budget"].map(str::to_owned).to_vec())
    );
    let decision = shop.ask(&Request::new("c", "mail").at(noon()));
    let refused: Vec<_> = decision.summary.refused.iter().map(|(s, n)| (s.word(), *n)).collect();
    assert_eq!(refused, [("limits", 8)]);
}

/// Limits that stand before nothing here cost a decision nothing and change nothing.
#[test]
fn rules_without_limits_decide_as_ever() {
    let shop =
        Shop::new(&format!("customer {{ x: optional number }}\n{}{}", offer("a", ""), super::HOME));
    shop.engine.put(&Customer::new("c").shown("a", "web", noon())).unwrap();
    assert_eq!(shop.home("c", noon()), "a");
}

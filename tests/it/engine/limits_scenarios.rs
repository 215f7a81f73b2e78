//! Limits as authors write them, in scenarios: what is sent, what is blocked, and what a failure says.

use onward::scenario::run;
use onward::{Customer, Engine};

use super::limits::{DAY, HOUR, plus};
use super::{HEAD, Shop, noon, rules};

/// A marketing action on three channels, a service one by email, and limits on both.
fn text(steps: &str) -> String {
    format!(
        "{HEAD}customer {{ x: optional number }}\n\
         limits pressure {{\n  purpose: marketing\n  at most 2 per 7 days on [email, sms] together\n}}\n\
         limits quiet {{ at most 3 per calendar day on email }}\n\
         action deal {{\n  owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 5%\n  \
         budget: at most 4 in total\n  repeat: at most 3 per 30 days\n  \
         after 1 complained in the last 1 day pause 30 days\n  \
         message web {{ en {{ banner: \"d\" }}, fr {{ banner: \"d\" }} }}\n  \
         message email {{ en {{ subject: \"d\", body: \"d\" }}, fr {{ subject: \"d\", body: \"d\" }} }}\n  \
         message sms {{ en {{ text: \"d\" }}, fr {{ text: \"d\" }} }}\n}}\n\
         action receipt {{\n  owner: crm, purpose: service, stage: grow, value: EUR 1, propensity: 5%\n  \
         approved_by: \"legal, 2026-08-14\"\n  \
         message email {{ en {{ subject: \"r\", body: \"r\" }}, fr {{ subject: \"r\", body: \"r\" }} }}\n}}\n\
         placement mail {{ channels: first of [email, sms], show: 2, candidates: all, ranking: plain, fallback: nothing }}\n\
         persona lea {{ x: 1, timezone: \"Europe/Paris\", consent: [email, sms] }}\n\
         scenario \"Lea\" {{\n  given lea\n{steps}\n}}\n"
    )
}

fn failures(steps: &str) -> Vec<(String, String, String)> {
    let results = run(&rules(&text(steps)));
    let told = |failure: &onward::scenario::Failure| {
        (failure.expected.clone(), failure.got.clone(), failure.because.join("; "))
    };
    results.iter().flat_map(|result| &result.failures).map(told).collect()
}

#[test]
fn what_is_sent_counts_and_what_is_blocked_says_so() {
    let steps = "  at 2026-09-07 10:00 send deal by email expect sent
  at 2026-09-08 10:00 send deal by sms
  at 2026-09-09 10:00 send deal by email expect blocked by limits pressure
  at 2026-09-09 10:00 send deal by email expect blocked by limits
  at 2026-09-09 10:00 ask mail expect deal blocked by limits pressure
  at 2026-09-09 10:00 ask mail expect shown [receipt]
  at 2026-09-09 10:00 send deal by web expect sent
  at 2026-09-09 10:01 send deal by web expect blocked by repeat
  at 2026-09-14 09:59 send deal by sms expect blocked by limits pressure
  at 2026-09-14 10:00 ask mail expect deal blocked by repeat
  at 2026-10-09 10:00 withdraw consent email
  at 2026-10-09 10:01 send deal by email expect blocked by consent email
  at 2026-10-09 10:01 send receipt by email expect sent
  at 2026-10-09 10:02 grant consent email for marketing
  at 2026-10-09 10:03 send deal by email expect sent
  at 2026-10-09 10:04 send deal by sms expect blocked by budget
  at 2026-10-09 23:00 send deal by sms expect blocked by send_hours daytime
  at 2026-10-09 23:01 send receipt by email expect sent
  at 2026-10-09 23:02 send receipt by email expect blocked by limits quiet
  at 2026-10-10 00:00 send receipt by email expect sent";
    assert_eq!(failures(steps), []);
}

/// Budgets are for all customers together; scenarios know nothing of each other.
#[test]
fn a_budget_that_one_scenario_uses_up_is_whole_for_the_next() {
    let sends = "  at 2026-09-07 10:00 send deal by web expect sent\n  at 2026-09-08 10:00 send deal by web expect sent";
    let again = format!("{sends}\n}}\nscenario \"again\" {{\n  given lea\n{sends}");
    let third = format!("{again}\n}}\nscenario \"and again\" {{\n  given lea\n{sends}");
    assert_eq!(failures(&third), []);
}

#[test]
fn a_failure_says_which_line_blocked_and_until_when() {
    let steps = "  at 2026-09-07 10:00 send deal by email expect blocked by limits
  at 2026-09-08 10:00 send deal by email
  at 2026-09-08 10:00 send deal by email expect sent
  at 2026-09-08 10:00 send deal by email expect blocked by repeat";
    let failures = failures(steps);
    let told = |at: usize| (failures[at].0.as_str(), failures[at].1.as_str());
    assert_eq!(told(0), ("blocked by limits", "sent"));
    assert_eq!(told(1), ("sent", "blocked by limits pressure"));
    assert_eq!(told(2), ("blocked by repeat", "blocked by limits pressure"));
    let because = &failures[1].2;
    assert_eq!(
        because,
        "limits pressure blocked `deal` on email: `at most 2 per 7 days on [email, sms] together`: \
         2 sent (shop.journey line 14), until 2026-09-14T08:00:00Z"
    );
    assert_eq!(failures.len(), 3);
}

/// The engine that runs the scenarios decides the same for real customers, and budgets are everybody's.
#[test]
fn limits_of_a_text_hold_for_customers() {
    let shop =
        Shop { engine: Engine::new(&rules(&text("  at 2026-09-07 10:00 send deal by web"))) };
    for id in ["a", "b"] {
        let consents = Customer::new(id).set("timezone", "Europe/Paris");
        let consents = consents.grant("email", "marketing").grant("sms", "marketing");
        shop.engine.put(&consents).unwrap();
    }
    assert_eq!(shop.mail("a", noon()), "deal:email receipt:email");
    assert_eq!(shop.send("a", "1", noon()), "deal receipt");
    // Three mails a day, of any purpose: behind the second deal none is left.
    assert_eq!(shop.send("a", "2", plus(noon(), HOUR)), "deal");
    assert_eq!(shop.mail("a", plus(noon(), 2 * HOUR)), "");
    assert_eq!(shop.mail("a", plus(noon(), DAY)), "receipt:email");
    assert_eq!(shop.send("b", "1", noon()), "deal receipt");
    assert_eq!(shop.send("b", "2", noon()), "deal");
    let told = shop.refused("b", "deal", plus(noon(), 20 * DAY));
    assert_eq!(told, ["budget line 19"]);
}

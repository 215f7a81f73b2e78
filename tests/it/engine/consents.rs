//! Consent under every name of channel and purpose: random histories, engine beside reference.

use std::collections::BTreeMap;

use onward::decision::{Stage, Standing};
use onward::syntax::Limits;
use onward::value::Timestamp;
use onward::{Context, Customer, Engine, Request, Source, check};

use crate::reference::Rules;
use crate::syntax::generate::Dice;

const RULES: &str = r#"
workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en] }
purpose promo was marketing was news { consent_needed: [mail, sms] }
purpose survey { consent_needed: [mail, sms] }
channel mail was email was post { }
channel sms { }
ranking best { score: value }
action offer { purpose: promo, value: EUR 2, propensity: 50%
  message mail { en { text: "x" } }, message sms { en { text: "x" } } }
action ask { purpose: survey, value: EUR 1, propensity: 50%
  message mail { en { text: "x" } }, message sms { en { text: "x" } } }
placement by_mail { channel: mail, show: 2, candidates: all, ranking: best, fallback: nothing }
placement by_sms { channel: sms, show: 2, candidates: all, ranking: best, fallback: nothing }
"#;

const CHANNELS: [&str; 5] = ["mail", "email", "post", "sms", "fax"];
const PURPOSES: [&str; 5] = ["promo", "marketing", "news", "survey", "other"];

/// Adds words about consent to a record: grants, withdrawals, and withdrawals for every purpose of a channel.
pub(crate) fn words(
    dice: &mut Dice,
    mut news: Customer,
    channels: &[&str],
    purposes: &[&str],
) -> Customer {
    for _ in 0..=dice.below(3) {
        let channel = dice.pick(channels);
        news = match dice.below(5) {
            0 => news.withdraw_all(channel),
            1 => news.withdraw(channel, dice.pick(purposes)),
            _ => news.grant(channel, dice.pick(purposes)),
        };
    }
    news
}

#[test]
fn random_histories_of_consent_give_engine_and_reference_one_answer() {
    let source = Source::new("shop.journey", RULES);
    let checked = check(std::slice::from_ref(&source), &Context::default());
    let engine = Engine::new(&checked.rules.expect("good rules"));
    let trees = [onward::syntax::parse(&source, &Limits::default()).0];
    let rules = Rules::new(&trees);
    let at = Timestamp::parse("2026-09-08T10:00:00Z").expect("an instant");
    let (mut given, mut refused) = (0, 0);
    for seed in 0..20_000 {
        let mut dice = Dice(seed);
        let records: Vec<Customer> = (0..=dice.below(5))
            .map(|_| {
                let day = i64::try_from(dice.below(4)).unwrap_or(0);
                let news = Customer::new("c").updated(Timestamp::from_millis(day));
                words(&mut dice, news, &CHANNELS, &PURPOSES)
            })
            .collect();
        engine.forget("c");
        records.iter().for_each(|record| engine.put(record).expect("fits"));
        let person = rules.person(&records);
        for (placement, channel) in [("by_mail", "mail"), ("by_sms", "sms")] {
            let explained =
                engine.explain(&Request::new("c", placement).at(at)).expect("explained");
            let chosen: Vec<&str> = explained.decision.actions().collect();
            for (action, purpose) in [("offer", "promo"), ("ask", "survey")] {
                let holds = rules.consents(&person, channel, purpose);
                *(if holds { &mut given } else { &mut refused }) += 1;
                assert_eq!(
                    chosen.contains(&action),
                    holds,
                    "seed {seed}, {channel}, {purpose}: {records:#?}"
                );
                // `explain` looks the names up by itself.
                let account: BTreeMap<&str, bool> = explained
                    .candidates
                    .iter()
                    .map(|candidate| {
                        let blocked = matches!(&candidate.standing, Standing::Blocked { reasons }
                            if reasons.iter().any(|reason| reason.stage == Stage::Consent));
                        (candidate.action.as_str(), !blocked)
                    })
                    .collect();
                assert_eq!(account.get(action), Some(&holds), "seed {seed}: {records:#?}");
            }
        }
    }
    assert!(given > 10_000 && refused > 10_000, "{given} given, {refused} refused");
}

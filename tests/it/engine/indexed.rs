//! The index answers as looking at every candidate does: by hand where it could go wrong, and over many actions.

use std::fmt::Write as _;

use allocation_counter::measure;
use onward::value::Value;
use onward::{Answer, Customer, Engine, Request};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

use super::{HEAD, HOME, Shop, noon, offer, rules};

/// `n` segments on one attribute, each used by an action of its own that only those in it get.
fn segments(n: usize) -> String {
    let mut text = String::new();
    for i in 0..n {
        let _ = writeln!(text, "segment s{i:02} {{ x >= {i} }}");
        text += &offer(&format!("b{i:02}"), &format!("who {{ in segment s{i:02} }}"));
    }
    text
}

#[test]
fn a_segment_that_cannot_be_decided_is_not_surely_out() {
    // Three segments are levels of their own, sixty are one set.
    for n in [3, 60] {
        let text = format!(
            "customer {{ x: optional number }}\n{}{}{}{HOME}",
            segments(n),
            offer("never_in", "never { in segment s02 (if_unknown: yes) }"),
            offer("out", "who { not in segment s02 (if_unknown: no) }"),
        );
        let shop = Shop::new(&text)
            .with(Customer::new("one").set("x", 1_i64))
            .with(Customer::new("two").set("x", 2_i64));
        assert_eq!(shop.home("one", noon()), "b00 b01 never_in");
        assert_eq!(shop.home("two", noon()), "b00 b01 b02");
        assert_eq!(shop.home("nobody", noon()), "");
    }
}

#[test]
fn outside_a_range_begins_right_behind_its_end() {
    let text = format!(
        "customer {{ x: optional number }}\n{}{HOME}",
        offer("a", "never { x in 1 to 3 (if_unknown: yes) }"),
    );
    let shop = Shop::new(&text);
    for (x, wanted) in [("0.9", "a"), ("1", ""), ("2", ""), ("3", ""), ("3.0000000000000004", "a")]
    {
        shop.engine.put(&Customer::new("c").set("x", x)).unwrap();
        assert_eq!(shop.home("c", noon()), wanted, "{x}");
    }
}

#[test]
fn an_action_that_misses_a_required_attribute_makes_room_for_the_next() {
    let worth = offer("a", "weight: 9").replace("value: EUR 10", "value: worth");
    let shop = Shop::new(&format!(
        "customer {{ worth: required money EUR 0 to EUR 100 }}\n{worth}{}{}{HOME}",
        offer("b", ""),
        offer("c", "who { worth >= EUR 0 }")
    ))
    .with(Customer::new("c").set("worth", "EUR 10.00"));
    assert_eq!(shop.home("c", noon()), "a b c");
    assert_eq!(shop.home("nobody", noon()), "b");
}

#[test]
fn a_stand_in_beyond_what_customers_can_have_is_within_the_bound() {
    let hoped = |name: &str, chance: &str| {
        offer(name, "").replace("propensity: 50%", &format!("propensity: {chance}"))
    };
    let home = HOME.replace("show: 3", "show: 1");
    let shop = Shop::new(&format!(
        "customer {{ p: optional percent 0% to 10% }}\n{}{}{home}",
        hoped("a", "p else 30%"),
        hoped("b", "20%")
    ))
    .with(Customer::new("c").set("p", "10%"));
    assert_eq!(shop.home("nobody", noon()), "a");
    assert_eq!(shop.home("c", noon()), "b");
}

struct Dice(Pcg64Mcg);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }
}

const LINES: [&str; 14] = [
    "country in [FR, BE]",
    "country is not GB (if_unknown: yes)",
    "city is \"lyon\"",
    "likes has sport",
    "likes has any of [films, v69]",
    "likes has all of [music, sport] (if_unknown: no)",
    "likes lacks games (if_unknown: yes)",
    "ends in the next 40 days",
    "ends in the last 2 calendar months",
    "seen in the last 3 days",
    "seen in the last 1 calendar week",
    "vip is no",
    "request.page is home",
    "spent <= EUR 70",
];

fn world(dice: &mut Dice, actions: usize, segments: u64) -> String {
    let many: Vec<String> = (0..70).map(|n| format!("v{n:02}")).collect();
    let mut text = format!(
        "customer {{
  country: optional one of [FR, BE, GB]
  city: optional text
  likes: optional some of [music, sport, films, games, {}]
  ends: optional date
  seen: optional time
  vip: yes_no default no
  p: optional percent
  spent: required money
}}
request {{ page: optional one of [home, cart] }}
ranking mixed {{ score: max of [propensity * value, EUR 2] * weight }}\n",
        many.join(", ")
    );
    for n in 0..segments {
        let _ = writeln!(text, "segment s{n} {{ p >= {}%, vip is no }}", n % 100);
    }
    for n in 0..actions {
        let line = |dice: &mut Dice| match dice.below(5) {
            0 => format!("in segment s{}", dice.below(segments)),
            1 => format!("spent in EUR {0} to EUR {1}", dice.below(40), 40 + dice.below(60)),
            _ => dice.of(&LINES).to_owned(),
        };
        let who = match dice.below(4) {
            0 => format!("any {{ {}, {} }}", line(dice), line(dice)),
            1 => String::new(),
            _ => line(dice),
        };
        let never = match dice.below(5) {
            0 => format!("never {{ vip is yes, spent >= EUR {} }}\n  ", 60 + dice.below(39)),
            1 => "never { country is GB (if_unknown: no) }\n  ".to_owned(),
            _ => String::new(),
        };
        let dates = dice.of(&[
            "",
            "dates: 2026-09-01 to 2026-09-07\n  ",
            "dates: 2026-09-08 to 2026-10-01\n  ",
        ]);
        let chance = dice.of(&["10%", "60%", "p else 20%"]);
        let (euros, weight) = (1 + dice.below(30), 1 + dice.below(2));
        let _ = writeln!(
            text,
            "action a{n:05} {{
  owner: crm, purpose: marketing, stage: grow, value: EUR {euros}, propensity: {chance}, weight: {weight}
  {dates}who {{ {who} }}
  {never}message web {{ en {{ banner: \"a\" }}, fr {{ banner: \"a\" }} }}
  message email {{ en {{ subject: \"s\", body: \"b\" }}, fr {{ subject: \"s\", body: \"b\" }} }}
}}",
        );
    }
    text + "placement web { channel: web, show: 3, candidates: all, ranking: mixed, fallback: nothing }
placement own { channels: preferred of [email, web], show: 5, candidates: all, ranking: plain, fallback: nothing }\n"
}

fn customer(dice: &mut Dice, n: usize, actions: usize) -> Customer {
    let zone = dice.of(&["Europe/Paris", "Asia/Bangkok"]);
    let mut customer = Customer::new(format!("c{n}")).set("timezone", zone);
    let likes = [["sport", "music"], ["v69", "games"], ["films", "v00"]];
    let seen = ["2026-09-05T10:00:01Z", "2026-09-06T23:00:00Z", "2026-09-08T09:00:00Z"];
    let values: [(&str, Value); 9] = [
        ("country", dice.of(&["FR", "BE", "GB"]).into()),
        ("city", dice.of(&["Lyon", "Lille"]).into()),
        ("likes", likes[n % 3].as_slice().into()),
        ("ends", dice.of(&["2026-07-31", "2026-08-01", "2026-09-08", "2026-10-18"]).into()),
        ("seen", dice.of(&seen).into()),
        ("vip", n.is_multiple_of(5).into()),
        ("preferred_channel", dice.of(&["web", "email"]).into()),
        ("p", format!("{}%", dice.below(101)).as_str().into()),
        ("spent", format!("EUR {}.00", dice.below(100)).as_str().into()),
    ];
    for (name, value) in values {
        if dice.below(8) > 0 {
            customer = customer.set(name, value);
        }
    }
    if n.is_multiple_of(2) {
        customer = customer.grant("email", "marketing");
    }
    for _ in 0..dice.below(4) {
        let action = format!("a{:05}", dice.below(actions as u64));
        customer = customer.shown(&*action, "web", noon());
    }
    customer
}

/// Decides 200 questions in both ways; how many answers held something.
fn agree(actions: usize, segments: u64) -> usize {
    let mut dice = Dice(Pcg64Mcg::new(0x1d_e5 + actions as u128));
    let shop = Shop::new(&world(&mut dice, actions, segments));
    let (mut fast, mut slow) = (Answer::default(), Answer::default());
    let mut filled = 0;
    for n in 0..100 {
        let customer = customer(&mut dice, n, actions);
        shop.engine.put(&customer).expect("a good customer");
        for placement in ["web", "own"] {
            let mut question = Request::new(customer.id(), placement).at(noon());
            if n % 3 == 0 {
                question = question.attribute("page", dice.of(&["home", "cart"]));
            }
            shop.engine.decide_into(&question, &mut fast).expect("a good question");
            shop.engine.decide_plainly(&question, &mut slow).expect("a good question");
            assert_eq!(fast.decision(), slow.decision(), "{question:?} of {actions}");
            filled += usize::from(!fast.is_empty());
            let used = measure(|| shop.engine.decide_into(&question, &mut fast).expect("warm"));
            assert_eq!(used.count_total, 0, "allocations of {question:?}");
        }
    }
    filled
}

#[test]
fn the_index_agrees_with_looking_at_every_candidate() {
    assert!(agree(12, 3) > 60);
    assert!(agree(700, 40) > 150);
}

/// More conjunctions than the first blocks hold, so that the walk goes on row by row.
#[test]
fn many_actions_agree_and_allocate_nothing() {
    assert!(agree(5_000, 12) > 150);
}

/// An action whose propensity is read of the customer.
fn hoped(name: &str, euros: &str, chance: &str) -> String {
    offer(name, "")
        .replace("value: EUR 10", &format!("value: EUR {euros}"))
        .replace("propensity: 50%", &format!("propensity: {chance}"))
}

#[test]
fn bounds_lowered_for_a_customer_stay_above_what_others_score() {
    let home = HOME.replace("show: 3", "show: 1");
    let declared = "customer { p: optional percent, q: optional percent }";
    for ((p, q), (best, other), wanted) in [
        // 10 before 18, whose bound is lower.
        (("10%", "90%"), ("100", "20"), "b"),
        (("10%", "40%"), ("100", "20"), "a"),
        // Both score 10: the name decides, though the bound of `b` is higher.
        (("50%", "80%"), ("12.50", "20"), "a"),
    ] {
        let (a, b) = if wanted == "a" && best == "12.50" { ("q", "p") } else { ("p", "q") };
        let shop = Shop::new(&format!(
            "{declared}\n{}{}{home}",
            hoped("a", best, &format!("{a} else 0%")),
            hoped("b", other, &format!("{b} else 0%")),
        ))
        .with(Customer::new("c").set("p", p).set("q", q));
        assert_eq!(shop.home("c", noon()), wanted, "{p} {q}");
        assert_eq!(shop.home("nobody", noon()), "a");
    }
}

#[test]
fn lowered_bounds_agree_with_looking_at_every_candidate() {
    let mut dice = Dice(Pcg64Mcg::new(0xb0));
    let mut text =
        "customer { p: optional percent, q: optional percent, x: optional number }\n".to_owned();
    for n in 0..900 {
        let chance = dice.of(&["p else 5%", "p else 5%", "q else 30%"]);
        let euros = (1 + dice.below(40)).to_string();
        let from = dice.below(100);
        text += &hoped(&format!("a{n:03}"), &euros, chance)
            .replace("message web", &format!("who {{ x >= {from} }}\n  message web"));
    }
    let shop = Shop::new(&(text + HOME));
    let (mut fast, mut slow) = (Answer::default(), Answer::default());
    let mut filled = 0;
    for n in 0..200_u64 {
        let mut customer = Customer::new(format!("c{n}")).set("x", dice.below(120).to_string());
        for name in ["p", "q"] {
            if dice.below(6) > 0 {
                customer = customer.set(name, format!("{}%", dice.below(101)));
            }
        }
        shop.engine.put(&customer).unwrap();
        let question = Request::new(customer.id(), "home").at(noon());
        shop.engine.decide_into(&question, &mut fast).unwrap();
        shop.engine.decide_plainly(&question, &mut slow).unwrap();
        assert_eq!(fast.decision(), slow.decision(), "{question:?}");
        filled += usize::from(fast.len() == 3);
    }
    assert!(filled > 150, "{filled}");
}

/// More conjunctions than a block holds, two of each action: those behind the best are counted by the line.
#[test]
fn all_that_stand_are_counted_once_however_they_match() {
    let either = |n: i64| {
        // Some are asked about consent one by one.
        let message = if n % 10 == 0 {
            "email { en { subject: \"s\", body: \"b\""
        } else {
            "web { en { banner: \"s\""
        };
        format!(
            "action a{n:04} {{ owner: crm, purpose: marketing, stage: grow, value: EUR {}, propensity: 50%\n\
             who {{ any {{ x >= {}, y >= {} }} }}\nmessage {message} }} }} }}\n",
            1_000 - n,
            n % 7,
            n % 5,
        )
    };
    let actions: String = (0..900).map(either).collect();
    let home = HOME.replace("channel: web", "channels: first of [web, email]");
    let text = "customer { x: optional number, y: optional number }";
    let one = HEAD.replace("[en, fr]", "[en]");
    let shop = Shop { engine: Engine::new(&rules(&format!("{one}{text}\n{actions}{home}"))) };
    let mut answer = Answer::default();
    for (n, (x, y)) in [(9, 9), (3, 0), (0, 2), (3, 2), (-1, -1), (6, -1)].into_iter().enumerate() {
        for (language, consent) in [("en", false), ("", true), ("fr", true)] {
            let id = format!("c{n}{language}");
            let mut customer = Customer::new(&*id).set("x", x).set("y", y);
            if !language.is_empty() {
                customer = customer.set("language", language);
            }
            if consent {
                customer = customer.grant("email", "marketing");
            }
            shop.engine.put(&customer).expect("a good customer");
            let request = Request::new(&*id, "home").at(noon());
            let stands = |n: &i64| {
                let who = x >= n % 7 || y >= n % 5;
                who && language != "fr" && (n % 10 != 0 || consent)
            };
            let wanted: Vec<i64> = (0..900).filter(stands).collect();
            let counted = shop.engine.count_eligible(&request, &mut answer);
            assert_eq!(counted, Ok(wanted.len() as u32), "{id}");
            let three: Vec<String> = wanted.iter().take(3).map(|n| format!("a{n:04}")).collect();
            assert_eq!(answer.actions().collect::<Vec<_>>(), three, "{id}");
        }
    }
}

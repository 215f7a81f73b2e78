//! A warm `decide_into` allocates nothing: whatever the answer is, and whatever it read.

use allocation_counter::measure;
use onward::value::Timestamp;
use onward::{Answer, Customer, Request};

use super::{HOME, Shop, noon, offer};

/// Allocations of one decision with an answer that has decided this very question before.
fn allocations(shop: &Shop, request: &Request) -> (u64, Vec<String>) {
    let mut answer = Answer::default();
    for _ in 0..3 {
        shop.engine.decide_into(request, &mut answer).expect("a good question");
    }
    let cost = measure(|| {
        let _ = shop.engine.decide_into(request, &mut answer);
    });
    let actions = answer.actions().map(str::to_owned).collect();
    (cost.count_total, actions)
}

/// Four offers of equal score behind conditions of every kind: attribute, window, segment, `any`, `none`, text.
fn busy() -> Shop {
    let customer = "customer {\n  age: optional number 0 to 120\n  plan: required one of [basic, gold]\n  \
                    city: optional text\n  joined: optional date\n  seen: optional time\n  \
                    likes: optional some of [tea, latte]\n  chance: optional percent\n}\n\
                    request { page: optional one of [home, cart], word: optional text, code: optional code }\n\
                    model likely { reads: chance, gives: percent, if_unknown: 40% }\n\
                    segment adults { age >= 18 }\n\
                    segment newcomers { joined in the last 2 calendar months }\n";
    let lines = [
        "who { in segment adults, plan is basic }",
        "who { city is \"Straße\", any { in segment newcomers, likes has tea } }",
        "who { seen in the last 3 days, none { plan is gold } }",
        "never { age > 100 (if_unknown: no) }",
    ];
    let mut text = customer.to_owned();
    for (name, lines) in ["a", "b", "c", "d"].iter().zip(lines) {
        text.push_str(&offer(name, lines).replace("propensity: 50%", "propensity: likely"));
    }
    let cart = "who { request.page is cart, request.word is \"Größe\", request.code is x1 }";
    text.push_str(&offer("cart", cart).replace("propensity: 50%", "propensity: 90%"));
    text.push_str(HOME);
    Shop::new(&text)
}

fn lea() -> Customer {
    let customer = Customer::new("lea").set("age", 30_i64).set("plan", "basic");
    let customer = customer.set("city", "STRASSE").set("joined", "2026-08-30");
    customer
        .set("seen", "2026-09-07T10:00:00Z")
        .set("chance", "60%")
        .set("language", "fr-CA")
        .set("timezone", "Asia/Bangkok")
        .grant("email", "marketing")
}

#[test]
fn a_full_answer_of_three_allocates_nothing() {
    let shop = busy().with(lea());
    let (cost, actions) = allocations(&shop, &Request::new("lea", "home").at(noon()));
    assert_eq!(actions, ["a", "b", "c"]);
    assert_eq!(cost, 0);
}

#[test]
fn an_empty_answer_allocates_nothing() {
    let shop = busy();
    let request = Request::new("lea", "home").at(noon()).exclude("d");
    let shop = shop.with(Customer::new("lea").set("age", 12_i64).set("plan", "gold"));
    let (cost, actions) = allocations(&shop, &request);
    assert_eq!(actions, [""; 0]);
    assert_eq!(cost, 0);
}

#[test]
fn a_customer_of_whom_nothing_is_known_allocates_nothing() {
    let shop = busy();
    for request in [Request::new("nobody", "home"), Request::anonymous("home")] {
        let (cost, actions) = allocations(&shop, &request.at(noon()));
        assert_eq!(actions, ["d"]);
        assert_eq!(cost, 0);
    }
}

#[test]
fn ties_put_in_order_by_what_was_shown_allocate_nothing() {
    let ago = |days: i64| Timestamp::from_micros(noon().micros() - days * 86_400_000_000);
    let shown = |customer: Customer| {
        (0..20)
            .fold(customer, |customer, day| customer.shown("a", "web", ago(30 - day)))
            .shown("b", "email", ago(20))
            .shown("c", "sms", ago(15))
    };
    let shop = busy().with(shown(lea()));
    let (cost, actions) = allocations(&shop, &Request::new("lea", "home").at(noon()));
    assert_eq!(actions, ["d", "b", "c"], "never shown first, then longest ago");
    assert_eq!(cost, 0);
}

#[test]
fn attributes_of_the_request_allocate_nothing() {
    let shop = busy().with(lea());
    let request = Request::new("lea", "home").at(noon());
    let request = request.attribute("page", "cart").attribute("code", "x1");
    let (cost, actions) = allocations(&shop, &request);
    assert_eq!(actions, ["a", "b", "c"], "the text is missing");
    assert_eq!(cost, 0, "a value of a list and a code");
    let word = |word: &str| request.clone().attribute("word", word);
    let (cost, actions) = allocations(&shop, &word("GRÖSSE"));
    assert_eq!(actions, ["cart", "a", "b"]);
    assert_eq!(cost, 0, "a text");
    for other in ["another", "Ein Wort, das keine Regel kennt", "o\u{308}\u{323}"] {
        let (cost, actions) = allocations(&shop, &word(other).attribute("code", other));
        assert_eq!((cost, actions.len()), (0, 3), "{other}");
    }
}

#[test]
fn attributes_of_the_request_of_every_type_allocate_nothing() {
    let declared = "request { yes: optional yes_no, share: optional percent, sum: optional money, count: optional number\n\
                    day: optional date, moment: optional time, tags: optional some of [a, b, c] }\n";
    let lines = "who { request.yes is yes, request.share >= 12.5%, request.sum > EUR 3, request.count < 8\n\
                 request.day in the last 3 days, request.moment in the last 3 hours, request.tags has all of [a, c] }";
    let shop = Shop::new(&format!(
        "customer {{ x: optional number }}\n{declared}{}{HOME}",
        offer("a", lines)
    ));
    let request = Request::new("lea", "home")
        .at(noon())
        .attribute("yes", true)
        .attribute("share", "12.50%")
        .attribute("sum", "EUR 3.01")
        .attribute("count", 7.5)
        .attribute("day", "2026-09-08")
        .attribute("moment", "2026-09-08T08:00:00Z")
        .attribute("tags", &["c", "a"][..]);
    let (cost, actions) = allocations(&shop, &request);
    assert_eq!((cost, actions), (0, vec!["a".to_owned()]));
    let (_, actions) = allocations(&shop, &request.attribute("tags", &["c"][..]));
    assert_eq!(actions, [""; 0]);
}

#[test]
fn a_name_for_the_decision_allocates_nothing() {
    let shop = busy().with(lea());
    let request = Request::new("lea", "home").at(noon()).decision_id("0610b486422d4921");
    assert_eq!(allocations(&shop, &request).0, 0);
}

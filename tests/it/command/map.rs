//! `onward map`: journeys drawn on standard output.

use super::{SHOP, folder, run};

const JOURNEY: &str = "event bought kept 30 days { }
journey thanks { purpose: marketing, enter: bought, again: never, longest: 2 days, steps { wait 2 hours, finish thanked } }
journey other { purpose: marketing, enter: bought, again: never, longest: 2 days, steps { finish done } }
";

#[test]
fn journeys_are_drawn_in_every_form() {
    let folder = folder(&[("shop/rules.journey", SHOP), ("shop/more.journey", JOURNEY)]);
    for (format, begins) in [
        ("mermaid", "flowchart TD\n"),
        ("dot", "digraph journeys {\n"),
        ("svg", "<svg xmlns=\"http://www.w3.org/2000/svg\""),
        ("html", "<!doctype html>\n"),
    ] {
        let ran = run(folder.path(), &["map", "shop", "--format", format]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{format}");
        assert!(ran.out.starts_with(begins) && ran.out.contains("wait 2 hours"), "{}", ran.out);
        assert!(ran.out.contains("other"));
    }
    let one = run(folder.path(), &["map", "shop", "--journey", "thanks"]);
    assert!(one.code == 0 && one.out.contains("finish thanked") && !one.out.contains("other"));
}

#[test]
fn a_journey_that_is_not_there_is_said_with_the_nearest() {
    let folder = folder(&[("shop/rules.journey", SHOP), ("shop/more.journey", JOURNEY)]);
    let ran = run(folder.path(), &["map", "shop", "--journey", "thank"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("no journey is called `thank`; did you mean `thanks`?"),
        "{}",
        ran.err
    );
}

#[test]
fn rules_with_errors_are_not_drawn() {
    let wrong = JOURNEY.replace("finish thanked", "finish goal");
    let folder = folder(&[("shop/rules.journey", SHOP), ("shop/more.journey", &wrong)]);
    let ran = run(folder.path(), &["map", "shop"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("E1009") && !ran.err.contains("E0901"), "{}", ran.err);
}

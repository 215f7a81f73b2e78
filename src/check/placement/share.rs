//! `at most 1 per line`: how many actions of one answer may be alike.
//!
//! In: the lines of a `placement` that begin with `at most` or `after`. Out: one [`Share`], or none. What counts
//! contacts over time belongs into `limits`, and is told so.

use crate::check::nearest::{listed, nearest};
use crate::check::rules::{Alike, Share};
use crate::check::scope::{Def, Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Cap, CapPer, Item, Shape};
use crate::syntax::{Span, print_item};

/// The share of a placement that shows so many; `None` where its line cannot be read, `Some(None)` without one.
pub(super) fn share(
    def: Def<'_>,
    show: Option<u32>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<Option<Share>> {
    let mut first: Option<Span> = None;
    let mut found = Some(None);
    for item in &def.node.body.items {
        match &item.shape {
            Shape::Pause(_) => {
                problems.push(over_time(def, item, "what pauses an action"));
                found = None;
            }
            Shape::Cap(cap) => match first {
                Some(first) => {
                    problems.push(
                        Diagnostic::new(
                            Code("E0540"),
                            def.file.name(),
                            item.span,
                            "this placement already has a line `at most`",
                            "with two, an action could stand in the way of a better one",
                        )
                        .also(def.file.name(), first, "the first one")
                        .advice("keep one of the two"),
                    );
                    found = None;
                }
                None => {
                    first = Some(item.span);
                    found = one(def, item, cap, show, scope, problems);
                }
            },
            _ => {}
        }
    }
    found
}

fn one(
    def: Def<'_>,
    item: &Item,
    cap: &Cap,
    show: Option<u32>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<Option<Share>> {
    let CapPer::Word(word) = &cap.per else {
        problems.push(over_time(def, item, "how often somebody is reached"));
        return None;
    };
    let Some(by) = Alike::ALL.into_iter().find(|by| by.word() == word.text) else {
        if matches!(word.text.as_str(), "minute" | "hour" | "day" | "week" | "month" | "year") {
            problems.push(over_time(def, item, "how often somebody is reached"));
            return None;
        }
        let words = Alike::ALL.map(Alike::word);
        let problem = Diagnostic::new(
            Code("E0540"),
            def.file.name(),
            word.span,
            format!("actions cannot be alike in `{}`", word.text),
            format!("an answer is mixed by {}", listed(&words, "or")),
        );
        problems.push(match nearest(&word.text, words) {
            Some(near) => problem.fix(near, word.span, near),
            None => problem.paste("at most 1 per line"),
        });
        return None;
    };
    if cap.counted.is_some() || cap.on.is_some() {
        problems.push(
            Diagnostic::new(
                Code("E0540"),
                def.file.name(),
                item.span,
                "this line is about one answer",
                "nothing was sent or shown yet, and the placement says its channels",
            )
            .choice(
                format!("at most {} per {}", cap.most.raw, by.word()),
                item.span,
                format!("at most {} per {}", cap.most.raw, by.word()),
            ),
        );
        return None;
    }
    let most = cap.most.raw.parse::<u32>().ok().filter(|most| *most >= 1);
    let Some(most) = most else {
        problems.push(
            Diagnostic::new(
                Code("E0540"),
                def.file.name(),
                cap.most.span,
                format!("`{}` is no number of actions", cap.most.raw),
                "an answer has whole ones, at least 1 of a kind",
            )
            .fix(format!("at most 1 per {}", by.word()), cap.most.span, "1"),
        );
        return None;
    };
    let show = show?;
    if most >= show && !mutant!("a_share_may_be_as_large_as_the_answer") {
        problems.push(
            Diagnostic::new(
                Code("W0540"),
                def.file.name(),
                item.span,
                "this line can never apply",
                format!("an answer of this placement has {show} at most"),
            )
            .advice("remove it, or show more"),
        );
        return Some(None);
    }
    let line = scope.line(def.file, item.span, print_item(item));
    Some(Some(Share { most: u8::try_from(most).ok()?, by, line }))
}

fn over_time(def: Def<'_>, item: &Item, what: &str) -> Diagnostic {
    Diagnostic::new(
        Code("E0540"),
        def.file.name(),
        item.span,
        format!("a placement does not say {what}"),
        "that holds wherever the customer is met",
    )
    .advice("write it into `limits`, or into the action")
}

//! Codes of the checker for journeys: E1001 to E1024, W1001, W1002.

use super::CodeInfo;

/// Codes of `check` about journeys.
pub(super) const JOURNEYS: &[CodeInfo] = &[
    CodeInfo {
        code: "E1001",
        title: "a journey that nobody can enter like this",
        story: "A journey begins with an event, with the first one ever, when somebody comes to be in a segment, on a schedule by each customer's clock, or when the application asks for it.\n\nSo not:  enter: monday\nbut:     enter: every monday at 09:00, or enter: cart_abandoned where { value >= EUR 40 }",
    },
    CodeInfo {
        code: "E1002",
        title: "a schedule that does not say for whom",
        story: "An event happens to one customer; a time comes for all. Without `who` every customer there is would begin the journey at that time.\n\nSo not:  enter: every monday at 09:00\nbut:     the same line, and who { in segment lapsed }",
    },
    CodeInfo {
        code: "E1003",
        title: "too many segments are watched",
        story: "Whoever enters by a segment does so at the instant at which the answer turns to yes, also when nothing happens but time. For that every customer has an alarm clock per watched segment, so 64 segments can be watched at most.\n\nSo not:  a journey for each of hundreds of segments\nbut:     one journey that branches, or journeys that begin with an event",
    },
    CodeInfo {
        code: "E1004",
        title: "whether somebody may come again is not said",
        story: "`again` is `never`, a time after leaving, `always` or `restart`. With `per` and a field that the entry event requires there is one run for each value of it, such as one per order, and `at_once` says how many a customer can have at the same time.\n\nSo not:  again: always per order_id\nbut:     again: always per order_id, at_once: 20",
    },
    CodeInfo {
        code: "E1005",
        title: "a goal that nobody can reach like this",
        story: "A goal is an event, perhaps within some time of entering, or a block of lines that hold. The run ends as soon as it is reached.\n\nSo not:  goal: purchase within 3 days\nbut:     goal: purchase within 3 days of entering, or goal { plan is fibre }",
    },
    CodeInfo {
        code: "E1006",
        title: "an entry value that is not there",
        story: "`entry.` reads the fields of the event that somebody entered with; they never change while the run lasts. Who enters by a segment, a schedule or a request brings none. A field of an event is the same as one of the entry only where both are declared alike.\n\nSo not:  when entry.value >= EUR 150: go to voucher, in a journey with enter: segment lapsed\nbut:     the same line in a journey with enter: cart_abandoned",
    },
    CodeInfo {
        code: "E1007",
        title: "an event of another order would count",
        story: "With one run per order, somebody has several runs at once. An event that tells its order must say that it is this run's, or the delivery of one order would move the run of another.\n\nSo not:  wait up to 3 days for shipped { ... }, in a journey with again: always per order_id\nbut:     wait up to 3 days for shipped where { order_id is entry.order_id } { ... }",
    },
    CodeInfo {
        code: "E1008",
        title: "a journey without steps, or a line that is none",
        story: "The steps stand in `steps { }` and in blocks `path name { }` beside it: wait, send, branch, split, finish, go to and transfer.\n\nSo not:  steps { value: EUR 3 }\nbut:     steps { wait 2 hours, send cart_reminder by email { if_blocked: finish capped }, finish done }",
    },
    CodeInfo {
        code: "E1009",
        title: "names of steps that clash",
        story: "Paths and named waits have one name each within a journey, and reports tell the ends of runs by their names: goal, exit, too_long, opted_out, moved and replaced are built in, so `finish` uses other words.\n\nSo not:  finish goal\nbut:     finish bought",
    },
    CodeInfo {
        code: "E1010",
        title: "a path that does not exist",
        story: "`go to` names a path of the same journey. To another journey people are transferred.\n\nSo not:  go to vuocher\nbut:     go to voucher, with path voucher { ... } beside the steps",
    },
    CodeInfo {
        code: "E1011",
        title: "a send without a channel, or without a plan for when it is blocked",
        story: "Limits, hours, budgets and consent can stop any message. What happens then is never guessed: it is said behind `if_blocked`. So is the channel.\n\nSo not:  send cart_reminder\nbut:     send cart_reminder by first of [push, email] { if_blocked: retry for 12 hours then continue }",
    },
    CodeInfo {
        code: "E1012",
        title: "a branch that leaves somebody without a way",
        story: "The lines of a branch are tried in order; whoever none of them fits goes where `otherwise` says.\n\nSo not:  branch { when vip is yes: go to vip_desk }\nbut:     branch { when vip is yes: go to vip_desk, otherwise: finish not_concerned }",
    },
    CodeInfo {
        code: "E1013",
        title: "a circle without a pause",
        story: "A way back that takes no time would be gone round for ever in one instant. Waits of some length, waits for a time of day and waits for an event are pauses; a wait until a fixed day is none, as the day may be past. The same holds for journeys that transfer to each other.\n\nSo not:  path remind { branch { when vip is yes: go to remind, otherwise: finish done } }\nbut:     the same with wait 1 day before the branch",
    },
    CodeInfo {
        code: "E1014",
        title: "a way that ends without an outcome",
        story: "Every way through a journey ends with `finish` and a name, or with `transfer to`. A path does not fall back into the steps by itself.\n\nSo not:  steps { wait 2 hours }\nbut:     steps { wait 2 hours, finish done }",
    },
    CodeInfo {
        code: "E1015",
        title: "a wait longer than the journey",
        story: "`longest` ends every run. A wait, or a time of trying again, that lasts as long or longer never comes to its end, nor does one that others before it leave no time for.\n\nSo not:  longest: 10 days, with wait 12 days\nbut:     longest: 30 days, with wait 12 days",
    },
    CodeInfo {
        code: "E1016",
        title: "a transfer that cannot be made",
        story: "A transfer ends the run here and begins one in another journey, as one step. It says what happens to who is there already, and it brings along what the other journey reads of its entry, by the same names.\n\nSo not:  transfer to winback\nbut:     transfer to winback { if_already_in: stay }",
    },
    CodeInfo {
        code: "E1017",
        title: "an outcome that means nothing here",
        story: "`retry` is for what was blocked, so it stands behind `if_blocked`. `continue` stands behind a colon: from line to line one goes on by oneself.\n\nSo not:  when vip is yes: retry for 2 hours then continue\nbut:     send vip_call by call { if_blocked: retry for 2 hours then continue }",
    },
    CodeInfo {
        code: "E1018",
        title: "shares of a split that make no whole",
        story: "A split sends each customer one way, by a stable hash, in the shares that are written. They add up to 100%.\n\nSo not:  split { 50%: continue, 40%: finish control }\nbut:     split { 50%: continue, 50%: finish control }",
    },
    CodeInfo {
        code: "E1019",
        title: "a time that nobody can wait for",
        story: "Lengths are minutes, hours, days or weeks, which never change. A wait until a moment names a time of day, a weekday with a time, a day, or a date or time that is known of everybody.\n\nSo not:  wait 1 month, wait until monday\nbut:     wait 30 days, wait until monday 09:00",
    },
    CodeInfo {
        code: "E1020",
        title: "a weight or a move that changes nothing",
        story: "`while here` lifts the weights of actions that compete at placements, by a number from 0 to 1000. `moved` says where whoever stood on a step that is gone goes on.\n\nSo not:  moved: first_pause to nowhere\nbut:     moved: first_pause to second_pause, where the steps have wait second_pause: 2 hours",
    },
    CodeInfo {
        code: "E1021",
        title: "a circle that nobody leaves",
        story: "Waits make a circle harmless, but somebody must get out of it. Where no way on ends, only `longest` does, and every report would say too_long.\n\nSo not:  path remind { wait 1 day, go to remind }\nbut:     path remind { wait 1 day, branch { when vip is yes: go to remind, otherwise: finish done } }",
    },
    CodeInfo {
        code: "E1022",
        title: "a scenario about a step or an outcome that does not exist",
        story: "`expect at step` names a named wait, an action that is sent, a split or a path; `expect finished as` names an outcome of a `finish`, or goal, exit, too_long, opted_out, moved or replaced. An expectation that can never hold tests nothing.\n\nSo not:  at 2026-09-09 10:00 expect finished as purchased, where no journey says finish purchased\nbut:     at 2026-09-09 10:00 expect finished as goal",
    },
    CodeInfo {
        code: "E1024",
        title: "a wait without a name in a journey that moves people",
        story: "With `on_change: move` people go on, in the changed journey, at the wait of the same name. A wait without one could not be found again.\n\nSo not:  wait 2 hours\nbut:     wait first_pause: 2 hours",
    },
    CodeInfo {
        code: "W1001",
        title: "a path or a line that nobody comes to",
        story: "What stands behind `finish`, or in a path that no line goes to, does nothing. Often a line of a branch was forgotten.\n\nSo not:  path gold_desk { ... } that nothing goes to\nbut:     when tier is gold: go to gold_desk, in a branch",
    },
    CodeInfo {
        code: "W1002",
        title: "a goal that counts longer than the journey lasts",
        story: "The journey ends after `longest`, and its goal with it.\n\nSo not:  longest: 10 days, goal: purchase within 30 days of entering\nbut:     longest: 30 days, goal: purchase within 30 days of entering",
    },
];

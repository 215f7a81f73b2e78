//! Real files through the mappings of the example workspaces.

use onward::ingest::{Format, Mapping};
use onward::value::Value;

use super::{problems, read};
use crate::workspaces::data;

fn mapping(workspace: &str) -> Format {
    let path = format!("{}/rules/{workspace}/customers.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the mapping is there");
    Format::Mapped(Mapping::parse(&text).expect("a good mapping"))
}

#[test]
fn seventeen_thousand_members_come_in_and_118_is_no_age() {
    let Some(bytes) = data::unpacked("starbucks/profile.jsonl.gz") else { return };
    let (customers, report) = read(&bytes, &mapping("coffee"));
    assert_eq!(problems(&report), Vec::<String>::new());
    assert_eq!((report.rows, report.kept), (17_000, 17_000));
    let count = |test: &dyn Fn(&Value) -> bool, name: &str| {
        customers.iter().filter(|customer| test(&customer.attributes()[name])).count()
    };
    assert_eq!(count(&|value| *value == Value::Null, "age"), 2_175);
    assert_eq!(count(&|value| *value == Value::Null, "income"), 2_175);
    assert_eq!(count(&|value| *value == Value::Text("male".into()), "gender"), 8_484);
}

#[test]
fn the_bank_sample_comes_in_and_unknown_is_unknown() {
    let Some(bytes) = data::data("bank/bank_10pct.csv") else { return };
    let (customers, report) = read(&bytes, &mapping("bank"));
    assert_eq!((problems(&report), report.stopped.clone()), (Vec::new(), None));
    assert_eq!((report.rows, report.kept), (4_521, customers.len() as u64));
}

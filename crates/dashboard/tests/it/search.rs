//! Pages of events give what a full reading gives.

use crate::logs::log;
use das_core::log::LogReader;
use das_dashboard::index::{BLOCK, Index};
use das_dashboard::query::Query;
use das_dashboard::search::{Cursor, page};
use std::collections::BTreeSet;

fn indexed(text: &str) -> Index {
    let mut index = Index::default();
    let mut reader = LogReader::new(text.as_bytes());
    while let Some(line) = reader.next().unwrap() {
        index.line(&line);
    }
    index
}

#[test]
fn pages_give_every_line_that_passes_once_and_in_order() {
    // A log of several blocks; queries by type, agent, epoch, event, comparison and text, forwards and backwards, page by
    // page, against a filter over all lines.
    let text = log(80, true);
    let index = indexed(&text);
    assert!(index.blocks.len() > 3 && index.lines > 3 * BLOCK);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &text).unwrap();
    let none = BTreeSet::new();
    for words in [
        "",
        "kind:epoch_completed",
        "kind:seal",
        "agent:b.1 p<0.1",
        "epoch:30..40 kind:trade p>=0.9",
        "event:100..1500",
        "text:i777",
        "accepted=false epoch:79",
        "agent:nobody",
        "kind:nothing",
    ] {
        let query = Query::read(words).unwrap();
        let mut expected: Vec<u64> = Vec::new();
        for line in text.lines() {
            let mut fields = serde_json::from_str::<serde_json::Value>(line)
                .unwrap()
                .as_object()
                .unwrap()
                .clone();
            let mut take = |name: &str| fields.remove(name).unwrap_or_default();
            let (kind, epoch, event, seq) =
                (take("type"), take("epoch"), take("event"), take("seq"));
            take("step");
            let kind = kind.as_str().unwrap();
            if (kind != "seal" || words == "kind:seal")
                && query.holds(
                    kind,
                    epoch.as_u64().unwrap() as u32,
                    event.as_u64(),
                    &fields,
                )
            {
                expected.push(seq.as_u64().unwrap());
            }
        }
        for backwards in [false, true] {
            let mut found = Vec::new();
            let mut cursor = Cursor {
                line: if backwards { u64::MAX } else { 0 },
                backwards,
            };
            loop {
                let page = page(file.path(), &index, &query, cursor, 150, true, &none).unwrap();
                found.extend(page.rows.iter().map(|row| row.seq));
                assert!(
                    page.total
                        .is_none_or(|total| total == expected.len() as u64)
                );
                match page.next {
                    Some(next) => cursor.line = next,
                    None => break,
                }
            }
            if backwards {
                found.reverse();
            }
            assert_eq!(found, expected, "{words} {backwards}");
        }
    }
}

#[test]
fn what_is_hidden_is_neither_shown_nor_found() {
    // Truth, deception and an agent's policy are left out of lines, and no word finds them.
    let text = log(1, true);
    let index = indexed(&text);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &text).unwrap();
    let metrics = BTreeSet::from(["true_harm_rate".to_owned()]);
    let from = Cursor {
        line: 0,
        backwards: false,
    };
    let ask = |words: &str, truth| {
        page(
            file.path(),
            &index,
            &Query::read(words).unwrap(),
            from,
            200,
            truth,
            &metrics,
        )
        .unwrap()
        .rows
    };
    let shown = serde_json::to_string(&ask("", false)).unwrap();
    for hidden in [
        "\"ground_truth\":",
        "\"deception\":",
        "\"kind\":\"deceptive\"",
        "\"true_harm_rate\":",
    ] {
        assert!(!shown.contains(hidden), "{hidden}");
        assert!(
            serde_json::to_string(&ask("", true))
                .unwrap()
                .contains(hidden),
            "{hidden}"
        );
    }
    assert!(ask("kind:deceptive", false).is_empty() && ask("text:ground_truth", false).is_empty());
    assert_eq!(ask("kind:deceptive", true).len(), 1);
}

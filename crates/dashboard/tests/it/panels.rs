//! What panels show of logs, finished and growing.

use crate::logs::{Page, log};
use serde_json::json;
use std::io::Write;

#[test]
fn a_run_is_listed_and_shown() {
    // A finished run, a run in progress and a file that is none; figures as text, hidden ones only when asked for; names that
    // lead elsewhere find nothing.
    let folder = tempfile::tempdir().unwrap();
    for (name, ended) in [
        ("done/events.jsonl", true),
        ("sweep/cells/x/events.jsonl.part", false),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, log(3, ended)).unwrap();
    }
    std::fs::write(folder.path().join("other.jsonl"), "{\"p\":1}\n").unwrap();
    std::fs::write(
        folder.path().join("sweep/results.csv"),
        "cell,toxicity\nx,0.5\n",
    )
    .unwrap();
    let page = Page::over(folder.path(), false);
    let (_, list) = page.panel("runs");
    let ids: Vec<&str> = list["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        (ids, &list["sweeps"]),
        (vec!["done", "sweep/cells/x"], &json!(["sweep"]))
    );
    assert_eq!(list["runs"][0]["status"], "completed");
    assert_eq!(list["runs"][1]["status"], "unfinished");
    let (_, run) = page.panel("run?id=done");
    let names: Vec<&str> = run["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"toxicity_rate") && !names.contains(&"true_harm_rate"));
    let (_, run) = page.panel("run?id=done&truth=1");
    assert!(
        run["metrics"]
            .as_array()
            .unwrap()
            .iter()
            .any(|m| m["name"] == "true_harm_rate" && m["text"] == "0.25" && m["hidden"] == true)
    );
    for (path, status) in [
        ("run?id=../done", 404),
        ("run?id=/etc/passwd", 404),
        ("run", 400),
        ("nothing?id=done", 404),
        ("events?id=done&q=epoch:x", 400),
        ("events?id=done&q=ground_truth=1", 400),
        ("why?id=done&event=3", 400),
        ("why?id=done&event=three&truth=1", 400),
        ("agents?id=done&epoch=x", 400),
        ("agent?id=done&name=nobody", 404),
        ("view?id=done&name=x", 400),
        ("sweep?id=done", 404),
    ] {
        let (found, body) = page.panel(path);
        assert_eq!(found, status, "{path}: {body}");
        assert!(body["error"].is_string(), "{path}");
    }
}

#[test]
fn panels_are_those_of_the_epoch_that_is_asked_for() {
    // Up to the first epoch an agent has a third of its deeds of three, and the histogram counts 40 of 120 interactions.
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("r")).unwrap();
    let text = log(3, true);
    std::fs::write(folder.path().join("r/events.jsonl"), &text).unwrap();
    let page = Page::over(folder.path(), false);
    page.read_out("r", text.lines().count() as u64);
    for (epoch, offers, all) in [("0", 20, 40), ("1", 40, 80), ("", 60, 120)] {
        let (_, agents) = page.panel(&format!("agents?id=r&epoch={epoch}"));
        let table = &agents["views"][0];
        let column = table["columns"]
            .as_array()
            .unwrap()
            .iter()
            .position(|c| c == "offers")
            .unwrap();
        assert_eq!(table["rows"][0][column], offers, "{epoch}");
        assert!(!table.to_string().contains("deceptive"));
        let (_, spread) = page.panel(&format!("distributions?id=r&epoch={epoch}"));
        let groups = spread["views"][0]["groups"].as_array().unwrap();
        let count: u64 = groups
            .iter()
            .flat_map(|g| g["counts"].as_array().unwrap())
            .map(|c| c.as_u64().unwrap())
            .sum();
        assert_eq!(count, all, "{epoch}");
        let (_, network) = page.panel(&format!("network?id=r&epoch={epoch}"));
        let weight: f64 = network["views"][0]["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["weight"].as_f64().unwrap())
            .sum();
        // Deals: a quarter of the offers was rejected.
        assert_eq!(weight, f64::from(all as u32) * 0.75, "{epoch}");
    }
    let (_, agent) = page.panel("agent?id=r&name=a.2&truth=1");
    assert_eq!(
        (&agent["facts"]["policy"], &agent["facts"]["actual"]),
        (&json!("deceptive"), &json!(0.0))
    );
    let (_, agent) = page.panel("agent?id=r&name=a.2");
    assert!(!agent.to_string().contains("deceptive") && !agent.to_string().contains("actual:"));
}

#[test]
fn a_log_is_followed_while_it_grows_and_when_it_is_cut_back() {
    // Half a line waits for its other half; a resumed run that cuts its log back is read anew; the last line ends it.
    let folder = tempfile::tempdir().unwrap();
    let text = log(2, true);
    let part = folder.path().join("run.jsonl.part");
    let (first, rest) = text.split_at(text.len() / 2);
    std::fs::write(&part, first).unwrap();
    let page = Page::over(folder.path(), false);
    let whole = first.matches('\n').count() as u64;
    page.read_out("run.jsonl", whole);
    assert_eq!(page.panel("run?id=run.jsonl").1["live"], true);
    let earlier: String = text.split_inclusive('\n').take(10).collect();
    std::fs::write(&part, &earlier).unwrap();
    loop {
        let (_, run) = page.panel("run?id=run.jsonl");
        if run["news"]["lines"] == 10 {
            break;
        }
        std::thread::yield_now();
    }
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&part)
        .unwrap();
    file.write_all(&text.as_bytes()[earlier.len()..]).unwrap();
    drop(file);
    assert!(text.ends_with(rest));
    std::fs::rename(&part, folder.path().join("run.jsonl")).unwrap();
    page.read_out("run.jsonl", text.lines().count() as u64);
    let (_, run) = page.panel("run?id=run.jsonl");
    assert_eq!(
        (&run["live"], &run["status"]),
        (&json!(false), &json!("completed"))
    );
}

#[test]
fn two_runs_are_set_side_by_side() {
    // The key that differs, figures with their difference, hidden ones left out.
    let folder = tempfile::tempdir().unwrap();
    for (name, epochs) in [("a", 2), ("b", 3)] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        std::fs::write(
            folder.path().join(name).join("events.jsonl"),
            log(epochs, true),
        )
        .unwrap();
    }
    let page = Page::over(folder.path(), false);
    page.read_out("a", 1);
    page.read_out("b", 1);
    let (_, both) = page.panel("compare?a=a&b=b");
    assert_eq!(
        both["keys"]["rows"],
        json!([["simulation.epochs", "2", "3"]])
    );
    let toxicity = both["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["name"] == "toxicity_rate")
        .unwrap();
    assert_eq!(toxicity["difference"], 0.0);
    assert!(!both.to_string().contains("true_harm_rate"));
}

//! The log as a whole: what the writer seals, the checker accepts; and nothing else.

use das_core::config::Detail;
use das_core::interaction::Moment;
use das_core::log::{
    Class, Damage, Depth, ENGINE_REVISION, LogPosition, LogReader, LogWriter, MAX_LINE, Malformed,
    ReadError, Report, SEAL_BYTES, SEAL_LINES, Sealed, Status, check, hash_prefix, hex,
};
use das_core::ports::{EventSink, MemorySink, SinkError};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io;

const STATE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn at(epoch: u32, step: u32) -> Moment {
    Moment { epoch, step }
}

#[derive(Serialize)]
struct Interaction<'a> {
    initiator: &'a str,
    accepted: bool,
    p: f64,
    tau: f64,
}

#[derive(Serialize)]
struct Nothing {}

/// One step of a small run: an interaction, a post that only detail `full` shows, and a seal.
fn step(log: &mut LogWriter, now: Moment, p: f64) -> Result<(), SinkError> {
    let interaction = Interaction {
        initiator: "honest.0 “é\n\u{1}”",
        accepted: true,
        p,
        tau: -0.0,
    };
    log.event(Detail::Interactions, "interaction", now, &interaction);
    log.event(Detail::Full, "post_created", now, &json!({"text": "…"}));
    log.event(Detail::Epochs, "agent_registered", now, &Nothing {});
    log.seal(now, None)
}

fn begin(sink: Box<dyn EventSink>, detail: Detail) -> LogWriter {
    let mut log = LogWriter::new(sink, detail);
    log.start(&json!({"seed": "42", "scenario": {"agents": [], "lever": null}}));
    log
}

fn finish(log: &mut LogWriter) -> Result<das_core::log::Ended, SinkError> {
    let metrics = json!({"metrics": {"toxicity_rate": 0.125, "interactions": 4}});
    log.end(Status::Completed, at(1, 1), &metrics, Some(STATE))
}

/// A small run of two epochs of two steps.
fn run(log: &mut LogWriter) -> Result<(), SinkError> {
    for epoch in 0..2 {
        for part in 0..2 {
            let p = 0.618_033_988_749_894_9 / f64::from(epoch + part + 1);
            step(log, at(epoch, part), p)?;
        }
        log.event(
            Detail::Epochs,
            "epoch_completed",
            at(epoch, 1),
            &json!({"toxicity_rate": 0.125}),
        );
        log.seal(at(epoch, 1), Some(STATE))?;
    }
    Ok(())
}

fn example(detail: Detail) -> Vec<u8> {
    let sink = MemorySink::default();
    let mut log = begin(Box::new(sink.clone()), detail);
    run(&mut log).unwrap();
    finish(&mut log).unwrap();
    bytes_of(&sink)
}

fn bytes_of(sink: &MemorySink) -> Vec<u8> {
    sink.0.lock().unwrap().clone()
}

fn judge(bytes: &[u8]) -> Report {
    check(bytes, Depth::Seals).unwrap()
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|b| *b == b'\n').collect()
}

fn values(bytes: &[u8]) -> Vec<Value> {
    lines(bytes)
        .iter()
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

#[test]
fn a_finished_log_is_complete_and_says_so_with_its_hashes() {
    for detail in [Detail::Epochs, Detail::Interactions, Detail::Full] {
        let bytes = example(detail);
        let report = check(&bytes[..], Depth::Json).unwrap();
        let body = &bytes[..bytes.len() - lines(&bytes).last().unwrap().len()];
        assert_eq!(
            report.class,
            Class::Complete {
                status: Status::Completed,
                body_sha256: hex(&Sha256::digest(body)),
                file_sha256: hex(&Sha256::digest(&bytes)),
            }
        );
        assert_eq!(report.exit_code(), 0);
        assert_eq!(report.lines, lines(&bytes).len() as u64);
        assert_eq!(report.bytes, bytes.len() as u64);
        assert_eq!(report.engine, Some(u64::from(ENGINE_REVISION)));
    }
}

#[test]
fn the_text_is_the_one_documented() {
    let bytes = example(Detail::Full);
    let text: Vec<&str> = lines(&bytes)
        .iter()
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    assert_eq!(
        text[0],
        "{\"seq\":0,\"type\":\"simulation_started\",\"epoch\":0,\"step\":0,\"event\":0,\"schema\":1,\"engine\":3,\
         \"scenario\":{\"agents\":[],\"lever\":null},\"seed\":\"42\"}\n"
    );
    assert_eq!(
        text[2],
        "{\"seq\":2,\"type\":\"interaction\",\"epoch\":0,\"step\":0,\"event\":1,\
         \"initiator\":\"honest.0 “é\\n\\u0001”\",\"accepted\":true,\"p\":0.6180339887498949,\"tau\":0.0}\n"
    );
    assert_eq!(
        text[4],
        "{\"seq\":4,\"type\":\"agent_registered\",\"epoch\":0,\"step\":0,\"event\":3}\n"
    );
    assert!(
        text.last().unwrap().starts_with(
            "{\"seq\":24,\"type\":\"simulation_ended\",\"epoch\":1,\"step\":1,\"status\":\"completed\",\
             \"counts\":{\"agent_registered\":4,\"epoch_completed\":2,\"interaction\":4,\"post_created\":4,\
             \"run_completed\":1,\"seal\":8,\"simulation_started\":1},\"events\":16,\"bytes\":"
        ),
        "{}",
        text.last().unwrap()
    );
}

#[test]
fn every_seal_is_checked_by_hashing_what_stands_before_it() {
    // No code of the checker here: offsets, sha256 and JSON alone, as `head -c N | sha256sum` does it.
    let bytes = example(Detail::Full);
    let (mut offset, mut seals, mut since) = (0, vec![0], 0);
    let all = values(&bytes);
    for (line, value) in lines(&bytes).iter().zip(&all) {
        if value["type"] == "seal" {
            assert_eq!(
                value["prefix_sha256"],
                hex(&Sha256::digest(&bytes[..offset]))
            );
            assert_eq!(value["prev_at"], *seals.last().unwrap());
            assert_eq!(value["lines"], since);
            seals.push(offset);
            since = 0;
        } else {
            since += 1;
        }
        offset += line.len();
    }
    assert_eq!(seals.len(), 9);
    let last = all.last().unwrap();
    let body = bytes.len() - lines(&bytes).last().unwrap().len();
    assert_eq!(last["bytes"], body);
    assert_eq!(last["body_sha256"], hex(&Sha256::digest(&bytes[..body])));
    assert_eq!(last["metrics"], all[all.len() - 3]["metrics"]);
}

#[test]
fn detail_changes_the_lines_and_never_the_event_numbers() {
    let numbers = |detail, kind: &str| -> Vec<u64> {
        values(&example(detail))
            .iter()
            .filter(|value| value["type"] == kind)
            .map(|value| value["event"].as_u64().unwrap())
            .collect()
    };
    for detail in [Detail::Epochs, Detail::Interactions, Detail::Full] {
        assert_eq!(numbers(detail, "epoch_completed"), [7, 14]);
        assert_eq!(numbers(detail, "run_completed"), [15]);
    }
    assert_eq!(numbers(Detail::Epochs, "interaction"), [0_u64; 0]);
    assert_eq!(numbers(Detail::Interactions, "interaction"), [1, 4, 8, 11]);
    assert_eq!(numbers(Detail::Interactions, "post_created"), [0_u64; 0]);
    let seals = |detail| judge(&example(detail)).sealed.seals;
    // Line 0, two epochs and the end; and one for each of four steps where steps are shown.
    assert_eq!((seals(Detail::Epochs), seals(Detail::Full)), (4, 8));
}

/// Exit code of a log with one byte changed.
fn flipped(bytes: &mut [u8], at: usize, mask: u8) -> u8 {
    bytes[at] ^= mask;
    let code = judge(bytes).exit_code();
    bytes[at] ^= mask;
    code
}

#[test]
fn no_changed_bit_of_a_log_goes_unnoticed() {
    // Exhaustive: every bit of every byte of a complete log.
    let mut bytes = example(Detail::Full);
    let version = String::from_utf8_lossy(&bytes).find("\"schema\":").unwrap() + 9;
    let end = bytes.len() - 1;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let code = flipped(&mut bytes, at, 1 << bit);
            let digit = (bytes[at] ^ (1 << bit)).is_ascii_digit();
            let expected = match at {
                // Another schema cannot be judged here.
                _ if at == version && digit => 22,
                // Without its LF the last line is a torn one.
                _ if at == end => 23,
                _ => 21,
            };
            assert_eq!(code, expected, "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn no_other_value_of_a_guarding_byte_passes() {
    // All 255 other values of every byte of line 0, of the first seal and of the last two lines.
    let mut bytes = example(Detail::Epochs);
    let all = lines(&bytes);
    let front = all[0].len() + all[1].len();
    let back = bytes.len() - all[all.len() - 1].len() - all[all.len() - 2].len();
    for at in (0..front).chain(back..bytes.len()) {
        for mask in 1..=255 {
            assert_ne!(flipped(&mut bytes, at, mask), 0, "{mask:#x} at byte {at}");
        }
    }
}

#[test]
fn no_changed_bit_makes_an_incomplete_log_complete() {
    // The same for logs cut in an unsealed tail, and right behind a seal.
    let whole = example(Detail::Full);
    let sealed = whole.len() - lines(&whole).last().unwrap().len();
    for cut in [sealed, sealed - 300, whole.len() - 1] {
        let mut bytes = whole[..cut].to_vec();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let code = flipped(&mut bytes, at, 1 << bit);
                assert!((21..=23).contains(&code), "bit {bit} of byte {at}: {code}");
            }
        }
    }
}

#[test]
fn a_log_cut_anywhere_is_incomplete_up_to_its_last_seal() {
    // What a crash leaves at every possible byte.
    let bytes = example(Detail::Full);
    let mut sealed = Sealed::default();
    let (mut offset, mut seal_ends) = (0, Vec::new());
    for line in lines(&bytes) {
        offset += line.len();
        if line.windows(13).any(|w| w == b"\"type\":\"seal\"") {
            seal_ends.push(offset as u64);
        }
    }
    for cut in 0..bytes.len() {
        let report = judge(&bytes[..cut]);
        let good = seal_ends.iter().rev().find(|end| **end <= cut as u64);
        assert_eq!(report.sealed.bytes, good.copied().unwrap_or(0), "cut {cut}");
        assert!(matches!(report.class, Class::Incomplete { tail_bytes, .. }
            if tail_bytes == cut as u64 - report.sealed.bytes));
        assert_eq!(report.exit_code(), 23);
        assert!(report.sealed.lines >= sealed.lines);
        sealed = report.sealed;
    }
    assert_eq!(sealed.state_sha256.as_deref(), Some(STATE));
    assert_eq!((sealed.epoch, sealed.step), (1, 1));
}

#[test]
fn lines_removed_doubled_swapped_or_added_are_damage() {
    let bytes = example(Detail::Full);
    let all = lines(&bytes);
    let last = all.len() - 1;
    for n in 0..all.len() {
        let mut removed = all.clone();
        removed.remove(n);
        let code = judge(&removed.concat()).exit_code();
        // Without its last line a log is one that ended early: nothing can tell.
        assert_eq!(code, if n == last { 23 } else { 21 }, "line {n} removed");

        let mut doubled = all.clone();
        doubled.insert(n, all[n]);
        assert_eq!(judge(&doubled.concat()).exit_code(), 21, "line {n} doubled");

        for other in n + 1..all.len() {
            let mut swapped = all.clone();
            swapped.swap(n, other);
            let code = judge(&swapped.concat()).exit_code();
            assert_eq!(code, 21, "lines {n} and {other} swapped");
        }

        for added in ["{}\n", "\n", "x\n", "{\"seq\":3}\n", "\0\n"] {
            let mut longer = all.clone();
            longer.insert(n, added.as_bytes());
            assert_eq!(judge(&longer.concat()).exit_code(), 21, "added at {n}");
        }
    }
    for behind in ["\n", "x", "\0\0\0\0", "{}\n"] {
        let report = judge(&[&bytes[..], behind.as_bytes()].concat());
        let (line, offset) = (all.len() as u64, bytes.len() as u64);
        let what = Damage::AfterTheEnd;
        assert_eq!(report.class, Class::Damaged { line, offset, what });
    }
}

#[test]
fn a_rewritten_file_is_damage() {
    // What editors and transfers do: CRLF, a byte order mark, another encoding, another layout.
    let bytes = example(Detail::Full);
    let text = String::from_utf8(bytes.clone()).unwrap();
    let crlf = text.replace('\n', "\r\n").into_bytes();
    let marked = [b"\xef\xbb\xbf", &bytes[..]].concat();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let spaced = text.replace("\",\"", "\", \"").into_bytes();
    let numbers = text.replace("0.125", "0.1250").into_bytes();
    let reordered: Vec<u8> = values(&bytes)
        .iter()
        .flat_map(|value| format!("{value}\n").into_bytes())
        .collect();
    for (name, rewritten) in [
        ("CRLF", crlf),
        ("byte order mark", marked),
        ("UTF-16", wide),
        ("spaces", spaced),
        ("numbers", numbers),
        ("reordered", reordered),
        ("another file", b"hello\n".to_vec()),
    ] {
        assert_eq!(judge(&rewritten).exit_code(), 21, "{name}");
    }
}

#[test]
fn whatever_a_crash_leaves_behind_the_last_seal_is_a_tail() {
    let bytes = example(Detail::Full);
    let all = lines(&bytes);
    // Line 6 is an event, the line before it a seal.
    let sealed: usize = all[..6].iter().map(|line| line.len()).sum();
    for tail in [
        &b"\0\0\0\0\0\0\0\0"[..],
        b"\0\0\0\0\n\0\0\0",
        b"{\"seq\":6,\"ty",
        b"garbage\nmore garbage\n",
        all[6],
        &all[7..9].concat(),
    ] {
        let report = judge(&[&bytes[..sealed], tail].concat());
        assert_eq!(report.sealed.bytes, sealed as u64);
        assert!(matches!(report.class, Class::Incomplete { tail_bytes, .. }
            if tail_bytes == tail.len() as u64));
    }
    // The same garbage is damage as soon as the log goes on behind it.
    let report = judge(&[&bytes[..sealed], b"garbage\n", &bytes[sealed..]].concat());
    assert_eq!(
        report.class,
        Class::Damaged {
            line: 6,
            offset: sealed as u64,
            what: Damage::Malformed(Malformed::NotALine)
        }
    );
}

#[test]
fn a_log_of_another_engine_is_read_but_not_called_ours() {
    // A log written whole by a later engine: same format, its own revision.
    let bytes = example(Detail::Epochs);
    let text = String::from_utf8(bytes).unwrap();
    let (ours, later) = (ENGINE_REVISION, ENGINE_REVISION + 1);
    let other = reseal(&text.replacen(
        &format!("\"engine\":{ours},"),
        &format!("\"engine\":{later},"),
        1,
    ));
    let report = judge(&other);
    assert!(matches!(report.class, Class::Complete { .. }));
    assert_eq!(
        (report.engine, report.exit_code()),
        (Some(u64::from(later)), 22)
    );
    // And of a later format.
    let other = text.replacen("\"schema\":1,", "\"schema\":2,", 1);
    let report = judge(other.as_bytes());
    let (schema, engine) = (2, ours.into());
    assert_eq!(report.class, Class::Foreign { schema, engine });
    assert_eq!(report.exit_code(), 22);
}

/// Seals an edited log anew, as a forger with the source at hand would.
fn reseal(text: &str) -> Vec<u8> {
    let (mut out, mut previous) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        let hash = hex(&Sha256::digest(&out));
        let mut line = line.to_owned();
        if value["type"] == "seal" {
            let old = format!("\"prev_at\":{}", value["prev_at"]);
            line = line.replace(value["prefix_sha256"].as_str().unwrap(), &hash);
            line = line.replace(&old, &format!("\"prev_at\":{previous}"));
            previous = out.len();
        } else if value["type"] == "simulation_ended" {
            let old = format!("\"bytes\":{}", value["bytes"]);
            line = line.replace(value["body_sha256"].as_str().unwrap(), &hash);
            line = line.replace(&old, &format!("\"bytes\":{}", out.len()));
        }
        out.extend_from_slice(line.as_bytes());
    }
    out
}

#[test]
fn a_forged_line_that_is_no_json_is_found_by_the_closer_look() {
    let text = String::from_utf8(example(Detail::Full)).unwrap();
    let forged = reseal(&text.replacen("\"accepted\":true", "\"accepted\":perhaps", 1));
    assert_eq!(judge(&forged).exit_code(), 0);
    let report = check(&forged[..], Depth::Json).unwrap();
    assert!(matches!(
        report.class,
        Class::Damaged {
            line: 2,
            what: Damage::NotJson,
            ..
        }
    ));
}

#[test]
fn a_writer_goes_on_from_any_position_to_the_same_bytes() {
    for detail in [Detail::Epochs, Detail::Full] {
        let whole = example(detail);
        let steps = [at(0, 0), at(0, 1), at(1, 0), at(1, 1)];
        for stop in 0..steps.len() {
            let before = MemorySink::default();
            let mut log = begin(Box::new(before.clone()), detail);
            let play = |log: &mut LogWriter, steps: &[Moment]| {
                for now in steps {
                    let p = 0.618_033_988_749_894_9 / f64::from(now.epoch + now.step + 1);
                    step(log, *now, p).unwrap();
                    if now.step == 1 {
                        let record = json!({"toxicity_rate": 0.125});
                        log.event(Detail::Epochs, "epoch_completed", *now, &record);
                        log.seal(*now, Some(STATE)).unwrap();
                    }
                }
            };
            play(&mut log, &steps[..stop]);
            let position = log.position();
            assert_eq!(log.is_sealed(), position.pending.is_empty());
            let saved = serde_json::to_vec(&position).unwrap();
            let position: LogPosition = serde_json::from_slice(&saved).unwrap();
            let prefix = bytes_of(&before);
            assert_eq!(position.offset, prefix.len() as u64);

            let after = MemorySink::default();
            let hasher = hash_prefix(&prefix[..], position.offset).unwrap();
            let sink = Box::new(after.clone());
            let mut log = LogWriter::resume(sink, detail, position.clone(), hasher).unwrap();
            play(&mut log, &steps[stop..]);
            finish(&mut log).unwrap();
            assert!([prefix, bytes_of(&after)].concat() == whole, "from {stop}");

            let other = Sha256::new_with_prefix("another log");
            let sink = Box::new(MemorySink::default());
            assert!(LogWriter::resume(sink, detail, position, other).is_err());
        }
    }
}

#[test]
fn a_long_step_is_sealed_on_the_way() {
    // By lines, and by bytes, so that what a crash loses stays small.
    let sink = MemorySink::default();
    let mut log = begin(Box::new(sink.clone()), Detail::Epochs);
    for _ in 0..2 * SEAL_LINES {
        log.event(Detail::Epochs, "input", at(0, 0), &Nothing {});
    }
    assert!(log.is_sealed());
    let long = "x".repeat(SEAL_BYTES as usize - 100);
    log.event(Detail::Epochs, "input", at(0, 0), &json!({"payload": long}));
    assert!(!log.is_sealed());
    log.event(Detail::Epochs, "input", at(0, 0), &json!({"payload": long}));
    assert!(log.is_sealed());
    finish(&mut log).unwrap();
    let report = judge(&bytes_of(&sink));
    assert_eq!((report.exit_code(), report.sealed.seals), (0, 5));
}

#[test]
fn a_line_that_no_reader_would_take_is_not_written() {
    let sink = MemorySink::default();
    let mut log = begin(Box::new(sink.clone()), Detail::Full);
    let long = "x".repeat(MAX_LINE);
    log.event(Detail::Full, "input", at(0, 3), &json!({"payload": long}));
    let Err(SinkError::Io(error)) = log.seal(at(0, 3), None) else {
        panic!("a line above the limit was written");
    };
    assert!(
        error.to_string().contains("`input` at epoch 0 step 3"),
        "{error}"
    );
    assert!(finish(&mut log).is_err());
    let report = judge(&bytes_of(&sink));
    assert_eq!((report.exit_code(), report.sealed.lines), (23, 2));

    let deep = (0..64).fold(json!(0), |inner, _| json!([inner]));
    let mut log = LogWriter::new(Box::new(MemorySink::default()), Detail::Full);
    log.start(&json!({"scenario": deep}));
    assert!(log.seal(at(0, 0), None).is_err());
}

#[test]
#[should_panic(expected = "event `interaction` holds what no line may hold")]
fn a_number_that_is_none_stops_the_run() {
    let mut log = begin(Box::new(MemorySink::default()), Detail::Full);
    drop(step(&mut log, at(0, 0), f64::NAN));
}

/// Fails at one of its calls, and counts the calls after it.
struct Failing {
    calls_left: u32,
    calls_after: std::sync::Arc<std::sync::atomic::AtomicU32>,
    kept: MemorySink,
}

impl Failing {
    fn call(&mut self) -> Result<(), SinkError> {
        if self.calls_left == 0 {
            self.calls_after
                .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            return Err(io::Error::from(io::ErrorKind::StorageFull).into());
        }
        self.calls_left -= 1;
        Ok(())
    }
}

impl EventSink for Failing {
    fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        self.call()?;
        self.kept.write(lines)
    }
    fn sync(&mut self) -> Result<(), SinkError> {
        self.call()
    }
}

#[test]
fn after_the_first_failure_nothing_is_written_and_everything_says_so() {
    // At every write and every sync of a run, the last ones included.
    for calls_left in 0.. {
        let calls_after = std::sync::Arc::default();
        let kept = MemorySink::default();
        let sink = Failing {
            calls_left,
            calls_after: std::sync::Arc::clone(&calls_after),
            kept: kept.clone(),
        };
        let mut log = begin(Box::new(sink), Detail::Full);
        let ran = run(&mut log).and_then(|()| log.sync());
        let ended = finish(&mut log);
        let again = log.sync();
        let calls = calls_after.load(std::sync::atomic::Ordering::Relaxed);
        if ended.is_ok() && again.is_ok() {
            assert_eq!(calls, 0);
            assert_eq!(judge(&bytes_of(&kept)).exit_code(), 0);
            assert!(calls_left > 10);
            return;
        }
        assert_eq!(calls, 1, "one call fails, none follows");
        assert!(ran.is_ok() || ended.is_err());
        let Err(SinkError::Io(error)) = again else {
            panic!("the failure was forgotten");
        };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}

#[test]
fn the_reader_gives_heads_without_parsing_lines() {
    let bytes = example(Detail::Full);
    let mut reader = LogReader::new(&bytes[..]);
    let mut offset = 0;
    for (n, expected) in values(&bytes).iter().enumerate() {
        let length = lines(&bytes)[n].len() as u64;
        let line = reader.next().unwrap().unwrap();
        assert_eq!(line.offset, offset);
        assert_eq!(line.head.seq, n as u64);
        assert_eq!(line.head.kind, expected["type"]);
        assert_eq!(line.head.now.epoch, expected["epoch"]);
        assert_eq!(line.head.now.step, expected["step"]);
        assert_eq!(line.head.event, expected["event"].as_u64());
        assert_eq!(&line.value().unwrap(), expected);
        offset += length;
        assert_eq!(reader.next_offset(), offset);
    }
    assert!(reader.next().unwrap().is_none());
}

#[test]
fn the_reader_refuses_a_line_for_its_own_reason_and_reads_on() {
    let long = format!("{}\n", "x".repeat(3 * MAX_LINE));
    let deep = format!(
        "{{\"seq\":2,\"type\":\"input\",\"epoch\":0,\"step\":0,\"x\":{}{}}}\n",
        "[".repeat(64),
        "]".repeat(64)
    );
    let quoted = format!(
        "{{\"seq\":3,\"type\":\"input\",\"epoch\":0,\"step\":0,\"x\":\"{}\\\"{}\"}}\n",
        "[".repeat(64),
        "{".repeat(64)
    );
    let good = "{\"seq\":7,\"type\":\"input\",\"epoch\":0,\"step\":0}\n";
    let text = [
        long.as_bytes(),
        b"\n",
        deep.as_bytes(),
        quoted.as_bytes(),
        b"{\"seq\":4,\"type\":\"input\",\"epoch\":0,\"step\":0}\r\n",
        b"{\"seq\":5,\"type\":\"input\",\"epoch\":0,\"step\":0,\"x\":\"\xff\"}\n",
        b"{\"seq\":5,\"type\":\"input\",\"epoch\":0,\"step\":0}\n",
        good.as_bytes(),
        b"{\"seq\":8,\"type\":\"Input\",\"epoch\":0,\"step\":0}\n",
        b"{\"seq\":09,\"type\":\"input\",\"epoch\":0,\"step\":0}\n",
        b"{\"seq\":10,\"type\":\"input\",\"epoch\":4294967296,\"step\":0}\n",
        b"{\"seq\":11,\"type\":\"input\",\"epoch\":0,\"step\":0}",
    ]
    .concat();
    let mut reader = LogReader::new(io::BufReader::with_capacity(77, &text[..]));
    let mut faults = Vec::new();
    loop {
        match reader.next() {
            Ok(None) => break,
            Ok(Some(line)) => {
                assert!(line.head.seq == 3 || line.text.len() == good.len() - 1);
                faults.push(None);
            }
            Err(ReadError::Malformed { number, what, .. }) => {
                assert_eq!(number, faults.len() as u64);
                faults.push(Some(what));
            }
            Err(ReadError::Io(error)) => panic!("{error}"),
        }
    }
    let (expected, found) = (6, 5);
    assert_eq!(
        faults,
        [
            Some(Malformed::TooLong),
            Some(Malformed::NotALine),
            Some(Malformed::TooDeep),
            None,
            Some(Malformed::Control(b'\r')),
            Some(Malformed::NotUtf8),
            Some(Malformed::Gap { expected, found }),
            None,
            Some(Malformed::NotALine),
            Some(Malformed::NotALine),
            Some(Malformed::NotALine),
            Some(Malformed::Torn),
        ]
    );
    assert_eq!(reader.next_offset(), text.len() as u64);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        // Hostile input: any bytes at all.
        let mut reader = LogReader::new(&bytes[..]);
        while !matches!(reader.next(), Ok(None)) {}
        prop_assert_ne!(judge(&bytes).exit_code(), 0);
    }

    #[test]
    fn no_splice_of_a_log_passes(
        cut in 0..2_000_usize,
        length in 0..300_usize,
        put in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            "[\\{\\}\\[\\]\",:0-9a-f\n]{0,40}".prop_map(String::into_bytes),
        ],
    ) {
        // A stretch of a good log replaced by something else.
        let whole = example(Detail::Full);
        let end = (cut + length).min(whole.len());
        let spliced = [&whole[..cut], &put, &whole[end..]].concat();
        let code = check(&spliced[..], Depth::Json).unwrap().exit_code();
        prop_assert_eq!(code == 0, spliced == whole);
    }
}

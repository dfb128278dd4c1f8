//! Logs as files: begun, finished, locked, compared, resumed and repaired.

use das_core::checkpoint::Checkpoint;
use das_core::config::Detail;
use das_core::interaction::Moment;
use das_core::log::{Class, Depth, LogPosition, LogWriter, Report, Status, check};
use das_core::ports::{EventSink, MemorySink, SinkError, Storage};
use das_runner::log_file::{
    CheckpointDir, CompareSink, CompareThenAppend, Divergence, FileSink, LogFileError, RunLock,
    part_of, publish, repair,
};
use serde_json::json;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// An empty directory of a test's own.
fn empty_dir(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("log_file")
        .join(test);
    drop(fs::remove_dir_all(&dir));
    fs::create_dir_all(&dir).unwrap();
    dir
}

fn now(step: u32) -> Moment {
    Moment { epoch: 0, step }
}

fn begin(sink: impl EventSink + 'static) -> LogWriter {
    let mut log = LogWriter::new(Box::new(sink), Detail::Full);
    log.start(&json!({"seed": "7"}));
    log
}

fn play(log: &mut LogWriter, steps: std::ops::Range<u32>) -> Result<(), SinkError> {
    for step in steps {
        for agent in 0..3 {
            let fields = json!({"agent": agent, "p": 0.1 + f64::from(step * agent)});
            log.event(Detail::Full, "vote_cast", now(step), &fields);
        }
        log.seal(now(step), None)?;
    }
    Ok(())
}

fn end(log: &mut LogWriter) -> Result<(), SinkError> {
    let summary = json!({"metrics": {"toxicity_rate": 0.5}});
    log.end(Status::Completed, now(4), &summary, None).map(drop)
}

/// A finished log of five steps.
fn whole() -> Vec<u8> {
    let sink = MemorySink::default();
    let mut log = begin(sink.clone());
    play(&mut log, 0..5).unwrap();
    end(&mut log).unwrap();
    drop(log);
    sink.0.lock().unwrap().clone()
}

fn judge(path: &Path) -> Report {
    check(BufReader::new(File::open(path).unwrap()), Depth::Json).unwrap()
}

fn reading(bytes: &[u8]) -> Box<dyn BufRead + Send> {
    // A small buffer, so that lines and batches lie across its ends.
    Box::new(BufReader::with_capacity(
        37,
        io::Cursor::new(bytes.to_vec()),
    ))
}

#[test]
fn a_log_has_its_name_only_when_it_is_finished() {
    let path = empty_dir("named").join("events.jsonl");
    let mut log = begin(FileSink::create(&path).unwrap());
    play(&mut log, 0..5).unwrap();
    assert!(part_of(&path).exists() && !path.exists());
    assert!(matches!(
        FileSink::create(&path),
        Err(LogFileError::Unfinished(_))
    ));
    end(&mut log).unwrap();
    publish(&path).unwrap();
    assert!(path.exists() && !part_of(&path).exists());
    assert_eq!(fs::read(&path).unwrap(), whole());
    assert!(matches!(
        FileSink::create(&path),
        Err(LogFileError::Exists(_))
    ));
}

#[test]
fn a_finished_log_is_never_replaced() {
    let path = empty_dir("kept").join("events.jsonl");
    fs::write(&path, "kept").unwrap();
    fs::write(part_of(&path), "new").unwrap();
    assert!(matches!(publish(&path), Err(LogFileError::Exists(_))));
    assert_eq!(fs::read(&path).unwrap(), b"kept");
    assert_eq!(fs::read(part_of(&path)).unwrap(), b"new");
}

#[test]
fn a_log_is_continued_only_where_it_ends() {
    let path = empty_dir("continued").join("events.jsonl");
    fs::write(part_of(&path), "12345").unwrap();
    assert!(FileSink::append(&path, 4).is_err());
    let mut sink = FileSink::append(&path, 5).unwrap();
    sink.write(b"67\n").unwrap();
    assert_eq!(fs::read(part_of(&path)).unwrap(), b"1234567\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_once_with_the_name_of_the_file() {
    // /dev/full takes the place of the file: every write to it finds no space.
    let path = empty_dir("full").join("events.jsonl");
    std::os::unix::fs::symlink("/dev/full", part_of(&path)).unwrap();
    let mut log = begin(FileSink::append(&path, 0).unwrap());
    let Err(SinkError::Io(error)) = play(&mut log, 0..2) else {
        panic!("a full disk took the log");
    };
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(error.to_string().contains("events.jsonl.part"), "{error}");
    assert!(end(&mut log).is_err());
    let mut sink = FileSink::append(&path, 0).unwrap();
    assert!(sink.write(b"x\n").is_err());
    let Err(SinkError::Io(error)) = sink.sync() else {
        panic!("a sync after a failed write succeeded");
    };
    assert!(error.to_string().contains("an earlier write failed"));
}

#[test]
fn one_process_writes_a_run() {
    let dir = empty_dir("locked");
    let held = RunLock::acquire(&dir).unwrap();
    let Err(LogFileError::Busy { pid, .. }) = RunLock::acquire(&dir) else {
        panic!("two locks at once");
    };
    if cfg!(target_os = "linux") {
        assert_eq!(pid, Some(std::process::id()));
    }
    drop(held);
    RunLock::acquire(&dir).unwrap();
    assert!(RunLock::acquire(&dir.join("absent")).is_err());
}

#[test]
fn the_last_three_checkpoints_are_kept_and_the_newest_that_fits_is_found() {
    let dir = empty_dir("checkpoints");
    let path = dir.join("events.jsonl");
    let mut storage = CheckpointDir::open(&dir.join("checkpoints")).unwrap();
    let mut log = begin(FileSink::create(&path).unwrap());
    let mut positions: Vec<LogPosition> = Vec::new();
    for step in 0..5 {
        play(&mut log, step..step + 1).unwrap();
        let position = log.position();
        let payload = vec![step as u8; 10];
        let seq = position.seq;
        positions.push(position.clone());
        let bytes = Checkpoint { position, payload }.encode();
        storage.checkpoint(seq, &bytes).unwrap();
    }
    let part = part_of(&path);
    let found = |sealed| {
        let found = storage.newest_within(&part, sealed).unwrap()?;
        let step = found.checkpoint.payload[0];
        // What is found is enough to go on from.
        let position = found.checkpoint.position;
        let sink = Box::new(MemorySink::default());
        LogWriter::resume(sink, Detail::Full, position, found.prefix).unwrap();
        Some(step)
    };
    assert_eq!(found(u64::MAX), Some(4));
    assert_eq!(found(positions[4].offset), Some(4));
    assert_eq!(found(positions[4].offset - 1), Some(3));
    assert_eq!(found(positions[2].offset), Some(2));
    assert_eq!(found(positions[2].offset - 1), None);

    // A damaged one and one of another log are passed over.
    let mut files: Vec<PathBuf> = fs::read_dir(dir.join("checkpoints"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 3);
    let mut bytes = fs::read(&files[2]).unwrap();
    bytes[40] ^= 1;
    fs::write(&files[2], bytes).unwrap();
    assert_eq!(found(u64::MAX), Some(3));
    let mut other = Checkpoint::decode(&fs::read(&files[1]).unwrap()).unwrap();
    other.position.prefix_sha256 = "0".repeat(64);
    fs::write(&files[1], other.encode()).unwrap();
    assert_eq!(found(u64::MAX), Some(2));
}

/// Replays the run against a recorded log.
fn replay(recorded: &[u8]) -> (u64, Option<Divergence>) {
    let (sink, comparison) = CompareSink::new(reading(recorded));
    let mut log = begin(sink);
    let outcome = play(&mut log, 0..5).and_then(|()| end(&mut log));
    let found = comparison.finish().unwrap();
    let diverged = comparison.divergence();
    assert_eq!(found, diverged);
    if matches!(outcome, Err(SinkError::Diverged)) {
        assert!(diverged.is_some());
    } else {
        outcome.unwrap();
        assert!(diverged.is_none_or(|d| d.replayed.is_none()));
    }
    (comparison.lines(), found)
}

#[test]
fn a_replay_is_compared_line_by_line_and_the_first_difference_kept() {
    let whole = whole();
    let lines: Vec<&[u8]> = whole.split_inclusive(|b| *b == b'\n').collect();
    assert_eq!(replay(&whole), (lines.len() as u64, None));
    let text = |line: &[u8]| Some(String::from_utf8_lossy(line).trim_end().to_owned());
    let mut offset = 0;
    for (n, line) in lines.iter().enumerate() {
        let place = |recorded, replayed| Divergence {
            line: n as u64,
            offset,
            recorded,
            replayed,
        };
        // Every byte of the line changed in turn, its LF left out.
        for at in 0..line.len() - 1 {
            let mut changed = whole.clone();
            changed[offset as usize + at] ^= 1;
            let recorded = text(&changed[offset as usize..][..line.len()]);
            let expected = (n as u64, Some(place(recorded, text(line))));
            assert_eq!(replay(&changed), expected, "byte {at} of line {n}");
        }
        // The recorded log ends before this line, or within it.
        let shorter = &whole[..offset as usize];
        let expected = (n as u64, Some(place(None, text(line))));
        assert_eq!(replay(shorter), expected, "without line {n}");
        let torn = &whole[..offset as usize + 5];
        let recorded = text(&line[..5]);
        let expected = (n as u64, Some(place(recorded, text(line))));
        assert_eq!(replay(torn), expected, "line {n} torn");
        offset += line.len() as u64;
    }
    // The recorded log goes on.
    let longer = [&whole[..], b"more\n"].concat();
    let divergence = Divergence {
        line: lines.len() as u64,
        offset,
        recorded: Some("more".to_owned()),
        replayed: None,
    };
    assert_eq!(replay(&longer), (lines.len() as u64, Some(divergence)));
}

#[test]
fn a_run_cut_anywhere_is_repaired_and_resumed_to_the_same_file() {
    let dir = empty_dir("resumed");
    let whole = whole();
    let last = whole.len() - 1;
    // Every 41st byte, with line 0 sealed, from line 0 and from a checkpoint after two steps.
    let first_seal = whole.split_inclusive(|b| *b == b'\n').take(2);
    let first_seal: usize = first_seal.map(<[u8]>::len).sum();
    for (n, cut) in (first_seal..last).step_by(41).chain([last]).enumerate() {
        let path = dir.join(format!("{n}.jsonl"));
        let part = part_of(&path);
        fs::write(&part, &whole[..cut]).unwrap();
        let repaired = repair(&part).unwrap();
        let sealed = repaired.report.sealed.bytes;
        assert_eq!(fs::metadata(&part).unwrap().len(), sealed);
        let tail = repaired
            .broken
            .map_or(vec![], |tail| fs::read(tail).unwrap());
        assert_eq!(tail, whole[sealed as usize..cut]);
        assert_eq!(repair(&part).unwrap().broken, None, "once is enough");

        let (first, mut log) = (
            0,
            LogWriter::new(Box::new(MemorySink::default()), Detail::Full),
        );
        log.start(&json!({"seed": "7"}));
        play(&mut log, 0..2).unwrap();
        let position = log.position();
        let from_checkpoint = n % 2 == 0 && position.offset <= sealed;
        let (line, offset) = if from_checkpoint {
            (position.seq, position.offset)
        } else {
            (first, 0)
        };
        let mut recorded = File::open(&part).unwrap();
        recorded.seek(SeekFrom::Start(offset)).unwrap();
        let file = FileSink::append(&path, sealed).unwrap();
        let recorded = Box::new(BufReader::new(recorded));
        let (sink, comparison) = CompareThenAppend::new(recorded, line, offset, sealed, file);
        let mut log = if from_checkpoint {
            let prefix = File::open(&part).unwrap();
            let prefix = das_core::log::hash_prefix(prefix, offset).unwrap();
            let mut log =
                LogWriter::resume(Box::new(sink), Detail::Full, position, prefix).unwrap();
            play(&mut log, 2..5).unwrap();
            log
        } else {
            let mut log = begin(sink);
            play(&mut log, 0..5).unwrap();
            log
        };
        end(&mut log).unwrap();
        assert_eq!(comparison.divergence(), None);
        publish(&path).unwrap();
        assert!(fs::read(&path).unwrap() == whole, "cut at {cut}");
        assert_eq!(judge(&path).exit_code(), 0);
    }
}

#[test]
fn a_resumed_run_that_differs_from_what_is_sealed_writes_nothing() {
    let path = empty_dir("differs").join("events.jsonl");
    let mut log = begin(FileSink::create(&path).unwrap());
    play(&mut log, 0..3).unwrap();
    drop(log);
    let before = fs::read(part_of(&path)).unwrap();
    let file = FileSink::append(&path, before.len() as u64).unwrap();
    let length = before.len() as u64;
    let (sink, comparison) = CompareThenAppend::new(reading(&before), 0, 0, length, file);
    let mut log = begin(sink);
    play(&mut log, 0..1).unwrap();
    log.event(Detail::Full, "vote_cast", now(1), &json!({"agent": 9}));
    assert!(matches!(play(&mut log, 1..5), Err(SinkError::Diverged)));
    assert!(matches!(end(&mut log), Err(SinkError::Diverged)));
    let found = comparison.divergence().unwrap();
    assert_eq!(found.line, 6);
    assert!(found.replayed.unwrap().contains("\"agent\":9"));
    assert_eq!(fs::read(part_of(&path)).unwrap(), before);
}

#[test]
fn only_torn_logs_are_repaired_and_no_tail_is_lost() {
    let dir = empty_dir("repaired");
    let path = dir.join("events.jsonl");
    let whole = whole();
    fs::write(&path, &whole).unwrap();
    assert!(matches!(repair(&path), Err(LogFileError::NotTorn(_))));
    let mut damaged = whole.clone();
    damaged[300] ^= 1;
    fs::write(&path, &damaged).unwrap();
    assert!(matches!(judge(&path).class, Class::Damaged { .. }));
    assert!(matches!(repair(&path), Err(LogFileError::NotTorn(_))));
    assert_eq!(fs::read(&path).unwrap(), damaged);

    for (name, tail) in [
        ("events.jsonl.broken", &b"first"[..]),
        ("events.jsonl.broken.2", b"second"),
    ] {
        let sealed = whole.len()
            - whole
                .split_inclusive(|b| *b == b'\n')
                .next_back()
                .unwrap()
                .len();
        fs::write(&path, [&whole[..sealed], tail].concat()).unwrap();
        let broken = repair(&path).unwrap().broken.unwrap();
        assert_eq!(broken, dir.join(name));
        assert_eq!(fs::read(broken).unwrap(), tail);
        assert_eq!(fs::read(&path).unwrap(), &whole[..sealed]);
    }
}

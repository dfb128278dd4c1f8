//! The frequent lines of a log, read in one pass in the order their fields are written in.
//!
//! A log has millions of lines of five kinds, each with its fields in one order and no spaces: a reader that knows the order
//! has a third of the work of one that does not. Invariant: what is read here is what [`serde_json`] reads from the same line,
//! bit for bit; a line that is spelled in any other way is none of ours (`None`) and is left to it, with its errors. Not
//! here: lines that are rare.

use crate::event::{Interaction, Post, Refused, State, Vote};
use das_core::interaction::Truth;
use std::borrow::Cow;

/// What is left of a line behind its head.
struct Cursor<'a>(&'a str);

/// Passes `,"name":` and takes the value behind it; gives up where another field comes.
macro_rules! field {
    ($at:ident, $name:literal, $take:ident) => {{
        $at.pass(concat!(",\"", $name, "\":"))?;
        $at.$take()?
    }};
}

/// The same for a field that may be missing.
macro_rules! optional {
    ($at:ident, $name:literal, $take:ident) => {
        match $at.pass(concat!(",\"", $name, "\":")) {
            Some(()) => Some($at.$take()?),
            None => None,
        }
    };
}

impl<'a> Cursor<'a> {
    #[inline]
    fn pass(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    /// A string without escapes.
    #[inline]
    fn text(&mut self) -> Option<Cow<'a, str>> {
        self.pass("\"")?;
        let end = self.0.bytes().position(|b| matches!(b, b'"' | b'\\'))?;
        let (text, rest) = self.0.split_at(end);
        self.0 = rest.strip_prefix('"')?;
        Some(Cow::Borrowed(text))
    }

    /// A number by the grammar of JSON, as it stands.
    #[inline]
    fn number(&mut self) -> Option<&'a str> {
        let bytes = self.0.as_bytes();
        let digits = |from: usize| {
            let end = behind_digits(bytes, from);
            (end > from).then_some(end)
        };
        let start = usize::from(bytes.first() == Some(&b'-'));
        let mut end = digits(start)?;
        if bytes[start] == b'0' && end > start + 1 {
            return None;
        }
        if bytes.get(end) == Some(&b'.') {
            end = digits(end + 1)?;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
            end = digits(end + 1 + usize::from(signed))?;
        }
        let (number, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(number)
    }

    #[inline]
    fn float(&mut self) -> Option<f64> {
        self.number()?.parse().ok().filter(|x: &f64| x.is_finite())
    }

    #[inline]
    fn whole<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.number()?.parse().ok()
    }

    #[inline]
    fn count(&mut self) -> Option<u32> {
        self.whole()
    }

    #[inline]
    fn sign(&mut self) -> Option<i8> {
        self.whole()
    }

    #[inline]
    fn flag(&mut self) -> Option<bool> {
        match self.pass("true") {
            Some(()) => Some(true),
            None => self.pass("false").map(|()| false),
        }
    }

    /// A list of strings without escapes.
    #[inline]
    fn texts(&mut self) -> Option<Vec<Cow<'a, str>>> {
        self.pass("[")?;
        let mut texts = Vec::new();
        if self.pass("]").is_some() {
            return Some(texts);
        }
        loop {
            texts.push(self.text()?);
            if self.pass("]").is_some() {
                return Some(texts);
            }
            self.pass(",")?;
        }
    }

    /// Whether the line ends here.
    #[inline]
    fn end(&self) -> Option<()> {
        (self.0 == "}").then_some(())
    }
}

/// Where the digits that begin at `from` end. Eight at a time: numbers of seventeen digits are most of a log.
fn behind_digits(bytes: &[u8], from: usize) -> usize {
    let (wide, narrow) = bytes[from..].as_chunks();
    let mut end = from;
    for eight in wide {
        // A byte that is no digit has its highest bit set then, or sets it; what is carried goes to bytes behind it.
        let digits = u64::from_le_bytes(*eight) ^ 0x3030_3030_3030_3030;
        let others = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080;
        if others != 0 {
            return end + (others.trailing_zeros() / 8) as usize;
        }
        end += 8;
    }
    end + narrow.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// `interaction`, from what follows the head.
pub(crate) fn interaction(rest: &str) -> Option<Interaction<'_>> {
    let mut at = Cursor(rest);
    field!(at, "id", text);
    let kind = field!(at, "kind", text);
    field!(at, "opened", number);
    let initiator = field!(at, "initiator", text);
    let counterparty = field!(at, "counterparty", text);
    let accepted = field!(at, "accepted", flag);
    field!(at, "task_progress_delta", number);
    field!(at, "rework_count", number);
    field!(at, "verifier_rejections", number);
    field!(at, "tool_misuse_flags", number);
    field!(at, "counterparty_engagement_delta", number);
    field!(at, "v_hat", number);
    let p = field!(at, "p", float);
    let tau = field!(at, "tau", float);
    let c_a = field!(at, "c_a", float);
    let c_b = field!(at, "c_b", float);
    let fee_a = optional!(at, "fee_a", float).unwrap_or_default();
    let fee_b = optional!(at, "fee_b", float).unwrap_or_default();
    field!(at, "r_a", number);
    field!(at, "r_b", number);
    let pi_a = field!(at, "pi_a", float);
    let pi_b = field!(at, "pi_b", float);
    let levers = optional!(at, "levers", texts).unwrap_or_default();
    let deception = optional!(at, "deception", float).unwrap_or_default();
    let governance_cost = optional!(at, "governance_cost", float).unwrap_or_default();
    let ground_truth = match optional!(at, "ground_truth", sign) {
        Some(v) => Some(Truth::try_from(v).ok()?),
        None => None,
    };
    let _ = optional!(at, "causal_parents", texts);
    at.end()?;
    Some(Interaction {
        kind,
        initiator,
        counterparty,
        accepted,
        p,
        tau,
        c_a,
        c_b,
        fee_a,
        fee_b,
        pi_a,
        pi_b,
        levers,
        deception,
        governance_cost,
        ground_truth,
    })
}

/// `rail_refused`, `governance_refused`, `action_refused`, from what follows the head.
pub(crate) fn refused(rest: &str) -> Option<Refused<'_>> {
    let mut at = Cursor(rest);
    let agent = field!(at, "agent", text);
    let lever = optional!(at, "lever", text);
    field!(at, "tool", text);
    let _ = optional!(at, "counterparty", text);
    let reason = field!(at, "reason", text);
    field!(at, "detail", text);
    at.end()?;
    Some(Refused {
        agent,
        lever,
        reason,
    })
}

/// `post_created`, from what follows the head.
pub(crate) fn post(rest: &str) -> Option<Post<'_>> {
    let mut at = Cursor(rest);
    field!(at, "post", text);
    field!(at, "author", text);
    field!(at, "content", text);
    let _ = optional!(at, "parent", text);
    let parent_author = optional!(at, "parent_author", text);
    at.end()?;
    Some(Post { parent_author })
}

/// `vote_cast`, from what follows the head.
pub(crate) fn vote(rest: &str) -> Option<Vote<'_>> {
    let mut at = Cursor(rest);
    let voter = field!(at, "voter", text);
    field!(at, "post", text);
    let author = field!(at, "author", text);
    let value = field!(at, "value", sign);
    let weight = field!(at, "weight", float);
    let _ = optional!(at, "changed", flag);
    at.end()?;
    Some(Vote {
        voter,
        author,
        value,
        weight,
    })
}

/// `agent_state`, from what follows the head.
pub(crate) fn state(rest: &str) -> Option<State<'_>> {
    let mut at = Cursor(rest);
    let agent = field!(at, "agent", text);
    field!(at, "kind", text);
    let reputation = field!(at, "reputation", float);
    let balance = field!(at, "balance", float);
    let _ = optional!(at, "stake", number);
    let payoff = field!(at, "payoff", float);
    let accepted = field!(at, "accepted", count);
    let rejected = field!(at, "rejected", count);
    let frozen = optional!(at, "frozen", flag).unwrap_or_default();
    at.end()?;
    Some(State {
        agent,
        reputation,
        balance,
        payoff,
        accepted,
        rejected,
        frozen,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"{"seq":7,"type":"x","epoch":1,"step":2,"event":5"#;
    const INTERACTION: &str = r#","id":"i2","kind":"trade","opened":0,"initiator":"a.3","counterparty":"b.7","accepted":true,"task_progress_delta":0.5099428567935209,"rework_count":0,"verifier_rejections":1,"tool_misuse_flags":0,"counterparty_engagement_delta":-2.5e-7,"v_hat":0.6548922157762636,"p":0.78747708124009,"tau":-0.1,"c_a":0.48600000000000004,"c_b":0.294,"fee_a":0.01,"r_a":0.0,"r_b":1e-17,"pi_a":0.1952156218601349,"pi_b":1e+300,"levers":["transaction_tax","x"],"deception":0.25,"ground_truth":-1,"causal_parents":["i1","i0"]}"#;

    /// What serde_json makes of the line, as text; `None` if nothing.
    fn slow<'a, T: serde::Deserialize<'a> + std::fmt::Debug>(line: &'a str) -> Option<String> {
        let read: Result<T, _> = serde_json::from_str(line);
        read.ok().map(|x| format!("{x:?}"))
    }

    #[test]
    fn digits_end_where_the_first_other_byte_stands() {
        // Every byte at every place of a text of up to twenty digits, with digits and with 0xff behind it.
        for length in 0..20 {
            for place in 0..=length {
                for byte in 0..=u8::MAX {
                    for after in [b'7', 0xff] {
                        let mut text = vec![b'9'; length];
                        text.insert(place, byte);
                        text[place + 1..].fill(after);
                        let found = text.iter().position(|b| !b.is_ascii_digit());
                        let end = found.unwrap_or(text.len());
                        assert_eq!(behind_digits(&text, 0), end, "{text:?}");
                        if place > 0 {
                            assert_eq!(behind_digits(&text, 1), end, "{text:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_says_the_same_to_both_readers() {
        // Every kind with and without its optional fields; the text of a float names its bits.
        let short = INTERACTION.replace(r#""fee_a":0.01,"#, "");
        for rest in [
            INTERACTION,
            &short,
            &short.replace(r#","ground_truth":-1"#, ""),
        ] {
            let line = format!("{HEAD}{rest}");
            let fast = interaction(rest).map(|x| format!("{x:?}"));
            assert!(fast.is_some());
            assert_eq!(fast, slow::<Interaction<'_>>(&line));
        }
        macro_rules! same {
            ($read:ident as $type:ident: $($rest:literal)+) => {
                $(
                    let line = format!("{HEAD}{}", $rest);
                    let fast = $read($rest).map(|x| format!("{x:?}"));
                    assert!(fast.is_some(), "{}", $rest);
                    assert_eq!(fast, slow::<$type<'_>>(&line));
                )+
            };
        }
        same!(refused as Refused:
            r#","agent":"a.1","tool":"trade","counterparty":"b.1","reason":"no_attention","detail":"x"}"#
            r#","agent":"a.1","lever":"bandwidth_cap","tool":"post","reason":"r","detail":"é"}"#);
        same!(post as Post:
            r#","post":"p0","author":"a.1","content":"text"}"#
            r#","post":"p1","author":"a.1","content":"","parent":"p0","parent_author":"b.2"}"#);
        same!(vote as Vote:
            r#","voter":"a.1","post":"p0","author":"b.2","value":1,"weight":1.0}"#
            r#","voter":"a.1","post":"p0","author":"b.2","value":-1,"weight":0.3333333333333333,"changed":true}"#);
        same!(state as State:
            r#","agent":"a.1","kind":"honest","reputation":0.3,"balance":100.469,"payoff":-0.2,"accepted":35,"rejected":15}"#
            r#","agent":"a.1","kind":"honest","reputation":-0.0,"balance":0.0,"stake":10.0,"payoff":0.0,"accepted":0,"rejected":0,"frozen":true}"#);
    }

    #[test]
    fn every_other_spelling_is_left_to_the_slow_reader() {
        // One character put in, taken out or changed at every place: this reader gives the same as serde_json or nothing.
        let mut read = 0;
        for at in 0..INTERACTION.len() {
            for new in ["", " ", "0", "-", "\"", "\\", ",", "}", "."] {
                for taken in [0, 1] {
                    let mut rest = INTERACTION.to_owned();
                    rest.replace_range(at..at + taken, new);
                    let line = format!("{HEAD}{rest}");
                    if let Some(fast) = interaction(&rest).map(|x| format!("{x:?}")) {
                        assert_eq!(Some(fast), slow::<Interaction<'_>>(&line), "{rest}");
                        read += 1;
                    }
                }
            }
        }
        assert!(read > 100, "digits may change: {read}");
        let huge = INTERACTION.replace("1e+300", "1e+400");
        assert!(interaction(&huge).is_none());
    }
}
